import { canonicalJson } from '../encoding/json.ts';
import { type Looseness, loosenessOf, type Meaning, type Part } from './looseness.ts';
import type { Rulebook } from './rulebook.ts';

/** One member that differs between two rulebooks. */
export type RulebookChange = {
  /** Where, with dots; things in lists by their names: `powers.revoke.quorum`. */
  readonly path: string;
  /** Absent: it was not there. Texts as they are, all else as JSON. */
  readonly before?: string;
  readonly after?: string;
  /** Whether more is allowed afterwards, or somebody protected less; what is not known to be neither is `looser`. */
  readonly effect: 'looser' | 'tighter' | 'neutral';
};

/**
 * What changes when one rulebook follows another, and what it allows. Nothing between a rulebook and itself. What `tighter`
 * says can take effect at once: whatever could leave anybody worse off, or is not known, is `looser`, in both directions.
 */
export function compareRulebooks(before: Rulebook, after: Rulebook): readonly RulebookChange[] {
  return differences('', before, after, loosenessOf([before, after]));
}

type Members = Readonly<Record<string, unknown>>;

function differences(path: string, before: unknown, after: unknown, looseness: Looseness): RulebookChange[] {
  if (isSame(before, after)) return [];
  const found = differencesBy(path, before, after, looseness);
  // Another order, or nothing where there was an empty list: nothing goes untold.
  return found.length > 0 ? found : [change(path, before, after, 'neutral')];
}

function differencesBy(path: string, before: unknown, after: unknown, looseness: Looseness): RulebookChange[] {
  switch (looseness.kind) {
    case 'number':
      return [change(path, before, after, meaningOfNumbers(before, after, looseness))];
    case 'rank': {
      const [from, to] = [before, after].map((value) => looseness.order.indexOf(String(value))) as [number, number];
      const isKnown = from >= 0 && to >= 0;
      return [change(path, before, after, isKnown ? directed(to > from, looseness.higher) : 'either')];
    }
    case 'names':
      return namesThatDiffer(path, namesOf(before), namesOf(after), looseness);
    case 'value':
      return [change(path, before, after, looseness.changed)];
    case 'part':
      return partsThatDiffer(path, before, after, looseness);
    case 'list':
      return listsThatDiffer(path, itemsOf(before), itemsOf(after), looseness);
    default:
      return looseness satisfies never;
  }
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === undefined || b === undefined) return a === b;
  return canonicalJson(a) === canonicalJson(b);
}

function change(path: string, before: unknown, after: unknown, meaning: Meaning): RulebookChange {
  return {
    path,
    ...(before === undefined ? {} : { before: wordOf(before) }),
    ...(after === undefined ? {} : { after: wordOf(after) }),
    effect: meaning === 'either' ? 'looser' : meaning,
  };
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : canonicalJson(value);
}

function directed(isMore: boolean, more: 'looser' | 'tighter'): Meaning {
  if (isMore) return more;
  return more === 'looser' ? 'tighter' : 'looser';
}

function meaningOfNumbers(
  before: unknown,
  after: unknown,
  { more, absent }: Extract<Looseness, { kind: 'number' }>,
): Meaning {
  if (before !== undefined && after !== undefined) return directed(numberOf(after) > numberOf(before), more);
  if (absent === 'unlike') return 'either';
  return directed((after === undefined) === (absent === 'most'), more);
}

/** Amounts are larger than a number can say. The schema lets nothing else through. */
function numberOf(value: unknown): bigint {
  return typeof value === 'number' || typeof value === 'string' ? BigInt(value) : 0n;
}

function namesOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(wordOf) : [];
}

function namesThatDiffer(
  path: string,
  before: readonly string[],
  after: readonly string[],
  { gained, lost }: { readonly gained: Meaning; readonly lost: Meaning },
): RulebookChange[] {
  return [
    ...after.filter((name) => !before.includes(name)).map((name) => change(path, undefined, name, gained)),
    ...before.filter((name) => !after.includes(name)).map((name) => change(path, name, undefined, lost)),
  ];
}

function partsThatDiffer(path: string, before: unknown, after: unknown, part: Part): RulebookChange[] {
  if (before === undefined) return [change(path, before, after, part.gained)];
  if (after === undefined) return [change(path, before, after, part.lost)];
  const [a, b] = [before as Members, after as Members];
  const names = [...new Set([...Object.keys(part.members), ...Object.keys(a), ...Object.keys(b)])];
  return names.flatMap((name) => {
    const known = Object.hasOwn(part.members, name) ? part.members[name] : undefined;
    const unnamed = part.others ?? ({ kind: 'value', changed: 'either' } as const);
    return differences(at(path, name), a[name], b[name], known ?? unnamed);
  });
}

function at(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function itemsOf(value: unknown): readonly Members[] {
  return Array.isArray(value) ? (value as readonly Members[]) : [];
}

function listsThatDiffer(
  path: string,
  before: readonly Members[],
  after: readonly Members[],
  { by, gained, lost, order, each }: Extract<Looseness, { kind: 'list' }>,
): RulebookChange[] {
  const keyed = (items: readonly Members[]) => new Map(items.map((item) => [wordOf(item[by]), item] as const));
  const [a, b] = [keyed(before), keyed(after)];
  // Of two things with one name it is not said which counts.
  if (a.size !== before.length || b.size !== after.length) return [change(path, before, after, 'either')];
  const found = [...new Set([...a.keys(), ...b.keys()])].flatMap((key) => {
    const [x, y] = [a.get(key), b.get(key)];
    return differences(at(path, key), x, y, { ...each(key), gained, lost: lost(key) });
  });
  const [x, y] = [[...a.keys()].filter((key) => b.has(key)), [...b.keys()].filter((key) => a.has(key))];
  const isMoved = order !== 'neutral' && !isSame(x, y);
  return isMoved ? [...found, change(path, x, y, order)] : found;
}
