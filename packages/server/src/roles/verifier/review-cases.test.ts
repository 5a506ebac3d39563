import { type CheckConfig, type CheckQuestion, parsePolicy } from '@holdfast/verifier';
import { describe, expect, it } from 'vitest';
import { LIST_URI } from '../../../../core/test/log-builder.ts';
import { readable } from '../../../../core/test/readable.ts';
import { checkQuestion } from '../../../../verifier/src/checks/external-check.contract.ts';
import { createCaseWorld } from '../../../test/case-world.ts';
import { heldKeys } from '../../../test/held-keys.ts';
import { createCountingEntropy } from '../../../test/verifier-world.ts';
import { createFilingStoreMemory } from '../../adapters/memory/filing-store.ts';
import { createReviewStoreMemory } from '../../adapters/memory/review-store.ts';
import { createMemorySealer } from '../../adapters/memory/sealer.ts';
import { createFilings } from '../../filing/filings.ts';
import { createPartyFilings } from '../governor/cases/party-filings.ts';
import { createReviewCases } from './review-cases.ts';
import { createReviews } from './reviews.ts';

const NEVER = new AbortController().signal;
const DAY_MS = 86_400_000;
const PARTY = 'https://civic.example';
const LOOK = {
  ...{ id: 'face', kind: 'review', owner: 'the officers', dueMs: 40 * DAY_MS, default: 'failed' },
  ...{ maxAgeMs: 30 * DAY_MS, onSilence: 'unknown', caseClass: 'residence-ended' },
};
const QUESTION: CheckQuestion = {
  ...checkQuestion('a'),
  claims: { given_name: 'Ada' },
  place: { list: LIST_URI, index: 7 },
};

/** A verifier whose check by hand is a case of the network, and the governor that it files with. */
async function createWorld(changes: object = {}) {
  const world = await createCaseWorld();
  const { clock, ports, log, desk } = world;
  const key = world.signatures.key('civic statement');
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
  const sealer = createMemorySealer();
  const entropy = createCountingEntropy();
  const filings = createFilings({
    ...{ network: log.state.name, party: PARTY, sealer, clock, entropy },
    keys: heldKeys(
      { readPublicKey: async () => key.jwk, sign: async (_name, bytes) => key.sign(text(bytes)) },
      { party: PARTY },
    ),
    store: createFilingStoreMemory(),
    desk: createPartyFilings({ ...ports, clock, desk }),
    report: () => undefined,
  });
  const store = createReviewStoreMemory();
  const decided: string[] = [];
  const cases = createReviewCases({ filings, store, clock, verifier: 'South', state: () => ports.follower.state });
  const reviews = createReviews({
    ...{ store, clock, entropy, sealer, cases },
    onDecided: (check, credential) => decided.push(`${check} ${credential}`),
  });
  const [config] = parsePolicy({ id: 'desk', checks: [{ ...LOOK, ...changes }] }).checks ?? [];
  const check = reviews.checkFor(config as CheckConfig);
  const send = async () => {
    await filings.work();
    await world.tick();
  };
  return { ...world, filings, reviews, decided, check, send };
}
type World = Awaited<ReturnType<typeof createWorld>>;

async function findInCase({ desk, officers, log }: World, upheld: boolean): Promise<string> {
  const [{ id = '' } = {}] = desk.list();
  await officers(id, { act: 'triage', admit: true }, ['registrar-a']);
  await officers(id, { act: 'advance' }, ['registrar-a']);
  const asked = log.state.docket.cases.get(id)?.asked ?? [];
  await officers(id, { act: 'find', upheld, reasons: 'Seen in person.' }, asked);
  return id;
}

describe('a check by hand that is a case of the network', () => {
  it.each([
    ['passes', true, 'passed'],
    ['fails', false, 'failed'],
  ] as const)('%s as officers find, with the age of the finding', async (_, upheld, result) => {
    const world = await createWorld();
    const { check, reviews, decided, desk, clock } = world;
    expect(await check.ask(QUESTION, NEVER)).toEqual({ state: 'pending', by: clock.now() + 40 * DAY_MS });
    await world.send();
    expect(desk.list()).toMatchObject([{ about: 'credential', remedy: 'none', stage: 'filed', owner: 'registrar' }]);
    const id = await findInCase(world, upheld);
    const [file] = await desk.files(id);
    expect(file?.opened?.statement).toContain('Shown: {"given_name":"Ada"}');
    expect(readable(world.log.entries.join(' '))).not.toMatch(/\bAda\b/);
    expect(await reviews.list(9)).toMatchObject([{ state: 'open', case: id }]);
    expect(await reviews.followCases()).toBe(1);
    expect(decided).toEqual([`face ${QUESTION.credential}`]);
    const at = world.log.state.docket.cases.get(id)?.finding?.at;
    await clock.advance(DAY_MS);
    expect(await check.ask(QUESTION, NEVER)).toEqual({ state: result, asOf: at });
    expect(await reviews.followCases()).toBe(0);
  });

  it('is one case however often it is asked, and nobody at the verifier decides it', async () => {
    const world = await createWorld();
    for (let i = 0; i < 3; i += 1) {
      await world.check.ask(QUESTION, NEVER);
      await world.send();
    }
    expect(world.desk.list()).toHaveLength(1);
    const [{ id = '' } = {}] = await world.reviews.list(9);
    const decided = world.reviews.decide(id, { result: 'passed', by: 'clerk' });
    await expect(decided).rejects.toMatchObject({ code: 'review.in-case' });
  });

  it('is as the policy says when nobody finds anything in time: the silence of a case is no finding', async () => {
    const { check, send, clock, tick, reviews } = await createWorld({ dueMs: DAY_MS });
    const dueAt = clock.now() + DAY_MS;
    await check.ask(QUESTION, NEVER);
    await send();
    await tick(2 * DAY_MS);
    expect(await reviews.followCases()).toBe(0);
    expect(await check.ask(QUESTION, NEVER)).toEqual({ state: 'failed', asOf: dueAt });
  });

  it.each([
    ['of another network', { place: { list: 'https://elsewhere.example/1', index: 1 } }],
    ['without a status', { place: undefined }],
  ])('of a credential %s is the verifier’s own: there can be no case about it', async (_, changes) => {
    const { check, reviews, desk, send } = await createWorld();
    const { place: _place, ...rest } = QUESTION;
    const { place } = changes;
    await check.ask({ ...rest, ...(place === undefined ? {} : { place }) }, NEVER);
    await send();
    expect(desk.list()).toEqual([]);
    const [{ id = '' } = {}] = await reviews.list(9);
    expect(await reviews.decide(id, { result: 'passed', by: 'clerk' })).toMatchObject({ result: 'passed' });
  });
});
