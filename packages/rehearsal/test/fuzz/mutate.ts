import { encodeBase64url, encodeUtf8, parseBase64url, parseUtf8 } from '@holdfast/core';
import type { Random } from '../../src/random.ts';

/** What breaks readers: limits of numbers, half characters, words with a meaning to the language, other scripts. */
const TEXTS = [
  '',
  '\0',
  '\ud800',
  '\u202e',
  '\ufeff',
  '__proto__',
  'constructor',
  'toString',
  '-0',
  '1e309',
  '9007199254740993',
  '٠١٢',
  'İ',
  'a'.repeat(300),
  '=',
  '.',
  '~',
  '"',
  '\\u0000',
  '\r\n',
  '<!ENTITY x "x">',
  '../../',
] as const;

const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -0,
  -1,
  0.5,
  1e308,
  2 ** 53,
  Number.NaN,
  [],
  {},
  [[]],
  [null],
  { '': '' },
  ...TEXTS,
];

const DEPTH = 200;

/** A text a few edits away from a valid one, or of its parts: what a hostile or broken neighbour would send. */
export function mutateText(random: Random, seed: string, other: string): string {
  const edit = random.below(10);
  if (edit < 4) return editText(random, seed);
  if (edit < 6) return rewriteSegment(random, seed) ?? editText(random, seed);
  if (edit < 8) return rewriteJson(random, seed) ?? editText(random, seed);
  if (edit === 8) return splice(random, seed, other);
  return random.chance(0.5) ? nested(seed) : seed.repeat(1 + random.below(64));
}

function editText(random: Random, seed: string): string {
  let text = seed;
  for (let i = random.below(6); i >= 0; i -= 1) {
    const at = random.below(text.length + 1);
    const length = random.chance(0.7) ? 1 : random.below(text.length + 1);
    const put = random.pick([
      '',
      () => random.pick(TEXTS),
      () => String.fromCharCode(random.below(random.chance(0.8) ? 128 : 65_536)),
      () => text.slice(at, at + length).repeat(2),
    ]);
    text = text.slice(0, at) + (typeof put === 'string' ? put : put()) + text.slice(at + length);
  }
  return text;
}

function splice(random: Random, seed: string, other: string): string {
  return seed.slice(0, random.below(seed.length + 1)) + other.slice(random.below(other.length + 1));
}

function nested(seed: string): string {
  return '['.repeat(DEPTH) + seed + ']'.repeat(DEPTH);
}

/** One segment of a compact JWS or of an SD-JWT that carries JSON, written with other contents. */
function rewriteSegment(random: Random, seed: string): string | undefined {
  const separators = [...seed.matchAll(/[.~]/g)].map(({ index }) => index);
  if (separators.length === 0) return undefined;
  const bounds = [-1, ...separators, seed.length];
  const i = random.below(bounds.length - 1);
  const [from, to] = [(bounds[i] ?? -1) + 1, bounds[i + 1] ?? seed.length];
  try {
    const value: unknown = JSON.parse(parseUtf8(parseBase64url(seed.slice(from, to))));
    const segment = encodeBase64url(encodeUtf8(JSON.stringify(mutateValue(random, value)) ?? ''));
    return seed.slice(0, from) + segment + seed.slice(to);
  } catch {
    return undefined;
  }
}

function rewriteJson(random: Random, seed: string): string | undefined {
  try {
    return JSON.stringify(mutateValue(random, JSON.parse(seed)));
  } catch {
    return undefined;
  }
}

/** Bytes a few edits away from valid ones. */
export function mutateBytes(random: Random, seed: Uint8Array, other: Uint8Array): Uint8Array {
  if (random.chance(0.1)) {
    return Uint8Array.of(
      ...seed.slice(0, random.below(seed.length + 1)),
      ...other.slice(random.below(other.length + 1)),
    );
  }
  const bytes = seed.slice(0, random.chance(0.3) ? random.below(seed.length + 1) : seed.length);
  for (let i = random.below(4); i >= 0 && bytes.length > 0; i -= 1) {
    bytes[random.below(bytes.length)] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)]);
  }
  return random.chance(0.2) ? Uint8Array.of(...bytes, ...random.bytes(random.below(64))) : bytes;
}

/** A JSON value with one member or item changed, doubled, added, taken away, or put under another name. */
export function mutateValue(random: Random, value: unknown): unknown {
  if (random.chance(0.15) || typeof value !== 'object' || value === null) return mutateLeaf(random, value);
  if (Array.isArray(value)) return mutateItems(random, value);
  const entries = Object.entries(value);
  const at = random.below(entries.length + 1);
  const [name, member] = entries[at] ?? [random.pick(TEXTS), random.pick(VALUES)];
  const put = random.pick([
    [],
    [[name, mutateValue(random, member)]],
    [[name, mutateValue(random, member)]],
    [[name, mutateValue(random, member)]],
    [
      [name, member],
      [random.pick(TEXTS), random.pick(VALUES)],
    ],
  ]) as [string, unknown][];
  return Object.fromEntries([...entries.slice(0, at), ...put, ...entries.slice(at + 1)]);
}

function mutateItems(random: Random, items: readonly unknown[]): unknown[] {
  const at = random.below(items.length + 1);
  const item = items[at] ?? random.pick(VALUES);
  const put = random.pick([[], [item, item], [mutateValue(random, item)], Array.from({ length: 100 }, () => item)]);
  return [...items.slice(0, at), ...put, ...items.slice(at + 1)];
}

function mutateLeaf(random: Random, value: unknown): unknown {
  if (typeof value === 'string' && random.chance(0.6)) return editText(random, value);
  if (typeof value === 'number' && random.chance(0.5)) return value + random.pick([1, -1, 0.5, 1e15, -value * 2]);
  return random.pick(VALUES);
}
