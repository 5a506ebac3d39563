import { parseBase64url } from '../encoding/text.ts';
import { assert } from '../errors.ts';
import { bindingDigest, type DecisionTerms } from '../governance/decision.ts';
import { isSamePosition } from '../log/position.ts';
import { appendLeaf, createCompactTree, leafHash } from '../log/tree.ts';
import { grantOf } from '../rulebook/rulebook.ts';
import type { OfficerApproval } from './authority.ts';
import { isLogTerms } from './log-keys.ts';
import { copyNetworkState, type NetworkState, type Refusal } from './state.ts';
import type { StatementOf } from './statement.ts';

/** What the quorum's signatures bind: which log goes on from where, under which rules. */
export type SuccessionTerms = Pick<StatementOf<'succession'>, 'network' | 'from' | 'rulebook'>;

/** The parameter `succession` of the decision that opens a new log. */
export function successionDigest({ network, from, rulebook }: SuccessionTerms): string {
  return bindingDigest({ network, from, rulebook });
}

/** The decision in a succession, as its approvals name it: a use of the power `amend` under the rules of the old log. */
export function successionDecision(body: StatementOf<'succession'>): DecisionTerms {
  const { id, parameters, targets, rulebook, expiry } = body.decision;
  return {
    ...{ genesis: body.network, power: 'amend', id, parameters, targets, rulebook, expiry },
    class: body.decision.class,
  };
}

/**
 * The state that a new log of the same network begins with: everything that the old log's last accepted epoch commits to,
 * and no entry yet. Nothing but a `succession` of that very position may be its first entry. What was decided and not
 * carried out is over, announced rulebooks are to be announced again, and which entries changed an index is forgotten, as
 * entries of the old log have no number in the new one.
 */
export function createSuccessorState(old: NetworkState): NetworkState {
  const { position, rulebook, tree } = old;
  assert(position?.size === tree.size && rulebook !== undefined, 'a log is succeeded at an epoch');
  return {
    ...copyNetworkState(old),
    tree: createCompactTree(),
    covered: createCompactTree(),
    position: undefined,
    rulebook: undefined,
    scheduled: [],
    emergency: undefined,
    open: [],
    changes: new Map(),
    refused: new Map(),
    succeeding: { position, rulebook },
  };
}

export function applySuccession(
  state: NetworkState,
  body: StatementOf<'succession'>,
  { digest, approvals }: { readonly digest: string; readonly approvals: readonly OfficerApproval[] },
): Refusal | undefined {
  const { succeeding } = state;
  if (succeeding === undefined || body.network !== state.name) return 'genesis';
  if (!isSamePosition(body.from, succeeding.position)) return 'succession-position';
  if (!isNewLog(state, body.rulebook.log.origin) || !isLogTerms(body.rulebook.log)) return 'succession-log';
  const refusal = decisionRefusal(state, body, succeeding.rulebook);
  if (refusal !== undefined) return refusal;
  if (state.decided.has(digest)) return 'decision-repeated';
  const grant = grantOf(succeeding.rulebook.body, 'amend');
  const officers = new Set(
    approvals.filter(({ roles }) => roles.some((role) => grant?.roles.includes(role))).map(({ officer }) => officer),
  );
  if (grant === undefined || officers.size < grant.quorum) return 'quorum';
  state.decided.add(digest);
  appendLeaf(state.decidedTree, leafHash(parseBase64url(digest)));
  state.rulebook = { index: 0, body: body.rulebook };
  state.predecessors = [...state.predecessors, succeeding.position];
  state.succeeding = undefined;
  return undefined;
}

/** Two logs of one name would be one log with two histories. */
function isNewLog({ succeeding, predecessors }: NetworkState, origin: string): boolean {
  return succeeding?.position.log !== origin && predecessors.every(({ log }) => log !== origin);
}

function decisionRefusal(
  state: NetworkState,
  body: StatementOf<'succession'>,
  old: NonNullable<NetworkState['rulebook']>,
): Refusal | undefined {
  const { decision } = body;
  const grant = grantOf(old.body, 'amend');
  if (decision.rulebook !== old.index) return 'decision-rulebook';
  if (grant === undefined) return 'decision-power';
  if (!grant.classes.includes(decision.class)) return 'decision-class';
  if (decision.targets.count !== 1) return 'counts-differ';
  if (decision.expiry <= state.time || decision.expiry > state.time + grant.expiresInMs) return 'decision-expired';
  return decision.parameters.succession === successionDigest(body) ? undefined : 'decision-parameters';
}
