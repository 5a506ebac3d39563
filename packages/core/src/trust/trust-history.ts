import type { NetworkState } from '../fold/state.ts';
import type { Party } from '../fold/statement.ts';
import type { Position } from '../log/position.ts';
import type { RecognitionRecord } from './recognition.ts';
import type { TrustView } from './registry-question.ts';

/** Entries kept of each party and of each recognised network; of more the oldest are forgotten, and that is known. */
export const MAX_PAST_ENTRIES = 256;

type Past<Value> = { readonly time: number; readonly value: Value };
/** The oldest first. `from`: what was before that is forgotten. */
type Course<Value> = { readonly past: Past<Value>[]; from: number };

/**
 * What decided over trust at each epoch that was folded: no more than what changed, so a log of years is held whole. Changed
 * by `noteTrust` alone.
 */
export type TrustHistory = {
  /** Of the first epoch and the last, unix milliseconds; undefined before the first. */
  first: number | undefined;
  last: number | undefined;
  readonly parties: Map<string, Course<Party>>;
  readonly recognitions: Map<string, Course<RecognitionRecord>>;
  readonly rulebooks: Course<NetworkState['rulebook']>;
  readonly critical: Map<string, number>;
};

export function createTrustHistory(): TrustHistory {
  return {
    ...{ first: undefined, last: undefined, parties: new Map(), recognitions: new Map() },
    rulebooks: { past: [], from: 0 },
    critical: new Map(),
  };
}

/** Takes note of one epoch; `state` as it left it. To be told of each, in their order. */
export function noteTrust(history: TrustHistory, state: NetworkState): void {
  const { time } = state;
  history.first ??= time;
  history.last = time;
  // An entry is never changed in place: another one is another object.
  noteAll(history.parties, state.parties, time);
  noteAll(history.recognitions, state.recognitions, time);
  note(history.rulebooks, state.rulebook, time);
  for (const subject of state.critical) if (!history.critical.has(subject)) history.critical.set(subject, time);
}

function noteAll<Value>(courses: Map<string, Course<Value>>, values: ReadonlyMap<string, Value>, time: number): void {
  for (const [id, value] of values) {
    const course = courses.get(id) ?? { past: [], from: 0 };
    if (course.past.length === 0) courses.set(id, course);
    note(course, value, time);
  }
}

function note<Value>(course: Course<Value>, value: Value, time: number): void {
  if (course.past.at(-1)?.value === value) return;
  course.past.push({ time, value });
  if (course.past.length <= MAX_PAST_ENTRIES) return;
  course.past.shift();
  course.from = course.past[0]?.time ?? 0;
}

/**
 * What decided over trust in these subjects at an epoch of the past; undefined where that is not held: before the first epoch,
 * or so long ago that an entry of then is forgotten.
 */
export function trustAt(
  history: TrustHistory,
  {
    name,
    position,
    subjects,
  }: { readonly name: string; readonly position: Position; readonly subjects: readonly string[] },
): TrustView | undefined {
  const { time } = position;
  const { first, last, parties, recognitions, rulebooks, critical } = history;
  if (first === undefined || last === undefined || time < first || time > last || time < rulebooks.from)
    return undefined;
  const courses = subjects.flatMap((id) => [parties.get(id), recognitions.get(id)]);
  if (courses.some((course) => course !== undefined && time < course.from)) return undefined;
  return {
    ...{ name, position, rulebook: valueAt(rulebooks, time) },
    parties: valuesAt(parties, subjects, time),
    recognitions: valuesAt(recognitions, subjects, time),
    critical: new Set([...critical].filter(([, at]) => at <= time).map(([subject]) => subject)),
  };
}

function valueAt<Value>({ past }: Course<Value>, time: number): Value | undefined {
  return past.findLast((entry) => entry.time <= time)?.value;
}

function valuesAt<Value>(
  courses: ReadonlyMap<string, Course<Value>>,
  subjects: readonly string[],
  time: number,
): Map<string, Value> {
  return new Map(
    subjects.flatMap((id) => {
      const course = courses.get(id);
      const value = course === undefined ? undefined : valueAt(course, time);
      return value === undefined ? [] : [[id, value] as const];
    }),
  );
}
