import { assert } from '../errors.ts';
import { type CompactTree, copyCompactTree } from '../log/tree.ts';
import { listsOfKey, suspensionsIn } from './compromise.ts';
import { digestOfDecision } from './decision-digest.ts';
import { newlyCompromised } from './party-changes.ts';
import { changeKey, type NetworkState, setStatus } from './state.ts';
import type { Party, StatementBody, StatementParse, StatusChange } from './statement.ts';

/**
 * Remembers what applying these entries could change, so that they can be tried: the result takes all of it back. Costs
 * as much as the entries, not as much as the state. Apply nothing else in between; an epoch among them may only have
 * been refused, because what an accepted one commits to is history.
 */
export function restorePoint(state: NetworkState, parses: readonly StatementParse[]): () => void {
  const bodies = parses.flatMap((parse) => (parse.ok ? [parse.statement.body] : []));
  const { name, position, rulebook, predecessors, succeeding } = state;
  const scheduled = [...state.scheduled];
  const open = [...state.open];
  const refused = [...state.refused];
  const tree = copyCompactTree(state.tree);
  const decidedTree = copyCompactTree(state.decidedTree);
  const decided = new Set(decisionsIn(bodies, name).filter((digest) => state.decided.has(digest)));
  const restores = bodies.flatMap((body) => restoresOf(state, body));
  return () => {
    assert(state.position === position, 'an accepted epoch is never taken back');
    for (const digest of decisionsIn(bodies, state.name)) if (!decided.has(digest)) state.decided.delete(digest);
    for (const restore of restores) restore();
    state.name = name;
    state.rulebook = rulebook;
    state.predecessors = predecessors;
    state.succeeding = succeeding;
    state.scheduled = scheduled;
    state.open = open;
    state.refused.clear();
    for (const [why, count] of refused) state.refused.set(why, count);
    restoreTree(state.tree, tree);
    restoreTree(state.decidedTree, decidedTree);
  };
}

type Body = StatementBody | { readonly type: 'unknown'; readonly critical: readonly string[] };

function decisionsIn(bodies: readonly Body[], genesis: string): string[] {
  return bodies.flatMap((body) =>
    body.type === 'decision' || body.type === 'succession' ? [digestOfDecision(body, genesis)] : [],
  );
}

function restoresOf(state: NetworkState, body: Body): (() => void)[] {
  switch (body.type) {
    case 'rulebook':
      return body.body.officers.map(({ id }) => restoreEntry(state.parties, id));
    case 'party':
      return restoresOfParty(state, body.party);
    case 'list':
      return [restoreEntry(state.lists, body.list)];
    case 'status':
      return body.changes.flatMap((change) => restoresOfChange(state, change));
    case 'unknown':
      return body.critical
        .filter((subject) => !state.critical.has(subject))
        .map((subject) => () => state.critical.delete(subject));
    case 'program':
      return [restoreEntry(state.programs, body.program.id)];
    case 'exception':
      return [restoreEntry(state.exceptions, body.digest)];
    case 'recognition':
      return [restoreEntry(state.recognitions, body.recognition.network)];
    case 'intake':
    case 'seal':
    case 'reveal':
    case 'draw':
      return [restoreEntry(state.programs, body.program)];
    case 'decision':
    case 'epoch':
    case 'succession':
      return [];
    default:
      return body satisfies never;
  }
}

/** A list of a stolen key is another object once it is filled: the old one is only put back. */
function restoresOfParty(state: NetworkState, party: Party): (() => void)[] {
  const stolen = newlyCompromised(state.parties.get(party.id), party);
  const lists = stolen.flatMap((key) => listsOfKey(state, { issuer: party.id, key }));
  const suspended = lists.flatMap(({ id }) => suspensionsIn(state, id));
  return [
    restoreEntry(state.parties, party.id),
    ...lists.map(({ id }) => restoreEntry(state.lists, id)),
    ...suspended.flatMap((key) => [restoreEntry(state.suspensions, key), restoreEntry(state.changes, key)]),
  ];
}

function restoresOfChange(state: NetworkState, change: StatusChange): (() => void)[] {
  const key = changeKey(change.list, change.index);
  // Also where there is no such list yet: an entry tried before this one may open it.
  const restores = [restoreEntry(state.suspensions, key), restoreEntry(state.changes, key)];
  const list = state.lists.get(change.list);
  const value = list?.values[change.index];
  if (list === undefined || value === undefined) return restores;
  const { digest } = list;
  const restoreValue = () => {
    setStatus(list, change.index, value);
    list.digest = digest;
  };
  return [...restores, restoreValue];
}

function restoreEntry<Key, Value>(map: Map<Key, Value>, key: Key): () => void {
  const before = map.get(key);
  return () => {
    if (before === undefined) map.delete(key);
    else map.set(key, before);
  };
}

function restoreTree(tree: CompactTree, before: CompactTree): void {
  tree.size = before.size;
  tree.hashes.splice(0, tree.hashes.length, ...before.hashes);
}
