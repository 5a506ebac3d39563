import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  credential,
  judgement,
  LIST_ID,
  LOG,
  NOW,
  networkEvidence,
  networkView,
  statusList,
} from '../../test/judgement.ts';
import { EFFECTS, type FreshnessRules } from '../rulebook/rulebook.ts';
import { encodeVerdict } from './envelope.ts';
import { DEFAULT_FRESHNESS } from './freshness.ts';
import { judge } from './judge.ts';
import type { Judgement } from './judgement.ts';
import { TICK_MS } from './verdict.ts';

const VIEW_OF_NETWORK = networkView();
const { position: POSITION } = VIEW_OF_NETWORK;

/** Asked at a position, by default at the one that is held. */
function judgeAt(position = POSITION, changes: Partial<Judgement> = {}, action: 'pay' | 'view' = 'pay') {
  const request = { class: action, freshness: { mode: 'at', position }, amount: '1200' } as const;
  return judge(judgement({ request, ...changes }));
}
const codesOf = (...args: Parameters<typeof judgeAt>) => judgeAt(...args).reasons.map(({ code }) => code);

describe('a verdict at a position', () => {
  test('is the same bytes whenever it is asked', () => {
    const first = encodeVerdict(judgeAt());
    fc.assert(
      fc.property(fc.nat(), (ticks) => {
        expect(encodeVerdict(judgeAt(POSITION, { tick: NOW / TICK_MS + ticks }))).toBe(first);
      }),
    );
  });

  test('judges dates by the time of the position', () => {
    const exp = NOW / 1000;
    const late = { tick: NOW / TICK_MS + 1_000_000 };
    expect(judgeAt(POSITION, { parse: credential({ exp: exp + 1 }), ...late }).outcome).toBe('valid');
    expect(judgeAt(POSITION, { parse: credential({ exp }), ...late }).outcome).toBe('expired');
    expect(judgeAt(POSITION, { parse: credential({ iat: exp + 61 }), ...late }).outcome).toBe('not-yet-valid');
  });

  test('never allows more than to reserve, whatever its rulebook allows, and says that it is not about now', () => {
    const effects = { live: 'final', recent: 'final', stale: 'advance', 'cut-off': 'advance' } as const;
    const table = (rules: FreshnessRules['network']) => ({
      pay: { ...rules.pay, effects, advanceMax: '5' },
      view: { ...rules.view, effects, advanceMax: '5' },
    });
    const freshness = { network: table(DEFAULT_FRESHNESS.network), foreign: table(DEFAULT_FRESHNESS.foreign) };
    const rulebook = { index: 0, body: { freshness, profiles: [] } } as unknown as NonNullable<
      typeof VIEW_OF_NETWORK.rulebook
    >;
    for (const action of ['pay', 'view'] as const) {
      for (const view of [networkView(), networkView(0, { rulebook })]) {
        const evidence = networkEvidence(credential(), view);
        const verdict = judgeAt(POSITION, { evidence }, action);
        expect(verdict).toMatchObject({ outcome: 'valid', ageMs: 0, freshness: 'live' });
        expect(verdict.allows).toEqual({ effect: 'reserve', maxAmount: '1200' });
        expect(verdict.notEstablished).toContain('validity-now');
        const silent = judgeAt(POSITION, { evidence: { ...evidence, contradiction: 'feed.rollback' } }, action);
        expect(EFFECTS.indexOf(silent.allows.effect)).toBeLessThanOrEqual(EFFECTS.indexOf('reserve'));
      }
    }
  });

  test("counts a stranger's list as young as the position is old", () => {
    const packed = new Uint8Array(16);
    const foreign = (asOf: number) => {
      const status = { ok: true, uri: LIST_ID, bits: 1, packed, asOf, digest: 'd'.repeat(43) } as const;
      const view = networkView(0, { lists: new Map() });
      return judgeAt(POSITION, { evidence: { ...networkEvidence(credential(), view), status } });
    };
    expect(foreign(NOW + 3_600_000)).toMatchObject({ outcome: 'valid', ageMs: 0 });
    expect(foreign(NOW - 7_200_000)).toMatchObject({ ageMs: 7_200_000, freshness: 'stale' });
    expect(foreign(NOW - 8 * 86_400_000)).toMatchObject({ outcome: 'unknown' });
  });
});

describe('a judgement that does not stand where it was asked', () => {
  test.each([
    ['another log', { log: 'other.example' }, 'position.log_unknown'],
    ['a position ahead', { size: 11 }, 'position.ahead'],
    ['another root', { root: 's'.repeat(43) }, 'position.not_held'],
    ['another time', { time: NOW - 1 }, 'position.not_held'],
    ['an earlier size', { size: 9 }, 'position.not_held'],
  ])('%s', (_, change, code) => {
    const verdict = judgeAt({ ...POSITION, ...change });
    expect(verdict).toMatchObject({ outcome: 'unknown', reasons: [{ code, path: '' }], usableUntil: 0 });
    // A time that nobody proved is nobody's time.
    expect(verdict.basis.tick).toBe(NOW / TICK_MS);
  });

  test('says nothing else, not even of what is revoked or forged where it does stand', () => {
    const revoked = networkView(0, { lists: new Map([[LIST_ID, statusList({ 7: 1 })]]) });
    const evidence = networkEvidence(credential(), revoked);
    const signatures = { issuer: false, holder: false };
    for (const unpinned of ['position.not_ready', 'position.log_lost']) {
      const verdict = judgeAt(POSITION, { evidence: { ...evidence, unpinned }, signatures });
      expect(verdict).toMatchObject({ outcome: 'unknown', reasons: [{ code: unpinned }] });
      expect(verdict.basis.missing).toEqual([unpinned]);
    }
    expect(codesOf({ ...POSITION, size: 11 }, { evidence, signatures })).toEqual(['position.ahead']);
    expect(
      codesOf(POSITION, { evidence: { ...evidence, unpinned: 'position.ahead', contradiction: 'feed.fork' } }),
    ).toEqual(['feed.fork']);
  });

  test('keeps its place where patience helps, and only there', () => {
    const effects = ['position.ahead', 'position.not_ready', 'position.not_held', 'position.log_lost'].map(
      (unpinned) => judgeAt(POSITION, { evidence: { network: VIEW_OF_NETWORK, unpinned } }).allows.effect,
    );
    expect(effects).toEqual(['queue', 'queue', 'none', 'none']);
  });

  test('is without a network too', () => {
    expect(codesOf(POSITION, { evidence: {} })).toEqual(['position.log_unknown']);
    expect(codesOf({ ...POSITION, log: LOG }, { evidence: {} })).toEqual(['position.log_unknown']);
  });
});
