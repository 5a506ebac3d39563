import type { ProgramAnswer } from '@holdfast/server/answers';

type Slots = NonNullable<ProgramAnswer['slots']>;
type Expecting = { readonly slots: Slots; readonly maxApplications: number };

const BARS = 48;

/** How many are expected until then, if as many come as may and each in their slot. */
export function expectedBy({ slots: { count, everyMs, from, each }, maxApplications }: Expecting, at: number): number {
  const begun = Math.max(0, Math.min(count, (at - from) / everyMs));
  return Math.min(maxApplications, Math.round(begun * each));
}

export type SlotBar = { readonly at: number; readonly name: string; readonly expected: number };

/** The window in equal steps, and how many are expected until each. */
export function slotBars(expecting: Expecting, closesAt: number): readonly SlotBar[] {
  const { from } = expecting.slots;
  const stepMs = (closesAt - from) / BARS;
  return Array.from({ length: BARS + 1 }, (_, i) => {
    const at = from + i * stepMs;
    return { at, name: nameOf(at, stepMs), expected: expectedBy(expecting, at) };
  });
}

function nameOf(at: number, stepMs: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (stepMs < 60_000) return `${time}:${two(date.getSeconds())}`;
  return stepMs < 1_800_000 ? time : `${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}
