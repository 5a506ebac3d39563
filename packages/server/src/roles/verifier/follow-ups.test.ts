import { parseVerdictEnvelope } from '@holdfast/core';
import { type CheckConfig, parsePolicy } from '@holdfast/verifier';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createExternalCheckMemory, type MemoryCheck } from '../../../../verifier/src/checks/external-check-memory.ts';
import { settle } from '../../../../verifier/test/manual-clock.ts';
import { createWorldPolicy } from '../../../test/live-policy-world.ts';
import { createCountingEntropy, createVerifierWorld, START, type VerifierWorld } from '../../../test/verifier-world.ts';
import { createFollowUpStoreMemory } from '../../adapters/memory/follow-up-store.ts';
import { createPolicyStoreMemory } from '../../adapters/memory/policy-store.ts';
import { createReviewStoreMemory } from '../../adapters/memory/review-store.ts';
import { createMemorySealer } from '../../adapters/memory/sealer.ts';
import { createVerdictStoreMemory } from '../../adapters/memory/verdict-store.ts';
import { PROMISE_MARGIN_MS } from './follow-ups.ts';
import { createReviews } from './reviews.ts';
import { createVerifierRole, type VerifierRole } from './verifier-role.ts';

const DAY_MS = 86_400_000;
const LICENCE = {
  id: 'licence',
  kind: 'http',
  url: 'https://register.example/',
  maxAgeMs: DAY_MS,
  timeoutMs: 5000,
  onSilence: 'reserve',
};
const LOOK = {
  id: 'look',
  kind: 'review',
  owner: 'desk',
  dueMs: 60_000,
  default: 'failed',
  maxAgeMs: DAY_MS,
  onSilence: 'unknown',
};

let world: VerifierWorld;
let checker: MemoryCheck;
let life: AbortController;
const stores = () => ({
  ...{ store: createVerdictStoreMemory(), followUps: createFollowUpStoreMemory(), reviews: createReviewStoreMemory() },
  ...{ policies: createPolicyStoreMemory(), sealer: createMemorySealer() },
});
let kept: ReturnType<typeof stores>;

beforeEach(async () => {
  world = await createVerifierWorld();
  checker = createExternalCheckMemory('register', { state: 'passed', asOf: START });
  life = new AbortController();
  kept = stores();
});
afterEach(async () => {
  life.abort();
  await world[Symbol.asyncDispose]();
});

/** A verifier over what is kept: a second one is the first after a restart. */
async function start(checks: object[] = []): Promise<VerifierRole> {
  let settled = (_: string) => {};
  const onSettled = (_check: string, credential: string) => settled(credential);
  const { sealer } = kept;
  const entropy = createCountingEntropy(String(Math.random()));
  const reviews = createReviews({ store: kept.reviews, clock: world.clock, entropy, sealer, onDecided: onSettled });
  const createCheck = (config: CheckConfig) => (config.kind === 'review' ? reviews.checkFor(config) : checker);
  const live = await createWorldPolicy(world, { store: kept.policies, createCheck, onSettled });
  if (checks.length > 0) await live.replace(parsePolicy({ id: 'desk', checks }), live.current().digest);
  const { store, followUps } = kept;
  const ports = { verifier: live.verifier, live, store, followUps, reviews, sealer };
  const role = createVerifierRole(await world.role('north', ports));
  settled = role.checkSettled;
  void role.runFollowUps(life.signal);
  return role;
}

const hang = () => new Promise<never>(() => undefined);
const PAY = { class: 'pay', freshness: { mode: 'any' }, amount: '700' } as const;

async function askPending(role: VerifierRole) {
  const asked = role.verify({ credential: world.credential(), want: PAY });
  await world.clock.advance(300);
  return asked;
}

