import { type ProgramRecord, parseAcknowledgement, phaseOf } from '@holdfast/core';
import type { Filings } from '../../filing/filings.ts';
import type { DistributorPorts } from './neighbours.ts';

/** The public class of an incident about a date that an acknowledgement named. */
export const PROMISE_MISSED = 'promise-missed';

const LOOK_EVERY_MS = 10_000;

export interface Promises {
  /** Files an incident of our own, once, where what was promised by a date is not done by the log's time. */
  look(record: ProgramRecord): Promise<void>;
}

/**
 * What acknowledgements promise: that they stand in the log by `intakeBy`, and where they say so, that somebody has looked by
 * `promisedBy`. The first is proved by anybody who holds one; that it was missed is on record without them all the same.
 */
export function createPromises(
  { store, clock, follower }: Pick<DistributorPorts, 'store' | 'clock' | 'follower'>,
  filings: Pick<Filings, 'open'>,
): Promises {
  /** Programs whose missed promise was filed by this process: it is filed once anyway. */
  const told = new Set<string>();
  const againMs = new Map<string, number>();

  async function file(matter: string, statement: string): Promise<void> {
    if (told.has(matter)) return;
    await filings.open(matter, { kind: 'incident', class: PROMISE_MISSED, statement });
    told.add(matter);
  }

  return {
    async look(record) {
      const { program, intake } = record;
      if (clock.monotonic() < (againMs.get(program.id) ?? 0)) return;
      againMs.set(program.id, clock.monotonic() + LOOK_EVERY_MS);
      // Only once the log itself is past it: a clock of ours that runs ahead accuses nobody.
      const time = follower.state.time;
      const intakeBy = program.window.closesAt + program.intakeWithinMs;
      if (phaseOf(record, time) === 'closing' && intake === undefined && time > intakeBy) {
        const { all } = await store.countApplications(program.id);
        if (all > 0)
          await file(`late.intake.${program.id}`, `The intake of ${program.id} is late: ${all} wait for it.`);
      }
      if (record.seal !== undefined || told.has(`late.judged.${program.id}`)) return;
      const [oldest] = await store.readUnjudged(program.id, 1);
      const by = oldest === undefined ? undefined : promiseIn(oldest.acknowledgement);
      if (by === undefined || by >= Math.min(time, clock.now())) return;
      const { unjudged } = await store.countApplications(program.id);
      await file(
        `late.judged.${program.id}`,
        `${program.id} has not looked in time: ${unjudged} wait, the oldest since ${by}.`,
      );
    },
  };
}

/** When somebody will have looked, where the acknowledgement says so. */
export function promiseIn(acknowledgement: string): number | undefined {
  return parseAcknowledgement(acknowledgement).acknowledgement.promisedBy;
}
