import {
  encodeBase64url,
  encodeJws,
  encodeUtf8,
  encodeVerdictInput,
  judgeReplay,
  type Position,
  prepareReplay,
  sha256,
  thumbprint,
  type Verdict,
  type VerdictRequest,
} from '@holdfast/core';
import { createPastNetwork } from '@holdfast/server/roles';
import { createPastLog, type Verified } from '@holdfast/verifier';
import { auditRehearsed } from './auditing.ts';
import { endFaults } from './fault-plan.ts';
import { packLowestFirst } from './foreign-issuer.ts';
import type { Place, RunningVerifier, World } from './world.ts';

/**
 * Long enough for every patience, back-off and tick there is; then for one message more. Whoever pulls does so at a random
 * moment of each tick: almost two ticks of five seconds may lie between two pulls.
 */
const HEALING_MS = 120_000;
const DELIVERY_MS = 12_000;
/** Verdicts replayed at each verifier: each folds the log again. */
const REPLAYED = 4;

/** The faults are over. What was promised must be so, nobody may still wait, and all must say the same. */
export async function healAndProve(world: World): Promise<void> {
  const { scheduler } = world;
  for (const node of world.verifiers()) node.expectFewCalls();
  endFaults(world);
  await scheduler.run(scheduler.now + HEALING_MS);
  const size = world.network().role?.health().size ?? 0;
  await scheduler.run(scheduler.now + DELIVERY_MS);
  world.oracles.expect('converges-after-healing', size > 0, scheduler.now, () => 'the network is down');
  for (const node of world.verifiers()) expectCaughtUp(world, node, size);
  expectNothingLost(world);
  await expectNoHandoffs(world);
  await auditRehearsed(world);
  await expectAgreement(world);
  world.trace.add(`${world.truth.entries.length} ${world.network().role?.state.position?.root}`);
}

function expectCaughtUp({ oracles, scheduler, place }: World, { name, follower }: RunningVerifier, size: number): void {
  const held = follower?.position?.size ?? 0;
  const phase = follower?.health().phase;
  const isRight = held >= size && phase !== 'halted' && follower?.contradiction === undefined;
  oracles.expect('converges-after-healing', isRight, scheduler.now, () => `${name}: ${phase} at ${held} of ${size}`);
  const list = follower?.state.lists.get(place.list);
  const packed = list === undefined ? undefined : encodeBase64url(sha256(packLowestFirst(list.values)));
  oracles.expect(
    'lists-packed-least-significant-first',
    list !== undefined && list.digest === packed,
    scheduler.now,
    () => `${name}: the epoch commits to ${list?.digest}, the list packs to ${packed}`,
  );
}

/** Every append that was acknowledged is in the log where it was said to be. */
function expectNothingLost({ oracles, scheduler, truth, governor }: World): void {
  for (const { index, statements } of governor().acknowledged) {
    oracles.expect(
      'nothing-acknowledged-is-lost',
      statements.every((statement, i) => truth.entries[index + i] === statement),
      scheduler.now,
      () => `entry ${index} is not what was acknowledged`,
    );
  }
}

/** Each crossing has come to its end: nobody is owed an answer, and what was authorised has happened. */
async function expectNoHandoffs(world: World): Promise<void> {
  const { oracles, scheduler, desk, truth } = world;
  const { governor, store, wire } = world.governor();
  const basis = { positions: world.verifiers()[0]?.follower?.position ?? undefined };
  const positions = basis.positions === undefined ? [] : [basis.positions];
  for (const { id, target, power } of desk.authorised) {
    const { state, why } = (await governor?.find(id)) ?? {};
    // Somebody else may have revoked the same credential first, the last approval have come when the suspension was over, or
    // whoever approved have suspended the same before: then the decision is refused, and that is known.
    const isLate = power === 'suspend' && why === 'duration';
    const isAgain = power === 'suspend' && why === 'suspended-before' && truth.hasSuspended(target.list, target.index);
    const isMoot = state === 'refused' && (isLate || isAgain || isRevoked(truth, target, positions));
    const isDone = state === 'carried-out' || isMoot;
    oracles.expect(
      'nothing-acknowledged-is-lost',
      isDone && (power !== 'revoke' || isRevoked(truth, target, positions)),
      scheduler.now,
      () => `proposal ${id} to ${power} ${target.list} ${target.index} was authorised and is ${state}: ${why}`,
    );
  }
  const open = {
    batches: (await store.readBatches()).length,
    appends: world.network().role?.health().appendsWaiting ?? 0,
    officers: desk.open,
    governor: governor === undefined ? 1 : 0,
    wires: wire.underWay,
  };
  const isClosed = Object.values(open).every((count) => count === 0);
  oracles.expect('no-open-handoff', isClosed, scheduler.now, () => JSON.stringify(open));
}

