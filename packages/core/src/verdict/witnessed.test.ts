import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { credential, judgement, NOW, networkEvidence, networkView } from '../../test/judgement.ts';
import { canonicalJson } from '../encoding/json.ts';
import { EFFECTS, type Effect, FRESHNESS_BANDS } from '../rulebook/rulebook.ts';
import type { NetworkWitnessed } from './evidence.ts';
import { explain } from './explain.ts';
import { judge } from './judge.ts';
import { asOfNetwork, withoutWitnesses } from './witnessed.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Two of three have spoken: the quorum's time is `ageMs` before now. */
function witnessedBefore(ageMs: number): NetworkWitnessed {
  const time = NOW - ageMs;
  const by = ['w1+00000001', 'w2+00000002'].map((witness) => ({ witness, size: 10, time }));
  return { time, by, notes: ['a note\n'] };
}

const NOBODY: NetworkWitnessed = { by: [], notes: [] };

function judged(witnessed: NetworkWitnessed | undefined, options: { ageMs?: number; class?: 'pay' | 'view' } = {}) {
  const view = networkView(options.ageMs ?? 0, witnessed === undefined ? {} : { witnessed });
  const request = { class: options.class ?? ('view' as const), freshness: { mode: 'any' } } as const;
  return judge(judgement({ request, evidence: networkEvidence(credential(), view) }));
}

describe('where witnesses are named', () => {
  test("age counts from the quorum's time, and the log's own time makes nothing young", () => {
    expect(judged(undefined, { ageMs: 0 })).toMatchObject({ freshness: 'live', ageMs: 0 });
    expect(judged(witnessedBefore(0))).toMatchObject({ freshness: 'live', ageMs: 0 });
    expect(judged(witnessedBefore(MINUTE))).toMatchObject({ freshness: 'recent', ageMs: MINUTE });
    expect(judged(witnessedBefore(10 * MINUTE))).toMatchObject({ freshness: 'stale', allows: { effect: 'advance' } });
  });

  test("a quorum that has seen the same tree since keeps it young, though the log's last epoch is old", () => {
    expect(judged(witnessedBefore(0), { ageMs: 10 * MINUTE })).toMatchObject({ freshness: 'live', ageMs: 0 });
  });

  test('losing the quorum degrades step by step, and stops nothing that the rulebook does not stop', () => {
    const course = [0, MINUTE, 10 * MINUTE, 100_000 * SECOND].map((ageMs) => {
      const { outcome, freshness, allows } = judged(witnessedBefore(ageMs), { class: 'view' });
      return [outcome, freshness, allows.effect];
    });
    expect(course).toEqual([
      ['valid', 'live', 'final'],
      ['valid', 'recent', 'final'],
      ['valid', 'stale', 'advance'],
      ['unknown', 'cut-off', 'none'],
    ]);
  });

  test('before a quorum has spoken nothing is young, and a revocation counts all the same', () => {
    expect(judged(NOBODY)).toMatchObject({ outcome: 'unknown', freshness: 'cut-off' });
    const revoked = networkView(0, { witnessed: NOBODY });
    for (const list of revoked.lists.values()) list.values[7] = 1;
    const verdict = judge(judgement({ evidence: networkEvidence(credential(), revoked) }));
    expect(verdict.outcome).toBe('revoked');
  });

  test('the verdict says whose time it is, and what it was taken from', () => {
    expect(judged(undefined).notEstablished).toContain('witnessed-time');
    expect(judged(undefined).basis.witnessed).toBeUndefined();
    expect(judged(NOBODY).notEstablished).toContain('witnessed-time');
    expect(judged(NOBODY).basis.witnessed).toEqual([{ log: 'log.example/holdfast', by: [] }]);
    const { notEstablished, basis } = judged(witnessedBefore(0));
    expect(notEstablished).not.toContain('witnessed-time');
    const { time, by } = witnessedBefore(0);
    expect(basis.witnessed).toEqual([{ log: 'log.example/holdfast', time, by }]);
    expect(canonicalJson(basis)).not.toContain('a note');
  });

  test('a verdict at a pinned position is the same whoever has confirmed what since', () => {
    const view = networkView(MINUTE);
    const request = { class: 'view', freshness: { mode: 'at', position: view.position } } as const;
    const at = (witnessed?: NetworkWitnessed) =>
      judge(
        judgement({
          request,
          evidence: {
            ...networkEvidence(credential(), withoutWitnesses(view)),
            network: witnessed === undefined ? view : { ...view, witnessed },
          },
        }),
      );
    expect(at(witnessedBefore(0))).toEqual(at());
    expect(at(NOBODY)).toEqual(at());
    expect(at().notEstablished).toContain('witnessed-time');
  });
});

test('an older confirmation never allows more than a younger one, and none the least', () => {
  const rank = (effect: Effect) => EFFECTS.indexOf(effect);
  fc.assert(
    fc.property(fc.nat(200_000), fc.nat(200_000), fc.constantFrom('pay' as const, 'view' as const), (a, b, action) => {
      const [young, old] = [Math.min(a, b), Math.max(a, b)].map((seconds) =>
        judged(witnessedBefore(seconds * SECOND), { class: action }),
      );
      const never = judged(NOBODY, { class: action });
      const ranks = [young, old, never].map((verdict) => rank(verdict?.allows.effect ?? 'none'));
      expect(ranks).toEqual([...ranks].sort((x, y) => y - x));
      const bands = [young, old].map((verdict) => FRESHNESS_BANDS.indexOf(verdict?.freshness ?? 'live'));
      expect(bands[0]).toBeLessThanOrEqual(bands[1] ?? 0);
    }),
  );
});

test('without witnesses the time is that of the log', () => {
  expect(asOfNetwork(networkView(MINUTE))).toBe(NOW - MINUTE);
});

describe('two verdicts that differ by cosignatures alone', () => {
  const side = (name: string, witnessed: NetworkWitnessed) => ({ name, verdict: judged(witnessed, { class: 'pay' }) });

  test('are explained by them, at one position and at one moment', () => {
    const explanation = explain(side('north', witnessedBefore(0)), side('south', witnessedBefore(MINUTE)));
    expect(explanation).toMatchObject({
      agree: false,
      cause: { kind: 'witnesses', older: 'south', times: [NOW, NOW - MINUTE] },
      gap: null,
      next: { action: 'none' },
    });
    expect(explain(side('north', NOBODY), side('south', witnessedBefore(0))).cause).toEqual({
      kind: 'witnesses',
      older: 'north',
      times: [null, NOW],
    });
  });

  test('agree where both allow the same', () => {
    expect(explain(side('north', witnessedBefore(0)), side('south', witnessedBefore(SECOND))).agree).toBe(true);
  });

  test('are explained by them also where the one that has read further is confirmed less', () => {
    const further = networkView(0, { witnessed: witnessedBefore(MINUTE) });
    const position = { ...further.position, size: 12, root: 's'.repeat(43) };
    const request = { class: 'pay', freshness: { mode: 'any' } } as const;
    const evidence = networkEvidence(credential(), { ...further, position });
    const ahead = { name: 'north', verdict: judge(judgement({ request, evidence })) };
    expect(explain(ahead, side('south', witnessedBefore(0))).cause).toMatchObject({
      kind: 'witnesses',
      older: 'north',
    });
  });
});
