import {
  assert,
  copyNetworkState,
  createSuccessorState,
  encodeJws,
  encodeLineage,
  encodeSigningInput,
  encodeUtf8,
  encodeVkey,
  grantOf,
  type NetworkState,
  type Position,
  parseStatement,
  proveSuccession,
  STATEMENT_TYP,
  type SuccessionDraft,
  saltedRoot,
  successionDigest,
  successionDraftDigest,
  successionOf,
  thumbprint,
  vkeyOf,
} from '@holdfast/core';
import { createApproval, type LogStore } from '@holdfast/server/roles';
import { createPastLog, type PastFold } from '@holdfast/verifier';
import type { World } from '../world.ts';

/** What a copy of the old log means at its end, for whoever goes on from there. */
export type EndOfLog = Pick<PastFold, 'genesis' | 'epoch'> & { readonly state: NetworkState };

/** Folds a copy up to an epoch. */
export async function readEnd({ signatures }: World, copy: Pick<LogStore, 'readEntries'>, size: number) {
  const read = await createPastLog(copy, signatures).at(size, ({ state, genesis, epoch }): EndOfLog => {
    return { state: copyNetworkState(state), genesis, epoch };
  });
  assert(read.ok, 'a copy of the log ends with an epoch');
  return read.value;
}

export type Drafting = {
  /** Name of the new log, and of its key at the signer. */
  readonly origin: string;
  readonly key: string;
  /** Where it says that it goes on from, where that is not the end. */
  readonly from?: Position;
};

export type Draft = Pick<SuccessionDraft, 'network' | 'from' | 'rulebook' | 'decision' | 'approvals'>;

/** What officers are asked to sign: that the network goes on in a log of this name. */
export async function draftSuccession(world: World, { state }: EndOfLog, drafting: Drafting): Promise<Draft> {
  const { position, rulebook } = state;
  const grant = rulebook === undefined ? undefined : grantOf(rulebook.body, 'amend');
  assert(position !== undefined && rulebook !== undefined && grant !== undefined, 'a log is succeeded at an epoch');
  const { origin, key, from = position } = drafting;
  const log = { origin, vkey: encodeVkey(vkeyOf(origin, await world.signer.create(key, 'EdDSA'))) };
  const body = { network: world.name, from, rulebook: { ...rulebook.body, log } };
  const target = { salt: 'A'.repeat(22), kind: 'target' as const, value: { succession: from.log } };
  return {
    ...body,
    decision: {
      id: `succession ${origin}`,
      parameters: { succession: successionDigest(body) },
      targets: { root: saltedRoot([target]), count: 1 },
      class: grant.classes[0] ?? '',
      rulebook: rulebook.index,
      expiry: state.time + grant.expiresInMs,
    },
    approvals: [],
  };
}

export async function approveDraft({ signer }: World, draft: Draft, officers: readonly string[]): Promise<Draft> {
  const digest = successionDraftDigest({ ...draft, genesis: '', successions: [], snapshot: '' });
  const approvals = await Promise.all(officers.map((officer) => createApproval(signer, officer, digest)));
  return { ...draft, approvals };
}

/** The first entry of the new log, and how whoever has only the network's name comes to it. */
export type Opening = { readonly entry: string; readonly lineage: string };

export async function openLog(world: World, { state, genesis, epoch }: EndOfLog, draft: Draft): Promise<Opening> {
  const body = successionOf({ ...draft, genesis, successions: [], snapshot: '' });
  const header = { alg: 'ES256', kid: thumbprint(world.keys.governor), typ: STATEMENT_TYP };
  const input = encodeSigningInput(header, body);
  const entry = encodeJws(input, await world.signer.sign('governor', encodeUtf8(input)));
  return { entry, lineage: encodeLineage({ genesis, successions: [proveSuccession({ state, epoch }, entry)] }) };
}

/** The state with which whoever folds the new log begins. */
export function beginningOf({ state }: EndOfLog): NetworkState {
  return createSuccessorState(copyNetworkState(state));
}

/** The position that a succession says it goes on from. */
export function fromOf(entry: string): Position | undefined {
  const parse = parseStatement(entry);
  return parse.ok && parse.statement.body.type === 'succession' ? parse.statement.body.from : undefined;
}
