import { sha256Base64url } from '../encoding/bytes.ts';
import { canonicalJson } from '../encoding/json.ts';
import { bindingDigest } from '../governance/decision.ts';
import type { Position } from '../log/position.ts';
import { commitmentOf, commitRevealState, type SealedLists } from '../program/beacon.ts';
import { issuersOnProbation } from '../program/issuer-caps.ts';
import { keysInForce } from './authority.ts';
import { recordHands } from './hands.ts';
import { closeDecisions, findOpen } from './powers.ts';
import { applyRevision } from './revisions.ts';
import type { DecisionRecord, NetworkState, ProgramRecord, Refusal } from './state.ts';
import type { StatementOf } from './statement.ts';

/** A program begins, or by the power `revise` its next version is announced. */
export function applyProgram(state: NetworkState, body: StatementOf<'program'>, entry: number): Refusal | undefined {
  const decision = decisionOn(state, body.decision);
  if (typeof decision === 'string') return decision;
  if (decision.power === 'revise') return applyRevision(state, body, decision, entry);
  if (body.effectiveAt !== undefined) return 'decision-parameters';
  const { program } = body;
  const digest = bindingDigest(program);
  if (decision.parameters.program !== digest) return 'decision-parameters';
  if (state.programs.has(program.id)) return 'program-exists';
  const organiser = state.parties.get(program.organiser);
  if (organiser?.kind !== 'distributor' || keysInForce(organiser, 'statement', state.time).length === 0) {
    return 'program-organiser';
  }
  if (program.window.closesAt <= state.time) return 'program-window';
  closeDecisions(state, [decision]);
  state.programs.set(program.id, { program, digest, entry });
  recordHands(state, 'program', program.id, decision);
  return undefined;
}

function decisionOn(state: NetworkState, digest: string): DecisionRecord | Refusal {
  const [decision] = findOpen(state, [digest]) ?? [];
  if (decision === undefined) return 'decision-missing';
  if (decision.power !== 'release' && decision.power !== 'revise') return 'decision-power';
  return decision.count === 1 ? decision : 'counts-differ';
}

/** One intake, after the window by the log's own time: a late one is a broken promise, but still better than none. */
export function applyIntake(state: NetworkState, body: StatementOf<'intake'>, entry: number): Refusal | undefined {
  const record = state.programs.get(body.program);
  if (record === undefined) return 'program-unknown';
  if (record.intake !== undefined) return 'program-order';
  if (state.time < record.program.window.closesAt) return 'program-window';
  if (body.count > record.program.maxApplications) return 'program-count';
  const { root, count, recognised } = body;
  // What is named of a network counts as far as that one is recognised where it is judged: nothing to refuse an intake for.
  const others = recognised === undefined ? {} : { recognised };
  return advance(state, record, { intake: { entry, root, count, ...others } });
}

/** One seal, about everybody in the intake, at the one position that the log itself fixed. */
export function applySeal(state: NetworkState, body: StatementOf<'seal'>, entry: number): Refusal | undefined {
  const record = state.programs.get(body.program);
  if (record === undefined) return 'program-unknown';
  if (record.intake === undefined || record.judgedAt === undefined || record.seal !== undefined) return 'program-order';
  const { position, admitted, refused } = body;
  if (position !== record.judgedAt.size) return 'program-position';
  if (admitted.count + refused.count !== record.intake.count) return 'counts-differ';
  return advance(state, record, { seal: { entry, position, admitted, refused } });
}

/** One draw, of this seal, once an epoch has committed to it, and within the budget. */
export function applyDraw(state: NetworkState, body: StatementOf<'draw'>, entry: number): Refusal | undefined {
  const record = state.programs.get(body.program);
  if (record === undefined) return 'program-unknown';
  const { seal, sealedAt, program } = record;
  if (program.allocation.mode !== 'sealed' || seal === undefined || sealedAt === undefined) return 'program-order';
  if (record.draw !== undefined || body.seal !== seal.admitted.root) return 'program-order';
  if (!isBeaconOf(record, body.beacon, state.time)) return 'program-beacon';
  const { beacon, result, allocated } = body;
  if (allocated.count > seal.admitted.count) return 'counts-differ';
  if (BigInt(allocated.total) > BigInt(program.budget)) return 'program-budget';
  const chance = beacon === undefined ? {} : { beacon };
  return advance(state, record, { draw: { entry, seal: body.seal, ...chance, result, allocated } });
}

