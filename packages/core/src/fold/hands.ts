import type { BarredSubject } from '../rulebook/case-rules.ts';
import { type Hands, handsKey } from './docket.ts';
import type { DecisionRecord, NetworkState } from './state.ts';

/** Notes whose decision it was, where cases about such a subject are to keep them out. */
export function recordHands(
  { docket, rulebook, time }: NetworkState,
  subject: BarredSubject,
  id: string,
  { officers }: Pick<DecisionRecord, 'officers'>,
): void {
  if (rulebook?.body.cases?.barsDecidersOf?.includes(subject) !== true) return;
  const key = handsKey(subject, id);
  const hands = new Map(docket.hands.get(key));
  for (const officer of officers) hands.set(officer, time);
  docket.hands.set(
    key,
    [...hands].sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Those of them that are not so long ago. */
export function recentHands(hands: Hands, since: number): Hands {
  return hands.some(([, at]) => at < since) ? hands.filter(([, at]) => at >= since) : hands;
}
