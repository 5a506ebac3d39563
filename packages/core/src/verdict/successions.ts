import { sha256 } from '../encoding/bytes.ts';
import { type SignatureCheck, signatureCheck } from '../encoding/jws.ts';
import { encodeBase64url, encodeUtf8 } from '../encoding/text.ts';
import { isCodedError } from '../errors.ts';
import { officerApprovals, signingKey } from '../fold/authority.ts';
import { createNetworkState, type NetworkState } from '../fold/state.ts';
import { parseStatement, type Statement, type StatementOf } from '../fold/statement.ts';
import { applySuccession, successionDecision } from '../fold/succession.ts';
import { decisionDigest } from '../governance/decision.ts';
import type { Position } from '../log/position.ts';
import type { Rulebook } from '../rulebook/rulebook.ts';
import {
  broken,
  openEpoch,
  type ProvedEpoch,
  partiesIn,
  predecessorsIn,
  provedLeaves,
  rulebookIn,
  type SectionLeaves,
} from './proved-sections.ts';

/**
 * One time that a network went over to another log: the first entry of that, and, proved where the old log ended, the rules and
 * the officers by whom its quorum is counted.
 */
export type SuccessionStep = {
  readonly opening: string;
  readonly epoch: ProvedEpoch;
  readonly rulebook: SectionLeaves;
  readonly parties: SectionLeaves;
};

/** What everything in a log is believed by, from the network's name alone. */
export type ProvedFounding = {
  readonly name: string;
  readonly origin: string;
  /** The first key of the log. */
  readonly vkey: string;
  readonly keys: Rulebook['keys'];
};

/** Where a log ended that another has succeeded, and the key (a vkey) by which it signed there. */
export type ProvedEnd = { readonly from: Position; readonly vkey: string };

export type FoundingCheck = { readonly name: 'genesis' | 'succession'; readonly check: SignatureCheck };

/** As many as a state remembers. */
const MAX_SUCCESSIONS = 64;

/**
 * Follows a network from its genesis to the log it is in now. Counts once all checks have passed: that the network signed the
 * epochs at which the logs ended, and the quorum each new one. Whether a decision was used twice is not seen here, as the
 * digests of all decisions are not in it. `ended` has the logs before the present one, in their order. Throws `replay.unproved`.
 */
export function openFounding(
  { genesis: entry, successions = [] }: { readonly genesis: string; readonly successions?: readonly SuccessionStep[] },
  expected: string | undefined,
): {
  readonly founding: ProvedFounding;
  readonly checks: readonly FoundingCheck[];
  readonly ended: readonly ProvedEnd[];
} {
  const name = encodeBase64url(sha256(encodeUtf8(entry)));
  const genesis = parseStatement(entry);
  if (name !== expected || !genesis.ok || genesis.statement.body.type !== 'rulebook') throw broken('genesis');
  if (successions.length > MAX_SUCCESSIONS) throw broken('succession');
  // The genesis is pinned by its hash, so its keys are the root of all that follows.
  const { log, keys } = genesis.statement.body.body;
  let founding: ProvedFounding = { name, origin: log.origin, vkey: log.vkey, keys };
  const checks: FoundingCheck[] = [{ name: 'genesis', check: signatureCheck(genesis.statement.jws, keys.governor) }];
  const ended: ProvedEnd[] = [];
  for (const step of successions) {
    const next = openSuccession(step, founding);
    founding = next.founding;
    ended.push(next.end);
    checks.push(...next.checks.map((check) => ({ name: 'succession', check }) as const));
  }
  return { founding, checks, ended };
}

function openSuccession(step: SuccessionStep, before: ProvedFounding) {
  const parse = parseStatement(step.opening);
  if (!parse.ok || parse.statement.body.type !== 'succession') throw broken('succession');
  const { from, rulebook } = parse.statement.body;
  if (from.log !== before.origin) throw broken('succession');
  const { body, check } = openEpoch(step.epoch, from, before);
  const rules = provedLeaves(step.rulebook, body, 'rulebook');
  const last = rulebookIn(rules);
  const state: NetworkState = {
    ...createNetworkState(),
    name: before.name,
    time: from.time,
    parties: partiesIn(provedLeaves(step.parties, body, 'parties')),
    predecessors: predecessorsIn(rules),
    succeeding: { position: from, rulebook: last },
  };
  const { opening, digest, approvals } = signaturesOf(state, parse.statement, parse.statement.body);
  // Every signature in it has to hold, so it is taken as if they did.
  if (applySuccession(state, parse.statement.body, { digest, approvals }) !== undefined) throw broken('succession');
  const checks = [opening, ...approvals.map((approval) => approval.check)];
  const { log, keys } = rulebook;
  const founding: ProvedFounding = { name: before.name, origin: log.origin, vkey: log.vkey, keys };
  return { founding, checks: [check, ...checks], end: { from, vkey: last.body.log.vkey } };
}

/** What the fold would have verified of it, without the rest of the fold: a bundle is opened in browsers too. */
function signaturesOf(state: NetworkState, statement: Statement, body: StatementOf<'succession'>) {
  const key = signingKey(state, statement);
  if (key === undefined) throw broken('succession');
  const digest = decisionDigest(successionDecision(body));
  try {
    const opening = signatureCheck(statement.jws, key);
    return { opening, digest, approvals: officerApprovals(state, body.decision, digest) };
  } catch (error) {
    if (!isCodedError(error)) throw error;
    throw broken('succession');
  }
}