function isRevoked(truth: World['truth'], { list, index }: Place, positions: Verdict['basis']['positions']): boolean {
  return truth.statusAt(list, index, { positions }) === 'revoked';
}

async function expectAgreement(world: World): Promise<void> {
  for (const { index, credential } of world.holders) {
    const replayed = index < REPLAYED;
    await expectOneAnswer(world, `${index}`, credential, {
      onAnswer: async (node, verified) => {
        if (replayed) await expectReplay(world, node, credential, verified);
      },
    });
  }
  for (const { name, credential } of world.issued) await expectOneAnswer(world, name, credential);
}

type Answering = {
  readonly onAnswer?: (node: RunningVerifier, verified: Verified) => Promise<void>;
  /** All of them when absent. */
  readonly by?: readonly RunningVerifier[];
  /** Nobody has decided what it counts for. */
  readonly mayBeUnknown?: boolean;
};

/** Every verifier of one jurisdiction answers, all of them the same, and none that it does not know. */
export async function expectOneAnswer(
  world: World,
  name: string,
  credential: string,
  { onAnswer = async () => undefined, mayBeUnknown = false, by = world.verifiers() }: Answering = {},
): Promise<void> {
  const { oracles, scheduler } = world;
  const request: VerdictRequest = { class: 'pay', freshness: { mode: 'any' } };
  const answers: Verified[] = [];
  for (const node of by) {
    const verified = await node.verify(credential, request);
    if (verified === undefined) continue;
    answers.push(verified);
    const { verdict } = verified;
    oracles.observe({ verifier: node.name, credential: name, isForged: false, verdict, at: scheduler.now });
    world.trace.add(`healed ${name} ${verdict.outcome}`);
    await onAnswer(node, verified);
  }
  const said = (profile: string | undefined) =>
    new Set(
      answers
        .filter(({ verdict }) => verdict.basis.profile === profile)
        .map(({ verdict }) => `${verdict.outcome} ${verdict.allows.effect}`),
    );
  const profiles = [...new Set(answers.map(({ verdict }) => verdict.basis.profile))];
  const isOne = profiles.every((profile) => said(profile).size === 1);
  const isKnown = mayBeUnknown || answers.every(({ verdict }) => verdict.outcome !== 'unknown');
  oracles.expect(
    'converges-after-healing',
    answers.length === by.length && isOne && isKnown,
    scheduler.now,
    () => `credential ${name}: ${profiles.map((profile) => [...said(profile)].join(' or ')).join('; ')}`,
  );
}

/** A stranger with the bundle alone comes to the same verdict, byte for byte. */
async function expectReplay(
  world: World,
  node: RunningVerifier,
  presented: string,
  { verdict, evidence }: Verified,
): Promise<void> {
  const { signatures, keys, oracles, scheduler } = world;
  const [position] = verdict.basis.positions;
  if (position === undefined) return;
  const envelope = { iss: node.name, iat: Math.floor(scheduler.now / 1000), jti: 'rehearsed', durationMs: 0, verdict };
  const input = encodeVerdictInput(envelope, 'ES256', thumbprint(keys.verdict));
  const signed = encodeJws(input, signatures.sign(keys.verdict, encodeUtf8(input)));
  const replayed = await replay(world, node, { signed, presented, position, evidence }).catch(String);
  oracles.expect(
    'replay-gives-the-same-verdict',
    typeof replayed !== 'string' && replayed.same,
    scheduler.now,
    () => `${node.name}: ${verdict.outcome}, replayed ${JSON.stringify(replayed)}`,
  );
}

type Kept = Pick<Verified, 'evidence'> & {
  readonly signed: string;
  readonly presented: string;
  readonly position: Position;
};

/** From what the verifier kept, and so from the packed bytes of the list. */
async function replay(
  { signatures, place }: World,
  { store }: RunningVerifier,
  { signed, presented, position, evidence }: Kept,
): Promise<{ readonly same: boolean; readonly outcome: Verdict['outcome'] }> {
  const network = await createPastNetwork(createPastLog(store, signatures)).prove(position, {
    list: place.list,
    witnessed: evidence.network?.witnessed,
  });
  const plan = prepareReplay({ v: 1, signed, presented, network });
  const { same, recomputed } = judgeReplay(plan, await signatures.verify(plan.checks.map(({ check }) => check)));
  return { same, outcome: recomputed.outcome };
}