/**
 * A secret enters the log in its own round, by the log's time: earlier it would let whoever speaks last see the draw, and
 * later it would be chosen.
 */
export function applyReveal(state: NetworkState, body: StatementOf<'reveal'>, entry: number): Refusal | undefined {
  const record = state.programs.get(body.program);
  if (record === undefined) return 'program-unknown';
  const terms = record.program.beacon;
  if (terms?.kind !== 'commit-reveal' || terms.reveals !== 'log' || record.draw !== undefined) return 'program-order';
  const { party, round, secret } = body;
  const committed = terms.parties.find(({ id }) => id === party)?.commitments[round];
  if (committed === undefined || commitmentOf(secret) !== committed) return 'reveal-secret';
  const sealed = sealedOf(record);
  if (sealed === undefined) return 'reveal-early';
  const reveals = record.reveals ?? [];
  if (reveals.some((one) => one.party === party && one.round === round)) return 'reveal-repeated';
  const said = commitRevealState(terms, sealed, reveals, state.time);
  if (said.state !== 'waiting' || round < said.round) return 'reveal-late';
  if (round > said.round) return 'reveal-early';
  return advance(state, record, { reveals: [...reveals, { party, round, secret, at: state.time, entry }] });
}

function sealedOf({ digest, seal, sealedAt }: ProgramRecord): SealedLists | undefined {
  if (seal === undefined || sealedAt === undefined) return undefined;
  return { program: digest, root: seal.admitted.root, sealedAt: sealedAt.time };
}

/**
 * Chance is what the program named before anybody applied: all the secrets that one round was committed to, and a later
 * round only once the earlier ones are over. Where the secrets stand in the log, it is the first round that all spoke in. Whether a drand signature is genuine is for those who check a result: it
 * costs too much for every follower.
 */
function isBeaconOf(record: ProgramRecord, drawn: StatementOf<'draw'>['beacon'], time: number): boolean {
  const terms = record.program.beacon;
  if (terms === undefined || drawn === undefined) return terms === undefined && drawn === undefined;
  if (terms.kind === 'drand') return drawn.kind === 'drand';
  const sealed = sealedOf(record);
  if (drawn.kind !== 'commit-reveal' || sealed === undefined) return false;
  if (terms.reveals === 'log') {
    const said = commitRevealState(terms, sealed, record.reveals ?? [], time);
    return said.state === 'drawn' && canonicalJson(said.evidence) === canonicalJson(drawn);
  }
  if (time - sealed.sealedAt < drawn.round * terms.revealWithinMs) return false;
  const { parties } = terms;
  return (
    drawn.secrets.length === parties.length &&
    drawn.secrets.every((secret, i) => sha256Base64url(secret) === parties[i]?.commitments[drawn.round])
  );
}

function advance(state: NetworkState, record: ProgramRecord, step: Partial<ProgramRecord>): undefined {
  state.programs.set(record.program.id, { ...record, ...step });
}

/** Called once an epoch is accepted: it is the first after some intakes and seals. */
export function passEpoch(state: NetworkState, position: Position): void {
  for (const record of state.programs.values()) {
    const { intake, judgedAt, seal, sealedAt } = record;
    if (intake !== undefined && judgedAt === undefined) {
      const onProbation = issuersOnProbation(record.program, state);
      advance(state, record, { judgedAt: position, ...(onProbation.length === 0 ? {} : { onProbation }) });
    } else if (seal !== undefined && sealedAt === undefined) advance(state, record, { sealedAt: position });
  }
}
