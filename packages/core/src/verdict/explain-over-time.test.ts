import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  credential,
  ISSUER_ID,
  issuerParty,
  judgement,
  LIST_ID,
  NOW,
  networkEvidence,
  networkView,
  statusList,
  VIEW,
} from '../../test/judgement.ts';
import type { NetworkView } from './evidence.ts';
import { explainOverTime, type GivenVerdict } from './explain-over-time.ts';
import { judge } from './judge.ts';
import { TICK_MS, type VerdictRequest } from './verdict.ts';

const MINUTE_MS = 60_000;

/** The network as it stood that many minutes after the start, read to its end. */
function viewAt(minute: number, changes: Partial<NetworkView> = {}): NetworkView {
  const position = {
    log: 'log.example/holdfast',
    size: 10 + minute,
    root: 'r'.repeat(43),
    time: NOW + minute * MINUTE_MS,
  };
  return networkView(0, { position, ...changes });
}

type Asked = { readonly at?: number; readonly exp?: number; readonly request?: VerdictRequest };

function answer(view: NetworkView, { at = view.position.time, exp, request = VIEW }: Asked = {}): GivenVerdict {
  const parse = exp === undefined ? credential() : credential({ exp });
  const evidence = networkEvidence(parse, view);
  const verdict = judge(judgement({ parse, evidence, request, tick: Math.floor(at / TICK_MS) }));
  return { name: 'north', verdict, answeredAt: at };
}

const revoked = new Map([[LIST_ID, statusList({ 7: 1 })]]);
const DECIDING = { entry: 15, effectiveAt: NOW + 5 * MINUTE_MS, decisions: [] };

test('answers that agree are one stretch, however many', () => {
  const { stretches, turns } = explainOverTime([0, 1, 2].map((minute) => answer(viewAt(minute))));
  expect(turns).toEqual([]);
  expect(stretches).toMatchObject([{ outcome: 'valid', count: 3, since: NOW, until: NOW + 2 * MINUTE_MS }]);
});

test('a revocation turns yesterday into today, and is named', () => {
  const today = { ...answer(viewAt(9, { lists: revoked })), deciding: DECIDING };
  const { stretches, turns } = explainOverTime([today, answer(viewAt(1)), answer(viewAt(0))]);
  expect(stretches.map(({ outcome, count }) => [outcome, count])).toEqual([
    ['valid', 2],
    ['revoked', 1],
  ]);
  expect(turns).toEqual([
    { between: [NOW + MINUTE_MS, NOW + 9 * MINUTE_MS], cause: { kind: 'decision', deciding: DECIDING } },
  ]);
});

test('a credential that has run out says so, although the log went on too', () => {
  const exp = NOW / 1000 + 60;
  const { turns } = explainOverTime([answer(viewAt(0), { exp }), answer(viewAt(3), { exp })]);
  expect(turns).toMatchObject([{ cause: { kind: 'validity', outcome: 'expired' } }]);
});

test('an issuer whose accreditation ended is named by what the network says of it', () => {
  const accreditations = issuerParty().accreditations.map((granted) => ({ ...granted, until: NOW + MINUTE_MS }));
  const parties = new Map([[ISSUER_ID, issuerParty({ accreditations })]]);
  const { turns } = explainOverTime([answer(viewAt(0)), answer(viewAt(2, { parties }))]);
  expect(turns).toMatchObject([{ cause: { kind: 'trust', code: 'trust.ended' } }]);
});

test('a verifier that was cut off and came back shows both turns by age', () => {
  const stale = answer(viewAt(0), { at: NOW + 10 * MINUTE_MS });
  const { stretches, turns } = explainOverTime([answer(viewAt(0)), stale, answer(viewAt(11))]);
  expect(stretches.map(({ effect }) => effect)).toEqual(['final', 'advance', 'final']);
  expect(turns.map(({ cause }) => cause)).toEqual([
    { kind: 'age', older: 'north' },
    { kind: 'age', older: 'north' },
  ]);
});

test('other questions are other answers, and nobody changed their mind', () => {
  const pay = { class: 'pay', freshness: { mode: 'any' } } as const;
  const at = NOW + 2 * MINUTE_MS;
  const { turns } = explainOverTime([answer(viewAt(0)), answer(viewAt(1), { at, request: pay })]);
  expect(turns).toMatchObject([{ cause: { kind: 'request' } }]);
});

test('law: every answer is in exactly one stretch, and no turn is unexplained', () => {
  const asked = fc.record({
    minute: fc.integer({ min: 0, max: 40 }),
    lateMinutes: fc.integer({ min: 0, max: 40 }),
    isPay: fc.boolean(),
  });
  // One credential for all: what is asked of another is no answer on this one.
  const exps = fc.constantFrom(undefined, NOW / 1000 + 600);
  fc.assert(
    fc.property(fc.array(asked, { maxLength: 12 }), exps, (all, exp) => {
      const given = all.map(({ minute, lateMinutes, isPay }) => {
        const view = viewAt(minute, minute < 5 ? {} : { lists: revoked });
        const request = isPay ? ({ class: 'pay', freshness: { mode: 'any' } } as const) : VIEW;
        const at = view.position.time + lateMinutes * MINUTE_MS;
        const found = answer(view, { at, request, ...(exp === undefined ? {} : { exp }) });
        return minute < 5 ? found : { ...found, deciding: DECIDING };
      });
      const { stretches, turns } = explainOverTime(given);
      expect(stretches.reduce((sum, { count }) => sum + count, 0)).toBe(given.length);
      expect(turns).toHaveLength(Math.max(0, stretches.length - 1));
      expect(turns.filter(({ cause }) => cause.kind === 'unexplained' || cause.kind === 'agreement')).toEqual([]);
    }),
    { numRuns: 200 },
  );
});
