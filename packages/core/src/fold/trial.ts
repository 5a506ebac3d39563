import { assert } from '../errors.ts';
import { type CompactTree, copyCompactTree } from '../log/tree.ts';
import type { BarredSubject } from '../rulebook/case-rules.ts';
import { listsOfKey, suspendedIn } from './compromise.ts';
import { digestOfDecision } from './decision-digest.ts';
import { dayOf, handsKey } from './docket.ts';
import { newlyCompromised } from './party-changes.ts';
import { restoreEntry, restoreStatus } from './restoring.ts';
import type { NetworkState } from './state.ts';
import type { Party, StatementBody, StatementParse } from './statement.ts';

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
  const [late, supersessions, since] = [[...state.late], [...state.supersessions], [...state.since]];
  const tree = copyCompactTree(state.tree);
  const decidedTree = copyCompactTree(state.decidedTree);
  const decided = new Set(decisionsIn(bodies, name).filter((digest) => state.decided.has(digest)));
  const restores = [...bodies.flatMap((body) => restoresOf(state, body)), restoreDocket(state, bodies)];
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
    refill(state.refused, refused);
    refill(state.late, late);
    refill(state.since, since);
    refill(state.supersessions, supersessions);
    restoreTree(state.tree, tree);
    restoreTree(state.decidedTree, decidedTree);
  };
}

/** Of maps as small as there are issuers. */
function refill<Key, Value>(map: Map<Key, Value>, before: readonly (readonly [Key, Value])[]): void {
  map.clear();
  for (const [key, value] of before) map.set(key, value);
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
      return body.changes.flatMap((change) => restoreStatus(state, change));
    case 'supersede':
      return body.indices.flatMap((index) => restoreStatus(state, { list: body.list, index }));
    case 'unknown':
      return body.critical
        .filter((subject) => !state.critical.has(subject))
        .map((subject) => () => state.critical.delete(subject));
    case 'program':
      return [restoreEntry(state.programs, body.program.id), restoreHands(state, 'program', body.program.id)];
    case 'exception':
      return [restoreEntry(state.exceptions, body.digest), restoreHands(state, 'payment', body.digest)];
    case 'recognition':
      return [restoreEntry(state.recognitions, body.recognition.network)];
    case 'intake':
    case 'seal':
    case 'reveal':
    case 'draw':
      return [restoreEntry(state.programs, body.program)];
    case 'cancellation':
      return [...state.programs.values()]
        .filter(({ revision }) => revision?.entry === body.amendment)
        .map(({ program }) => restoreEntry(state.programs, program.id));
    case 'case':
    case 'incident':
    case 'decision':
    case 'epoch':
    case 'succession':
      return [];
    default:
      return body satisfies never;
  }
}

function restoreHands({ docket }: NetworkState, subject: BarredSubject, id: string): () => void {
  return restoreEntry(docket.hands, handsKey(subject, id));
}

/** A list of a stolen key is another object once it is filled: the old one is only put back. */
function restoresOfParty(state: NetworkState, party: Party): (() => void)[] {
  const stolen = newlyCompromised(state.parties.get(party.id), party);
  const lists = stolen.flatMap((key) => listsOfKey(state, { issuer: party.id, key }));
  const suspended = lists.flatMap(({ id }) => suspendedIn(state, id));
  return [
    restoreEntry(state.parties, party.id),
    restoreHands(state, 'issuer', party.id),
    ...lists.map(({ id }) => restoreEntry(state.lists, id)),
    ...suspended.flatMap(({ index, list }) => restoreStatus(state, { list, index })),
  ];
}

/** Cases change by few statements, and then by few of them: what they were is kept whole. Who decided grows at its end. */
function restoreDocket({ docket, time }: NetworkState, bodies: readonly Body[]): () => void {
  const restores: (() => void)[] = [];
  if (bodies.some(({ type }) => type === 'case' || type === 'incident' || type === 'status')) {
    const maps = [docket.cases, docket.open, docket.incidents] as Map<string, unknown>[];
    restores.push(...maps.map(restoreMap));
    const touched = [...docket.touched];
    restores.push(() => {
      docket.touched.clear();
      for (const id of touched) docket.touched.add(id);
    });
  }
  const today = docket.deciders.get(dayOf(time));
  const tree = today === undefined ? undefined : copyCompactTree(today.tree);
  const known = today?.of.size ?? 0;
  restores.push(() => {
    if (today === undefined || tree === undefined) docket.deciders.delete(dayOf(time));
    else {
      restoreTree(today.tree, tree);
      for (const entry of [...today.of.keys()].slice(known)) today.of.delete(entry);
    }
  });
  return () => {
    for (const restore of restores) restore();
  };
}

function restoreMap(map: Map<string, unknown>): () => void {
  const before = [...map];
  return () => {
    map.clear();
    for (const [key, value] of before) map.set(key, value);
  };
}

function restoreTree(tree: CompactTree, before: CompactTree): void {
  tree.size = before.size;
  tree.hashes.splice(0, tree.hashes.length, ...before.hashes);
}
