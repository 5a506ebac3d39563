import { describe, expect, test } from 'vitest';
import { credential, judgement, LIST_ID, networkEvidence, networkView, statusList } from '../../test/judgement.ts';
import { explain } from './explain.ts';
import { judge } from './judge.ts';

const EARLIER = networkView(600_000);
const LATER = networkView(0, {
  position: { ...EARLIER.position, size: 20, root: 't'.repeat(43), time: EARLIER.position.time + 600_000 },
  lists: new Map([[LIST_ID, statusList({ 7: 1 })]]),
});
const pinned = {
  name: 'north',
  verdict: judge(
    judgement({
      request: { class: 'pay', freshness: { mode: 'at', position: EARLIER.position } },
      evidence: networkEvidence(credential(), EARLIER),
    }),
  ),
};
const later = { name: 'south', verdict: judge(judgement({ evidence: networkEvidence(credential(), LATER) })) };
const DECIDING = { entry: 15, effectiveAt: LATER.position.time, decisions: [] };

describe('a verdict that was asked at an earlier position', () => {
  test('differs by what was decided since, and nobody is late', () => {
    for (const sides of [[pinned, later] as const, [later, pinned] as const]) {
      const explanation = explain(...sides, DECIDING);
      expect(explanation).toMatchObject({ agree: false, cause: { kind: 'decision', deciding: DECIDING }, gap: null });
      expect(explanation.next.action).toBe('none');
      expect(explanation.sides.map(({ name, isPinned }) => isPinned === (name === 'north'))).toEqual([true, true]);
    }
  });

  test('differs by what was asked when nothing was decided in between', () => {
    const now = {
      name: 'south',
      verdict: judge(judgement({ evidence: networkEvidence(credential(), networkView()) })),
    };
    const position = { ...EARLIER.position, size: 9, time: EARLIER.position.time - 5000 };
    const evidence = networkEvidence(credential(), networkView(0, { position }));
    const request = { class: 'pay', freshness: { mode: 'at', position } } as const;
    const before = { name: 'north', verdict: judge(judgement({ request, evidence })) };
    expect(explain(before, now)).toMatchObject({ agree: false, cause: { kind: 'request' }, gap: null });
  });

  test('is not one that could not stand there yet: that one is behind', () => {
    const request = { class: 'pay', freshness: { mode: 'at', position: LATER.position } } as const;
    const evidence = { ...networkEvidence(credential(), EARLIER), unpinned: 'position.ahead' };
    const behind = { name: 'north', verdict: judge(judgement({ request, evidence })) };
    expect(explain(behind, later)).toMatchObject({ cause: { kind: 'age', older: 'north' }, gap: { owner: 'north' } });
  });

  test('and one that lags are told apart', () => {
    const lagging = {
      name: 'north',
      verdict: judge(
        judgement({
          request: { class: 'pay', freshness: { mode: 'any' } },
          evidence: networkEvidence(credential(), EARLIER),
        }),
      ),
    };
    expect(explain(lagging, later)).toMatchObject({
      cause: { kind: 'position', behind: 'north' },
      gap: { owner: 'north', entries: 10 },
      next: { action: 'reads-on', who: 'north' },
    });
  });
});
