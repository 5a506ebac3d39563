import { isHolding } from '../cases/case-record.ts';
import { SUPERSEDED } from '../status/superseded.ts';
import { changeKey, type NetworkState, type Refusal, setStatus } from './state.ts';
import type { StatementOf } from './statement.ts';

const DAY_MS = 86_400_000;

/**
 * An issuer takes back what it has itself replaced: no decision, because nobody is refused anything by it, and no more a
 * day than the rulebook says, because whoever steals its statement key must not end everything at once. What officers have
 * revoked or suspended is theirs to decide.
 */
export function applySupersede(
  state: NetworkState,
  body: StatementOf<'supersede'>,
  entry: number,
): Refusal | undefined {
  const bounds = state.rulebook?.body.supersession;
  if (bounds === undefined) return 'supersession-denied';
  const list = state.lists.get(body.list);
  if (list === undefined) return 'list-unknown';
  for (const index of body.indices) {
    if (index >= list.size) return 'index-out-of-range';
    const value = list.values[index];
    if (value === 2 || isAboutToBeHeld(state, body.list, index)) return 'supersession-held';
    if (value !== 0) return 'already-final';
  }
  const count = countOn(state, list.issuer) + body.indices.length;
  if (count > bounds.maxPerDay) return 'supersession-bounds';
  state.supersessions.set(list.issuer, { day: dayOf(state), count });
  for (const index of body.indices) {
    setStatus(list, index, SUPERSEDED);
    state.changes.set(changeKey(body.list, index), { entry, decisions: [] });
  }
  return undefined;
}

/** A case of this very epoch holds it: the next one suspends it, and nobody refreshes out of that. */
function isAboutToBeHeld({ docket }: NetworkState, list: string, index: number): boolean {
  return [...docket.touched].some((id) => {
    const record = docket.cases.get(id);
    if (record?.target?.of !== 'credential' || !isHolding(record)) return false;
    return record.target.list === list && record.target.index === index;
  });
}

function dayOf({ time }: Pick<NetworkState, 'time'>): number {
  return Math.floor(time / DAY_MS);
}

/** How many it has superseded today, by the log's time. */
function countOn(state: NetworkState, issuer: string): number {
  const known = state.supersessions.get(issuer);
  return known?.day === dayOf(state) ? known.count : 0;
}