describe('a verdict that was given while a check had not answered', () => {
  it('says by when it is answered, and is followed as soon as the check answers', async () => {
    const role = await start([LICENCE]);
    let finish = () => {};
    checker.answer(() => new Promise((resolve) => (finish = () => resolve({ state: 'failed', asOf: START }))));
    const given = await askPending(role);
    expect(given).toMatchObject({ verdict: { outcome: 'valid', allows: { effect: 'reserve' } } });
    expect(given.promisedBy).toBe(START + 5000 + PROMISE_MARGIN_MS);
    expect(await role.followUp(given.id)).toEqual({ state: 'pending', promisedBy: given.promisedBy });
    finish();
    await settle();
    const followUp = await role.followUp(given.id);
    if (followUp?.state !== 'done') throw new Error('it was to be answered');
    const { signed } = await role.verdict(followUp.verdictId);
    const { follows, verdict } = parseVerdictEnvelope(signed).envelope;
    expect([follows, verdict.outcome]).toEqual([given.id, 'invalid']);
    expect(verdict.basis).toMatchObject({ credential: given.verdict.basis.credential, request: PAY });
  });

  it('is followed by what was promised, with a checker that never answers', async () => {
    const role = await start([LICENCE]);
    checker.answer(hang);
    const { id, promisedBy = 0 } = await askPending(role);
    await world.clock.advance(promisedBy - world.clock.now() + 1000);
    expect(await role.followUp(id)).toMatchObject({ state: 'done' });
    expect(checker.questions).toHaveLength(1);
  });

  it('promises nothing that is known, and nothing where nothing is under way', async () => {
    const role = await start([LICENCE]);
    const { id, promisedBy } = await role.verify({ credential: world.credential() });
    checker.answer(() => Promise.reject(new Error('refused')));
    const other = await role.verify({ credential: world.credential() });
    expect([promisedBy, other.promisedBy, await role.followUp(id)]).toEqual([undefined, undefined, undefined]);
  });

  it('is followed after the process died, and once only', async () => {
    const role = await start([LICENCE]);
    checker.answer(hang);
    const { id } = await askPending(role);
    life.abort();
    life = new AbortController();
    const complete = kept.followUps.complete;
    // Killed after the verdict that follows was written, and before that was marked.
    kept.followUps.complete = () => Promise.reject(new Error('killed'));
    const second = await start();
    await world.clock.advance(20_000);
    expect(await second.followUp(id)).toMatchObject({ state: 'pending' });
    kept.followUps.complete = complete;
    await world.clock.advance(2000);
    const followUp = await second.followUp(id);
    const follows = (await second.latest({ limit: 10 })).filter(
      ({ signed }) => parseVerdictEnvelope(signed).envelope.follows === id,
    );
    expect(follows.map((verdict) => verdict.id)).toEqual([followUp?.state === 'done' ? followUp.verdictId : '']);
  });

  it('is marked as lost when what was kept for it does not open, and holds up nobody else', async () => {
    const role = await start([LICENCE]);
    checker.answer(hang);
    await kept.followUps.keep({
      verdictId: 'v',
      credential: 'c',
      keptAt: 0,
      promisedBy: 1,
      sealed: new Uint8Array(40),
    });
    const { id } = await askPending(role);
    await world.clock.advance(20_000);
    expect([(await role.followUp('v'))?.state, (await role.followUp(id))?.state]).toEqual(['lost', 'done']);
  });
});

describe('a verdict that waits for somebody to look', () => {
  it('is followed by the decision, which reaches it as evidence', async () => {
    const role = await start([LOOK]);
    const given = await askPending(role);
    expect(given.verdict.reasons).toEqual([{ code: 'check.pending', path: '/checks/look' }]);
    expect(given.promisedBy).toBe(START + 60_000 + PROMISE_MARGIN_MS);
    const [review] = (await role.reviews?.list(10)) ?? [];
    await role.reviews?.decide(review?.id ?? '', { result: 'passed', by: 'officer' });
    await settle();
    const followUp = await role.followUp(given.id);
    if (followUp?.state !== 'done') throw new Error('it was to be answered');
    const { verdict } = parseVerdictEnvelope((await role.verdict(followUp.verdictId)).signed).envelope;
    expect(verdict).toMatchObject({ outcome: 'valid', basis: { checks: [{ id: 'look', source: 'review by desk' }] } });
  });

  it('is followed by the default when nobody has looked', async () => {
    const role = await start([LOOK]);
    const { id } = await askPending(role);
    await world.clock.advance(60_000 + PROMISE_MARGIN_MS + 1000);
    const followUp = await role.followUp(id);
    if (followUp?.state !== 'done') throw new Error('it was to be answered');
    const { verdict } = parseVerdictEnvelope((await role.verdict(followUp.verdictId)).signed).envelope;
    // By then the network has been silent for a minute as well, which changes nothing about a no.
    expect(verdict.reasons.map(({ code }) => code)).toEqual(['check.failed']);
  });
});
