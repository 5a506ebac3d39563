import { type PublicJwk, thumbprint } from '../encoding/jwk.ts';
import { type SignatureCheck, signatureCheck } from '../encoding/jws.ts';
import { isCodedError } from '../errors.ts';
import { type Approval, parseApproval } from '../governance/decision.ts';
import { isInForce } from '../trust/accreditation.ts';
import type { NetworkState } from './state.ts';
import type { Party, Statement, StatementOf } from './statement.ts';

/** The role keys of the rulebook in force; for entry 0 the genesis names its own. */
function roleKeys(state: NetworkState, statement: Statement): { network: PublicJwk; governor: PublicJwk } | undefined {
  if (state.rulebook !== undefined) return state.rulebook.body.keys;
  return statement.body.type === 'rulebook' ? statement.body.body.keys : undefined;
}

function successorKeys({ succeeding }: NetworkState, { body }: Statement) {
  return succeeding !== undefined && body.type === 'succession' ? body.rulebook.keys : undefined;
}

/** The one key that may sign this statement now, or undefined when nobody who signed so may. */
export function signingKey(state: NetworkState, statement: Statement): PublicJwk | undefined {
  // Whoever speaks in a new log is who its quorum names: the approvals say whether it does.
  const isSuccession = statement.body.type === 'succession';
  const keys = isSuccession ? successorKeys(state, statement) : roleKeys(state, statement);
  if (keys === undefined) return undefined;
  const candidates = candidateKeys(state, statement.body, keys);
  return candidates.find((key) => thumbprint(key) === statement.kid);
}

function candidateKeys(
  state: NetworkState,
  body: Statement['body'],
  keys: { network: PublicJwk; governor: PublicJwk },
): readonly PublicJwk[] {
  switch (body.type) {
    case 'rulebook':
    case 'party':
    case 'status':
    case 'decision':
    case 'program':
    case 'exception':
    case 'case':
    case 'incident':
    case 'cancellation':
    case 'succession':
    case 'recognition':
      return [keys.governor];
    case 'epoch':
      return [keys.network];
    case 'supersede':
      return keysInForce(issuerOfList(state, body.list), 'statement', state.time);
    case 'list':
      return keysInForce(state.parties.get(body.issuer), 'statement', state.time);
    case 'reveal':
      return [body.key];
    case 'intake':
    case 'seal':
    case 'draw':
      return keysInForce(organiserOf(state, body.program), 'statement', state.time);
    case 'unknown':
      return [keys.governor, keys.network];
    default:
      return body satisfies never;
  }
}

function issuerOfList(state: NetworkState, id: string): Party | undefined {
  const list = state.lists.get(id);
  return list === undefined ? undefined : state.parties.get(list.issuer);
}

function organiserOf(state: NetworkState, program: string): Party | undefined {
  const record = state.programs.get(program);
  return record === undefined ? undefined : state.parties.get(record.program.organiser);
}

/** The keys of a party that sign for it at a time of the log. One that was declared compromised never does again. */
export function keysInForce(party: Party | undefined, use: Party['keys'][number]['use'], time: number): PublicJwk[] {
  if (party === undefined) return [];
  return party.keys
    .filter((key) => key.use === use && key.compromised === undefined)
    .filter(({ from = 0, until = Number.MAX_SAFE_INTEGER }) => from <= time && time < until)
    .map((key) => key.key);
}

/** Whether a party may issue anything now. A list costs every follower memory: nobody else may open one. */
export function isAccredited(party: Party | undefined, time: number): boolean {
  if (party?.kind !== 'issuer') return false;
  return party.accreditations.some((entry) => isInForce(entry, time));
}

export type OfficerApproval = {
  readonly officer: string;
  readonly roles: readonly string[];
  readonly check: SignatureCheck;
};

/** The approvals of a decision that name a present officer's key and the right digest; the rest count for nothing. */
export function officerApprovals(
  state: NetworkState,
  body: Pick<StatementOf<'decision'>, 'approvals'>,
  digest: string,
): OfficerApproval[] {
  const found: OfficerApproval[] = [];
  for (const approval of parsedApprovals(body.approvals)) {
    if (approval.digest !== digest) continue;
    const officer = officerWithKey(state, approval.kid);
    if (officer === undefined) continue;
    try {
      found.push({ ...officer, check: signatureCheck(approval.jws, officer.key) });
    } catch (error) {
      if (!isCodedError(error)) throw error;
    }
  }
  return found;
}

const PARSED = new WeakMap<readonly string[], readonly Approval[]>();

/** Those that are approvals at all; read once, although a statement is looked at before it is tried and then applied. */
function parsedApprovals(texts: readonly string[]): readonly Approval[] {
  const known = PARSED.get(texts);
  if (known !== undefined) return known;
  const approvals = texts.map(parseApprovalOrNothing).filter((approval) => approval !== undefined);
  PARSED.set(texts, approvals);
  return approvals;
}

function parseApprovalOrNothing(text: string): Approval | undefined {
  try {
    return parseApproval(text);
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return undefined;
  }
}

/** The officer who has this key now, at the time of the log: whoever was removed, and a key that was declared stolen, is nobody's. */
export function officerWithKey(
  state: Readonly<NetworkState>,
  kid: string,
): { readonly officer: string; readonly roles: readonly string[]; readonly key: PublicJwk } | undefined {
  for (const party of state.parties.values()) {
    if (party.kind !== 'officer') continue;
    const key = keysInForce(party, 'approval', state.time).find((candidate) => thumbprint(candidate) === kid);
    if (key !== undefined) return { officer: party.id, roles: party.roles ?? [], key };
  }
  return undefined;
}
