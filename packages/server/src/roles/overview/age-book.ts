import type { VerifierFact } from '@holdfast/core';

/** How old what each verifier had read was, at one moment: unix milliseconds, and milliseconds of age. */
export type AgePoint = { readonly at: number; readonly ages: Readonly<Record<string, number>> };

/** An hour, in memory: a restart begins anew. Beyond that the oldest go; telemetry keeps years. */
const MAX_POINTS = 720;
const EVERY_MS = 5_000;

/** The age of evidence over time, one point in five seconds. */
export function createAgeBook(): {
  note(verifiers: readonly VerifierFact[], now: number): void;
  read(): readonly AgePoint[];
} {
  const points: AgePoint[] = [];
  return {
    note(verifiers, now) {
      const last = points.at(-1);
      // A clock that was set back would otherwise leave a hole until it has caught up.
      if (last !== undefined && now >= last.at && now - last.at < EVERY_MS) return;
      const read = verifiers.flatMap(({ id, readAt }) =>
        readAt === undefined ? [] : [[id, Math.max(0, now - readAt)] as const],
      );
      points.push({ at: now, ages: Object.fromEntries(read) });
      if (points.length > MAX_POINTS) points.shift();
    },
    read: () => [...points],
  };
}
