import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  buildLog,
  DAY_MS,
  foldEntries,
  foldEntry,
  KEY_NAMES,
  LIST_URI,
  type LogBuilder,
  meaningOf,
} from '../../test/log-builder.ts';
import { createIdealSignatures } from '../../test/test-keys.ts';
import { equalBytes } from '../encoding/bytes.ts';
import { packStatuses } from '../status/packed.ts';
import { apply, createEpoch, statementChecks } from './fold.ts';
import { sectionsOf } from './sections.ts';
import type { NetworkState } from './state.ts';
import { MAX_STATEMENT_BYTES, parseStatement } from './statement.ts';

const OFFICERS = ['officer-a', 'officer-b', 'officer-c'] as const;
const indices = fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 3 });
const officers = fc.array(fc.constantFrom(...OFFICERS), { minLength: 1, maxLength: 3 });

/** What may happen to a log, well-formed or not. */
type Step =
  | { readonly do: 'revoke' | 'lift'; readonly indices: number[]; readonly officers: string[] }
  | { readonly do: 'suspend'; readonly indices: number[]; readonly officers: string[]; readonly durationMs: number }
  | { readonly do: 'epoch'; readonly afterMs: number }
  | { readonly do: 'amend'; readonly title: string; readonly afterMs: number }
  | { readonly do: 'replay'; readonly back: number }
  | { readonly do: 'garbage'; readonly text: string };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('revoke' as const, 'lift' as const), indices, officers }),
  fc.record({
    do: fc.constant('suspend' as const),
    indices,
    officers,
    durationMs: fc.integer({ min: -1, max: 15 }).map((days) => days * DAY_MS),
  }),
  fc.record({ do: fc.constant('epoch' as const), afterMs: fc.integer({ min: -1, max: 4 * DAY_MS }) }),
  fc.record({
    do: fc.constant('amend' as const),
    title: fc.constantFrom('B', 'C'),
    afterMs: fc.integer({ min: 6 * DAY_MS, max: 9 * DAY_MS }),
  }),
  fc.record({ do: fc.constant('replay' as const), back: fc.nat(12) }),
  fc.record({ do: fc.constant('garbage' as const), text: fc.string() }),
);
const steps = fc.array(step, { maxLength: 25 });

function run(log: LogBuilder, next: Step): void {
  const targets = 'indices' in next ? next.indices.map((index) => ({ list: LIST_URI, index })) : [];
  switch (next.do) {
    case 'revoke':
    case 'lift':
      log[next.do](targets, { officers: next.officers });
      return;
    case 'suspend':
      log.suspend(targets, Math.max(0, log.state.time + next.durationMs), { officers: next.officers });
      return;
    case 'epoch':
      log.epoch(log.state.time + next.afterMs);
      return;
    case 'amend':
      log.amend({ ...log.rulebook, title: next.title }, log.state.time + next.afterMs);
      return;
    case 'replay':
      log.append(log.entries.at(-1 - (next.back % log.entries.length)) ?? '');
      return;
    case 'garbage':
      log.append(next.text);
      return;
    default:
      next satisfies never;
  }
}

function valuesOf(state: NetworkState): Uint8Array {
  return state.lists.get(LIST_URI)?.values.slice(0, 6) ?? new Uint8Array(6);
}

/** What must hold after every entry, whatever it was. */
function assertLaws(before: NetworkState, valuesBefore: Uint8Array, timeBefore: number): void {
  const state = before;
  const values = valuesOf(state);
  valuesBefore.forEach((value, index) => {
    if (value === 1) expect(values[index], 'revoked is final').toBe(1);
  });
  expect(state.time, 'time never goes back').toBeGreaterThanOrEqual(timeBefore);
  for (const [key, until] of state.suspensions) {
    expect(until, 'what is due has lapsed').toBeGreaterThan(state.time);
    expect(values[Number(key.split(' ')[1])]).toBe(2);
  }
  const suspended = values.filter((value) => value === 2).length;
  expect(suspended, 'every suspension has an end').toBe(state.suspensions.size);
  for (const next of state.scheduled) expect(next.effectiveAt).toBeGreaterThan(state.time);
  expect(state.decidedTree.size, 'a digest is accepted once').toBe(state.decided.size);
  assertPacked(state);
}

function assertPacked({ lists }: NetworkState): void {
  for (const { values, packed, bits } of lists.values()) {
    if (packed !== undefined) expect(equalBytes(packed, packStatuses(values, bits)), 'both forms agree').toBe(true);
  }
}

