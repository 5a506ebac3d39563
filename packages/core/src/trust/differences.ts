import { canonicalJson } from '../encoding/json.ts';
import type { NetworkState } from '../fold/state.ts';
import type { Party } from '../fold/statement.ts';
import { compareRulebooks } from '../rulebook/compare-rulebooks.ts';
import { ASSURANCE_LEVELS, type Rulebook } from '../rulebook/rulebook.ts';
import { isRecognising, type Recognition } from '../trust/recognition.ts';

/** One thing that is said otherwise. `direction`: whether more is accepted, or allowed, afterwards; or less. */
export type Difference = {
  readonly what: string;
  readonly before: string;
  readonly after: string;
  readonly direction: 'looser' | 'tighter' | 'other';
};

/** What decides over trust at one point: rules alone, or a folded state. */
export type TrustPoint = {
  readonly rulebook?: Rulebook;
  readonly parties?: NetworkState['parties'];
  readonly recognitions?: NetworkState['recognitions'];
  /** Unix milliseconds. */
  readonly time?: number;
};

/** What changed between two points, and whether it got looser or tighter. What only one of them knows is left out. */
export function differencesOf(a: TrustPoint, b: TrustPoint): Difference[] {
  return [
    ...(a.rulebook === undefined || b.rulebook === undefined ? [] : rulebookDifferences(a.rulebook, b.rulebook)),
    ...(a.parties === undefined || b.parties === undefined ? [] : partyDifferences(a, b)),
    ...(a.recognitions === undefined || b.recognitions === undefined ? [] : recognitionDifferences(a, b)),
  ];
}

type Side = 'looser' | 'tighter';

/** Compares by a rank: `more` says what a higher one means. Absent is `none`, which has a rank of its own. */
function ranked<Value>(
  what: string,
  [before, after]: readonly [Value, Value],
  rank: (value: Value) => number,
  more: Side,
): Difference[] {
  const [x, y] = [rank(before), rank(after)];
  if (x === y) return same(before, after) ? [] : [{ what, ...told(before, after), direction: 'other' }];
  const less: Side = more === 'looser' ? 'tighter' : 'looser';
  return [{ what, ...told(before, after), direction: y > x ? more : less }];
}

function told(before: unknown, after: unknown): Pick<Difference, 'before' | 'after'> {
  return { before: wordOf(before), after: wordOf(after) };
}

function wordOf(value: unknown): string {
  if (value === undefined) return 'none';
  return typeof value === 'string' ? value : canonicalJson(value);
}

function same(a: unknown, b: unknown): boolean {
  return canonicalJson(a ?? null) === canonicalJson(b ?? null);
}

const number = (value: number | undefined) => value ?? Number.MAX_SAFE_INTEGER;

function rulebookDifferences(a: Rulebook, b: Rulebook): Difference[] {
  return compareRulebooks(a, b).map(({ path, before = 'none', after = 'none', effect }) => {
    return { what: path, before, after, direction: effect === 'neutral' ? 'other' : effect };
  });
}

function levelOf(level: string | undefined): number {
  const levels: readonly (string | undefined)[] = ASSURANCE_LEVELS;
  return levels.indexOf(level);
}

/** What each issuer may issue, by the time of each point: absent is less than any level. */
function partyDifferences(a: TrustPoint, b: TrustPoint): Difference[] {
  const [x, y] = [accreditedIn(a), accreditedIn(b)];
  const keys = [...new Set([...x.keys(), ...y.keys()])].sort();
  return keys.flatMap((key) => ranked(key, [x.get(key), y.get(key)], levelOf, 'looser'));
}

function accreditedIn({ parties, time = 0 }: TrustPoint): Map<string, string> {
  const found = new Map<string, string>();
  for (const { id, kind, accreditations } of parties?.values() ?? ([] as Party[])) {
    if (kind !== 'issuer') continue;
    for (const { type, assurance, from, until } of accreditations) {
      const key = `${id} may issue ${type}`;
      const isNow = from <= time && time < number(until);
      if (isNow && levelOf(assurance) > levelOf(found.get(key))) found.set(key, assurance);
    }
  }
  return found;
}

function recognitionDifferences(a: TrustPoint, b: TrustPoint): Difference[] {
  const [x, y] = [recognisedIn(a), recognisedIn(b)];
  const networks = [...new Set([...x.keys(), ...y.keys()])].sort();
  return networks.flatMap((network) => {
    const [before, after] = [x.get(network), y.get(network)];
    const name = (after ?? before)?.title ?? network.slice(0, 8);
    const types = [...new Set([before, after].flatMap((one) => one?.types ?? []).map(({ type }) => type))].sort();
    const level = (one: Recognition | undefined, type: string) =>
      one?.types.find((entry) => entry.type === type)?.maxAssurance;
    return [
      ...types.flatMap((type) =>
        ranked(`${name}: ${type} counts for`, [level(before, type), level(after, type)], levelOf, 'looser'),
      ),
      ...(before === undefined || after === undefined
        ? []
        : ranked(`${name}: recognised until, unix ms`, [before.until, after.until], number, 'looser')),
    ];
  });
}

function recognisedIn({ recognitions, time = 0 }: TrustPoint): Map<string, Recognition> {
  const found = new Map<string, Recognition>();
  for (const [network, record] of recognitions ?? []) {
    if (isRecognising(record, time)) found.set(network, record.recognition);
  }
  return found;
}
