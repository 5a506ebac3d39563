import { assert } from '../errors.ts';
import { ADMISSION_CLASSES, type AdmissionClass, type AdmissionTerms, type ClassTerms } from './admission-class.ts';
import { COHORTS, HOUR_MS } from './cohort.ts';
import {
  type AdmissionView,
  type Admittable,
  createLane,
  type Lane,
  type Moved,
  type Shed,
  type ShedReason,
} from './gate-lane.ts';
import { MAX_SLOT_ATTEMPT } from './slot.ts';

/** What is looked at only where not everybody is let in. */
export type GateTurn = { readonly readCohort: () => number; readonly isInSlot: () => boolean };

/**
 * Who may run now, who waits, who is told no: one process's door. Everything is bounded by its terms, and time is an argument:
 * the same calls give the same answers.
 */
export interface Gate<Entry extends Admittable> {
  /** Before anything of a request is read: undefined when it may come in, else why not. It is counted when it is shed. */
  arrive(asked: Admittable, turn: GateTurn, now: number): ShedReason | undefined;
  /** It is read, and wants to run. */
  enter(entry: Entry, now: number): Moved<Entry>;
  /** It ran from `startedAt` until now. */
  leave(entry: Entry, startedAt: number, now: number): Moved<Entry>;
  /** Whoever asked for it is gone; it is forgotten where it waits. */
  withdraw(entry: Entry): void;
  /** Time has passed: to be called several times a second, so that nobody waits longer than they may. */
  tick(now: number): Moved<Entry>;
  read(now: number): AdmissionView;
  /** Cohorts of a class that are let in, of `COHORTS`. */
  cursorOf(name: AdmissionClass): number;
}

export function createGate<Entry extends Admittable>(terms: AdmissionTerms, startsAt: number): Gate<Entry> {
  assertTerms(terms);
  const lanes = Object.fromEntries(
    ADMISSION_CLASSES.map((name) => [name, createLane<Entry>(terms.classes[name], startsAt)]),
  ) as Record<AdmissionClass, Lane<Entry>>;
  const all = ADMISSION_CLASSES.map((name) => lanes[name]);

  /** Under pressure everything runs at its least for a moment, once a minute: about a hundredth of what could be done then. */
  let probed = { at: startsAt, isUnderWay: false };
  function probeNow(now: number): void {
    if (probed.isUnderWay && now - probed.at >= PROBE_MS) {
      for (const lane of all) lane.endProbe();
      probed = { at: now, isUnderWay: false };
    }
    if (probed.isUnderWay || now - probed.at < PROBE_EVERY_MS || !all.some((lane) => lane.isPressed())) return;
    for (const lane of all) lane.beginProbe(now);
    probed = { at: now, isUnderWay: true };
  }

  /** Places that are nobody's: what runs beyond its reserve takes one, and what is kept for others is not among them. */
  function hasRoom(lane: Lane<Entry>): boolean {
    if (lane.inFlight() >= Math.floor(lane.limit())) return false;
    if (lane.inFlight() < lane.terms.reserved) return true;
    const taken = all.reduce((sum, other) => sum + Math.max(other.inFlight(), other.terms.reserved), 0);
    return taken < terms.total;
  }

  /** The best class first; each takes as many as there is room for. */
  function pump(now: number, shed: Shed<Entry>[] = []): Moved<Entry> {
    const started: Entry[] = [];
    for (const lane of all) {
      shed.push(...lane.sweep(now));
      while (lane.queued() > 0 && hasRoom(lane)) {
        const entry = lane.start(now, shed);
        if (entry !== undefined) started.push(entry);
      }
    }
    return { started, shed };
  }

  return {
    arrive({ class: name, deadlineAt }, { readCohort, isInSlot }, now) {
      const lane = lanes[name];
      if (name !== 'govern' && lane.cannotMeet(deadlineAt, now)) return lane.refuse('too-late');
      // Whoever decides is never kept out for what others do: `govern` has its queue and no cursor.
      const isOpen = name === 'govern' || lane.share() >= 1;
      const isOut = !isOpen && readCohort() >= lane.share() * COHORTS && !isInSlot();
      return isOut ? lane.refuse('cohort') : undefined;
    },
    enter(entry, now) {
      const lane = lanes[entry.class];
      // Nor is a decision refused for how long others took.
      if (entry.class !== 'govern' && lane.cannotMeet(entry.deadlineAt, now)) {
        return { started: [], shed: [{ entry, why: lane.refuse('too-late') }] };
      }
      if (lane.queued() === 0 && hasRoom(lane)) {
        lane.run(now, 0);
        return { started: [entry], shed: [] };
      }
      return pump(now, lane.queue(entry, now));
    },
    leave(entry, startedAt, now) {
      lanes[entry.class].end(startedAt, now);
      return pump(now);
    },
    withdraw: (entry) => lanes[entry.class].withdraw(entry),
    tick(now) {
      const shed: Shed<Entry>[] = [];
      probeNow(now);
      for (const lane of all) {
        lane.second(now);
        shed.push(...lane.sweepDeadlines(now));
      }
      return pump(now, shed);
    },
    cursorOf: (name) => lanes[name].cursor(),
    read: (now) =>
      Object.fromEntries(ADMISSION_CLASSES.map((name) => [name, lanes[name].read(now)])) as unknown as AdmissionView,
  };
}

const PROBE_EVERY_MS = 60_000;
const PROBE_MS = 700;

function assertTerms({ total, classes }: AdmissionTerms): void {
  const each = Object.values<ClassTerms>(classes);
  const reserved = each.reduce((sum, lane) => sum + lane.reserved, 0);
  assert(reserved <= total, 'the reserves of the classes fit into the total');
  for (const { reserved: own, least, most, maxQueued, lateMs, patienceMs, spreadMs } of each) {
    assert(
      own >= 1 && own <= least && least <= most && most <= total,
      'a reserve, a least and a most limit are in order',
    );
    assert(maxQueued >= 1 && lateMs >= 1 && lateMs <= patienceMs, 'a queue is bounded in length and age');
    assert(spreadMs >= 1 && spreadMs * 2 ** MAX_SLOT_ATTEMPT <= HOUR_MS, 'slots lie apart, and within an hour');
  }
}
