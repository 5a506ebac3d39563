import { encodeUtf8, isCodedError } from '@holdfast/core';
import { type CheckConfig, parsePolicy } from '@holdfast/verifier';
import { describe, expect, it } from 'vitest';
import { checkQuestion, describeExternalCheck } from '../../../../verifier/src/checks/external-check.contract.ts';
import { createManualClock } from '../../../../verifier/test/manual-clock.ts';
import { createCountingEntropy } from '../../../test/verifier-world.ts';
import { createReviewStoreMemory } from '../../adapters/memory/review-store.ts';
import { createMemorySealer } from '../../adapters/memory/sealer.ts';
import { createReviews } from './reviews.ts';

const NEVER = new AbortController().signal;
const DAY_MS = 86_400_000;
const LOOK = {
  id: 'licence',
  kind: 'review',
  owner: 'front desk',
  dueMs: DAY_MS,
  default: 'failed',
  maxAgeMs: DAY_MS,
  onSilence: 'unknown',
};

function world(changes: object = {}, maxOpen = 100) {
  const clock = createManualClock(1000);
  const store = createReviewStoreMemory();
  const decided: string[] = [];
  const reviews = createReviews({
    ...{ store, clock, maxOpen, entropy: createCountingEntropy(), sealer: createMemorySealer() },
    onDecided: (check, credential) => decided.push(`${check} ${credential}`),
  });
  const [config] = parsePolicy({ id: 'desk', checks: [{ ...LOOK, ...changes }] }).checks ?? [];
  return { clock, store, reviews, decided, check: reviews.checkFor(config as CheckConfig) };
}

describeExternalCheck('a review by hand', async () => {
  const { clock, reviews, check, store } = world();
  return {
    check,
    teach: async (credential, result, asOf) => {
      clock.jump(asOf - clock.now());
      await check.ask({ ...checkQuestion(''), credential }, NEVER);
      const [open] = (await reviews.list(10)).filter((review) => review.credential === credential);
      await reviews.decide(open?.id ?? '', { result, by: 'officer' });
    },
    spoil: () => {
      store.open = async () => undefined;
    },
  };
});

const codeOf = (error: unknown) => (isCodedError(error) ? error.code : error);

describe('a review', () => {
  it('has an owner, a time by which it is due and a default from the moment it is opened', async () => {
    const { check, reviews } = world();
    expect(await check.ask(checkQuestion('a'), NEVER)).toEqual({ state: 'pending', by: 1000 + DAY_MS });
    expect(await reviews.list(10)).toMatchObject([
      { check: 'licence', owner: 'front desk', dueAt: 1000 + DAY_MS, default: 'failed', state: 'open' },
    ]);
  });

  it('ends by its default when nobody has decided in time, and nobody can decide after that', async () => {
    const { check, clock, reviews } = world({ default: 'passed' });
    await check.ask(checkQuestion('a'), NEVER);
    const [open] = await reviews.list(10);
    await clock.advance(DAY_MS);
    expect(await check.ask(checkQuestion('a'), NEVER)).toEqual({ state: 'passed', asOf: 1000 + DAY_MS });
    expect((await reviews.list(10))[0]).toMatchObject({ state: 'defaulted', result: 'passed' });
    const late = reviews.decide(open?.id ?? '', { result: 'failed', by: 'officer' }).catch(codeOf);
    expect(await late).toBe('review.over');
  });

  it('shows whoever decides what the policy shows, sealed at rest and erased when it is decided', async () => {
    const { check, reviews, store, decided } = world();
    const question = { ...checkQuestion('a'), claims: { licence_number: 'L-1' } };
    await check.ask(question, NEVER);
    const [{ id = '' } = {}] = await reviews.list(10);
    expect((await reviews.read(id)).claims).toEqual({ licence_number: 'L-1' });
    const { shown } = (await store.read(id)) ?? {};
    expect(Buffer.from(shown ?? encodeUtf8('L-1')).includes('L-1')).toBe(false);
    const after = await reviews.decide(id, { result: 'passed', by: 'officer', note: 'seen' });
    expect(after).toMatchObject({ state: 'decided', result: 'passed', decided: { by: 'officer', note: 'seen' } });
    expect([(await reviews.read(id)).claims, decided]).toEqual([{}, [`licence ${question.credential}`]]);
    expect(await reviews.decide(id, { result: 'failed', by: 'other' }).catch(codeOf)).toBe('review.over');
    expect(await reviews.decide('nobody', { result: 'failed', by: 'other' }).catch(codeOf)).toBe('review.not-found');
  });

  it('is opened again once its result is older than the policy lets it be', async () => {
    const { check, clock, reviews } = world({ dueMs: 1000 });
    await check.ask(checkQuestion('a'), NEVER);
    await clock.advance(1000 + DAY_MS);
    expect(await check.ask(checkQuestion('a'), NEVER)).toMatchObject({ state: 'failed' });
    await clock.advance(1);
    expect(await check.ask(checkQuestion('a'), NEVER)).toMatchObject({ state: 'pending' });
    expect((await reviews.list(10)).map(({ state }) => state)).toEqual(['defaulted', 'open']);
  });

  it('cannot be had when as many are open as are kept', async () => {
    const { check } = world({}, 1);
    await check.ask(checkQuestion('a'), NEVER);
    expect(await check.ask(checkQuestion('b'), NEVER).catch(codeOf)).toBe('check.unreachable');
  });
});
