import {
  CodedError,
  isJsonObject,
  type JsonObject,
  type Program,
  type ProgramChange,
  type ProgramEffect,
  programSchema,
  type ReachUnknown,
  type RevisionReach,
} from '@holdfast/core';
import { grouped } from '../lists/list-flags.ts';
import { formatDuration } from '../output.ts';
import { dateOf, moneyIn } from './words.ts';

/** What `GET /programs/ID` says of the rules that a program had, has and will have. */
export type VersionsAnswer = {
  readonly since?: number;
  readonly earlier: readonly { readonly digest: string; readonly entry: number; readonly until: number }[];
  readonly next?: {
    readonly program: Program;
    readonly digest: string;
    readonly entry: number;
    readonly effectiveAt: number;
    readonly effect: ProgramEffect;
    readonly changes: readonly Pick<ProgramChange, 'path' | 'effect' | 'text'>[];
    readonly reach: RevisionReach;
  };
};

/** Throws `network.answer`. */
export function versionsOf(json: JsonObject): VersionsAnswer {
  const { since, earlier, next } = json;
  const known = Array.isArray(earlier) ? earlier.filter(isJsonObject) : [];
  const answer = {
    ...(typeof since === 'number' ? { since } : {}),
    earlier: known.map(({ digest, entry, until }) => ({
      digest: String(digest),
      entry: Number(entry),
      until: Number(until),
    })),
  };
  if (!isJsonObject(next)) return answer;
  const program = programSchema.safeParse(next.program);
  if (!program.success) {
    throw new CodedError('network.answer', 'The network answered with something that is not a program.');
  }
  return { ...answer, next: { ...(next as unknown as NonNullable<VersionsAnswer['next']>), program: program.data } };
}

/** Lines of `program show`; none where the rules never changed, and do not wait to. */
export function wordsOfVersions(
  { program, versions }: { readonly program: Program; readonly versions?: VersionsAnswer },
  now: number,
): string[] {
  if (versions === undefined) return [];
  const { since, earlier, next } = versions;
  const before = earlier.map(
    ({ digest, until }) =>
      `          ${digest} until ${dateOf(until)}: whoever applied under it keeps what it promised`,
  );
  return [
    ...(since === undefined
      ? []
      : [`          in force since ${dateOf(since)}, version ${earlier.length + 1}; before it:`]),
    ...before,
    ...(next === undefined ? [] : wordsOfNext(program, next, now)),
  ];
}

function wordsOfNext(program: Program, next: NonNullable<VersionsAnswer['next']>, now: number): string[] {
  const left = next.effectiveAt - now;
  const when = left > 0 ? `in ${formatDuration(left)}, on ${dateOf(next.effectiveAt)}` : 'with the next epoch';
  const lines = [
    `in force ${when}, announced by #${next.entry}`,
    EFFECTS[next.effect],
    ...linesOfChanges(next.changes),
    ...linesOfReach(program, next.reach),
    `taken back until then by: npx holdfast decide cancel ${next.entry} --as OFFICER`,
  ];
  return lines.map((line, i) => `${i === 0 ? 'Coming' : ''}`.padEnd(10) + line);
}

const EFFECTS: Readonly<Record<ProgramEffect, string>> = {
  favourable: 'it only helps those who apply',
  adverse: 'it may harm somebody who applies then; whoever has applied keeps what they applied under',
  neutral: 'it changes nothing for those who apply',
};

const MARKS: Readonly<Record<ProgramEffect, string>> = { favourable: 'better', adverse: 'worse', neutral: 'other' };

/** A line for each change, worse ones first; with why nobody can make it, where nobody can. */
export function linesOfChanges(
  changes: readonly (Pick<ProgramChange, 'path' | 'effect' | 'text'> & Partial<ProgramChange>)[],
): string[] {
  const order: readonly ProgramEffect[] = ['adverse', 'favourable', 'neutral'];
  const rank = ({ never, effect }: (typeof changes)[number]) => (never === undefined ? order.indexOf(effect) : -1);
  return [...changes]
    .sort((a, b) => rank(a) - rank(b))
    .map((change) => {
      const mark = change.never === undefined ? MARKS[change.effect] : 'never';
      const why = change.never === undefined ? '' : `; ${change.never}`;
      return `${mark.padEnd(7)} ${textOf(change)}${why}`;
    });
}

/** Times are told as dates. */
function textOf({ path, text }: Pick<ProgramChange, 'path' | 'text'>): string {
  if (!path.startsWith('window.')) return text.replace(/\s+/g, ' ');
  return text.replace(/([0-9]{6,16}) ms/g, (_, ms) => dateOf(Number(ms)));
}

const UNKNOWN: Readonly<Record<ReachUnknown, string>> = {
  applied: 'how many have applied',
  who: 'which of them the rules admit',
  outside: 'how many will apply',
};

/** Whom it concerns, and how much money; and what nobody can know of that yet. */
export function linesOfReach({ asset }: Program, { people, money, unknown }: RevisionReach): string[] {
  const amount = moneyIn(asset);
  const [most, budget] = [money.mostEach, money.budget].map(({ before, after }) =>
    before === after ? amount(BigInt(after)) : `${amount(BigInt(after))} (was ${amount(BigInt(before))})`,
  );
  const applied =
    people.applied === undefined ? '' : `${grouped(`${people.applied}`)} have applied and lose nothing by it; `;
  const spoken = money.spokenFor === undefined ? '' : `, ${amount(BigInt(money.spokenFor))} of it spoken for`;
  return [
    `people  ${applied}at most ${grouped(`${people.mayApply}`)} more may apply`,
    `money   at most ${most} each, of a budget of ${budget}${spoken}`,
    `unknown ${unknown.map((what) => UNKNOWN[what]).join(', ')}`,
  ];
}

export const EFFECT_WORDS = EFFECTS;
