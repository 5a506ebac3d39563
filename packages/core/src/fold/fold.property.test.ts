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
import { logSteps, runStep } from '../../test/log-steps.ts';
import { createIdealSignatures } from '../../test/test-keys.ts';
import { equalBytes } from '../encoding/bytes.ts';
import { packStatuses } from '../status/packed.ts';
import { apply, createEpoch, statementChecks } from './fold.ts';
import { sectionsOf } from './sections.ts';
import type { NetworkState } from './state.ts';
import { MAX_STATEMENT_BYTES, parseStatement } from './statement.ts';

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
      fc.property(logSteps, (path) => {
        const log = buildLog();
        for (const next of path) {
          const [values, time] = [valuesOf(log.state), log.state.time];
          runStep(log, next);
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
      fc.property(logSteps, fc.integer({ min: 1, max: 20 * DAY_MS }), (path, afterMs) => {
        const log = buildLog();
        for (const next of path) runStep(log, next);
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
