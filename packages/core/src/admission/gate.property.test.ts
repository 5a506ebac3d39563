import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  ADMISSION_CLASSES,
  type AdmissionClass,
  type AdmissionTerms,
  DEFAULT_ADMISSION_TERMS,
} from './admission-class.ts';
import { COHORTS } from './cohort.ts';
import { createGate, type Gate } from './gate.ts';
import type { Moved } from './gate-lane.ts';

type Entry = { readonly class: AdmissionClass; readonly deadlineAt?: number };
type Running = { readonly entry: Entry; readonly startedAt: number };

const SMALL: AdmissionTerms = {
  total: 12,
  classes: Object.fromEntries(
    ADMISSION_CLASSES.map((name, i) => [
      name,
      { reserved: 2, least: 2, most: i === 2 ? 2 : 4 + i, maxQueued: 3, patienceMs: 100, lateMs: 20, spreadMs: 1000 },
    ]),
  ) as unknown as AdmissionTerms['classes'],
};

/** Does what a server does with what is moved, and holds every step against the bounds. */
class Door {
  readonly admission: Gate<Entry> = createGate<Entry>(SMALL, 0);
  readonly running: Running[] = [];
  readonly told = new Set<Entry>();
  now = 0;

  take({ started, shed }: Moved<Entry>): void {
    for (const entry of started) this.running.push({ entry, startedAt: this.now });
    for (const { entry } of shed) {
      expect(this.told.has(entry)).toBe(false);
      this.told.add(entry);
    }
    this.check();
  }

  check(): void {
    const view = this.admission.read(this.now);
    const inFlight = ADMISSION_CLASSES.map((name) => view[name].inFlight);
    const sum = inFlight.reduce((a, b) => a + b, 0);
    expect(sum).toBe(this.running.length);
    expect(sum).toBeLessThanOrEqual(SMALL.total);
    for (const name of ADMISSION_CLASSES) {
      const { queued, inFlight: runs, reserved, limit } = view[name];
      expect(queued).toBeLessThanOrEqual(SMALL.classes[name].maxQueued);
      expect(runs).toBeLessThanOrEqual(SMALL.classes[name].most);
      // Nobody waits while its reserve is free, whatever all others do.
      if (queued > 0) expect(runs).toBeGreaterThanOrEqual(Math.min(reserved, limit));
    }
  }
}

const step = fc.oneof(
  fc.record({
    kind: fc.constant('enter' as const),
    class: fc.constantFrom(...ADMISSION_CLASSES),
    waits: fc.option(fc.nat(300)),
  }),
  fc.record({ kind: fc.constant('leave' as const), which: fc.nat() }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(400) }),
);

test('whatever comes, all bounds hold, reserves are there for those they are for, and everybody is told once', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const door = new Door();
      let entered = 0;
      for (const next of steps) {
        if (next.kind === 'enter') {
          entered += 1;
          const deadline = next.waits === null ? {} : { deadlineAt: door.now + next.waits };
          door.take(door.admission.enter({ class: next.class, ...deadline }, door.now));
        } else if (next.kind === 'pass') {
          door.now += next.ms;
          door.take(door.admission.tick(door.now));
        } else if (door.running.length > 0) {
          const [ended] = door.running.splice(next.which % door.running.length, 1);
          if (ended !== undefined) door.take(door.admission.leave(ended.entry, ended.startedAt, door.now));
        }
      }
      for (; door.running.length > 0; door.now += 1) {
        const [ended] = door.running.splice(0, 1);
        if (ended !== undefined) door.take(door.admission.leave(ended.entry, ended.startedAt, door.now));
      }
      const view = door.admission.read(door.now);
      const admitted = ADMISSION_CLASSES.reduce((sum, name) => sum + view[name].admitted, 0);
      expect(admitted + door.told.size).toBe(entered);
    }),
    { numRuns: 100 },
  );
});

test('an officer runs at once while everybody else floods the door', () => {
  const admission = createGate<Entry>(DEFAULT_ADMISSION_TERMS, 0);
  for (let i = 0; i < 5000; i += 1) {
    const name = ADMISSION_CLASSES[1 + (i % 4)] as AdmissionClass;
    admission.enter({ class: name }, i / 10);
  }
  const officer: Entry = { class: 'govern' };
  expect(admission.arrive(officer, { readCohort: () => COHORTS - 1, isInSlot: () => false }, 500)).toBeUndefined();
  expect(admission.enter(officer, 500).started).toEqual([officer]);
});

test('when late the newest goes first and who has waited longest is told; when not, the oldest goes first', () => {
  const admission = createGate<Entry>(SMALL, 0);
  const [a, b, ...rest] = Array.from({ length: 5 }, (): Entry => ({ class: 'verify' }));
  for (const entry of [a, b]) admission.enter(entry as Entry, 0);
  const [first, second, third] = rest as [Entry, Entry, Entry];
  admission.enter(first, 0);
  admission.enter(second, 1);
  expect(admission.leave(a as Entry, 0, 2).started).toEqual([first]);
  admission.enter(third, 95);
  const moved = admission.leave(b as Entry, 0, 110);
  expect(moved).toEqual({ started: [third], shed: [{ entry: second, why: 'late' }] });
});

test('a deadline that cannot be met is refused at once, and in a second without a sample it is forgotten what was slow', () => {
  const admission = createGate<Entry>(SMALL, 0);
  let now = 0;
  for (let i = 0; i < 40; i += 1, now += 500) {
    const entry: Entry = { class: 'apply' };
    admission.enter(entry, now);
    admission.leave(entry, now, now + 500);
  }
  const hurried: Entry = { class: 'apply', deadlineAt: now + 100 };
  expect(admission.enter(hurried, now).shed).toEqual([{ entry: hurried, why: 'too-late' }]);
  for (let i = 0; i < 10; i += 1) {
    now += 1000;
    admission.tick(now);
  }
  const later: Entry = { class: 'apply', deadlineAt: now + 100 };
  expect(admission.enter(later, now).started).toEqual([later]);
});

test('whoever has gone is not run', () => {
  const admission = createGate<Entry>(SMALL, 0);
  const running: Entry = { class: 'verify' };
  const other: Entry = { class: 'verify' };
  const gone: Entry = { class: 'verify' };
  for (const entry of [running, other, gone]) admission.enter(entry, 0);
  admission.withdraw(gone);
  expect(admission.leave(running, 0, 1)).toEqual({ started: [], shed: [] });
});