describe('whatever a log contains', () => {
  test('its laws hold after every step, and a second fold of it means the same', () => {
    fc.assert(
      fc.property(steps, (path) => {
        const log = buildLog();
        for (const next of path) {
          const [values, time] = [valuesOf(log.state), log.state.time];
          run(log, next);
          assertLaws(log.state, values, time);
        }
        const again = foldEntries(log.entries, log.signatures);
        expect(meaningOf(again)).toEqual(meaningOf(log.state));
        // Remembered digests mean nothing: what is computed anew must be the same.
        for (const list of again.lists.values()) [list.digest, list.packed] = [undefined, undefined];
        expect(sectionsOf(again)).toEqual(sectionsOf(log.state));
        expect([...again.refused].sort()).toEqual([...log.state.refused].sort());
        expect(again.tree).toEqual(log.state.tree);
      }),
      { numRuns: 40 },
    );
  });

  test('an epoch drafted over it leaves no trace, and is accepted once signed', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 20 * DAY_MS }), (path, afterMs) => {
        const log = buildLog();
        for (const next of path) run(log, next);
        const [meaning, sections] = [meaningOf(log.state), sectionsOf(log.state)];
        const time = log.state.time + afterMs;
        const epoch = createEpoch(log.state, time);
        expect(meaningOf(log.state)).toEqual(meaning);
        expect(sectionsOf(log.state)).toEqual(sections);
        expect(log.append(log.statement(epoch, 'network')).ok).toBe(true);
        expect(sectionsOf(log.state)).toEqual(epoch.sections);
        expect(log.state.time).toBe(time);
        expect(log.state.open).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});

const RELEVANT = ['type', 'v', 'critical', 'decisions', 'changes', 'targets', 'approvals', 'size', 'time', 'sections'];
const json = fc.jsonValue({ maxDepth: 3 });

/** Statements that are nearly right: real bodies with members replaced, by any signer. */
const nearStatement = fc.record({
  kind: fc.constantFrom('decision', 'status', 'epoch', 'list', 'party', 'rulebook', 'weather'),
  member: fc.constantFrom(...RELEVANT),
  value: json,
  signer: fc.constantFrom(...KEY_NAMES),
  results: fc.array(fc.boolean(), { maxLength: 4 }),
});

function nearBody(log: LogBuilder, kind: string): object {
  const digest = 'a'.repeat(43);
  const { genesis: _, ...terms } = log.terms('revoke', [{ list: LIST_URI, index: 1 }]);
  const bodies: Record<string, object> = {
    decision: { v: 1, ...terms, approvals: [log.approval(digest, 'officer-a')], received: 1, authorised: 1 },
    status: { v: 1, decisions: [digest], changes: [{ list: LIST_URI, index: 1, value: 1 }] },
    epoch: createEpoch(log.state, log.state.time + 1),
    list: { v: 1, list: 'x', issuer: 'https://civic.example', bits: 2, size: 131_072, key: digest },
    party: { v: 1, decision: digest, party: log.state.parties.get('officer-a') },
    rulebook: { v: 1, decision: digest, body: log.rulebook, effectiveAt: 1 },
    weather: { v: 1 },
  };
  return { ...bodies[kind], type: kind };
}

describe('the fold is total', () => {
  const log = buildLog();

  function assertTotal(entry: string, results?: readonly boolean[]): void {
    const before = meaningOf(log.state);
    const { size } = log.state.tree;
    const parse = parseStatement(entry);
    const checks = statementChecks(log.state, parse);
    const applied = apply(log.state, parse, results ?? checks.map(log.signatures.verify));
    expect(log.state.tree.size).toBe(size + 1);
    if (!applied.ok) expect(meaningOf(log.state)).toEqual(before);
  }

  test('any text is an entry that changes nothing', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => assertTotal(text)));
  });

  test('any three parts of base64url are an entry that changes nothing', () => {
    const part = fc.oneof(
      json.map((value) => toPart(JSON.stringify(value))),
      fc.base64String(),
    );
    fc.assert(fc.property(part, part, part, (a, b, c) => assertTotal(`${a}.${b}.${c}`)));
  });

  test('nearly right statements by anyone, with any signature results, never throw and change nothing when refused', () => {
    fc.assert(
      fc.property(nearStatement, ({ kind, member, value, signer, results }) => {
        const body = { ...nearBody(log, kind), [member]: value };
        assertTotal(log.statement(body, signer), results);
        assertTotal(log.statement(body, signer));
        assertTotal(log.statement(nearBody(log, kind), signer), results);
      }),
      { numRuns: 120 },
    );
  });

  test('a flipped character of a right statement never makes it another one', () => {
    const founded = buildLog();
    const entries = founded.entries.slice(1);
    fc.assert(
      fc.property(fc.nat(entries.length - 1), fc.nat(), fc.constantFrom('A', 'z', '.', '=', '_'), (which, at, by) => {
        const entry = entries[which] ?? '';
        const place = at % entry.length;
        if (entry[place] === by) return;
        const state = foldEntries(founded.entries.slice(0, which + 1), founded.signatures);
        const altered = entry.slice(0, place) + by + entry.slice(place + 1);
        expect(foldEntry(state, altered, founded.signatures).ok).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  test('an entry of any length is parsed or refused without a throw', () => {
    const signatures = createIdealSignatures();
    for (const length of [
      MAX_STATEMENT_BYTES - 1,
      MAX_STATEMENT_BYTES,
      MAX_STATEMENT_BYTES + 1,
      10 * MAX_STATEMENT_BYTES,
    ]) {
      expect(foldEntries(['x'.repeat(length)], signatures).refused.get('unparsed')).toBe(1);
    }
  });
});

function toPart(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url');
}
