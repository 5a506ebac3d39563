import { inspect } from 'node:util';
import { CodedError, encodeAttemptId, type SettlementState, settlementLineId } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { createSettlingWorld, intent, type SettlingWorld } from '../../../../test/settling-world.ts';
import { createSettlementRailMemory } from '../../../adapters/memory/settlement-rail.ts';
import type { SettlementRail } from '../../../ports/settlement-rail.ts';

const DECISION = 'd'.repeat(43);
const BY = { decision: DECISION, attempt: 1 };
const attemptOf = (number: number, attempt = 1) => encodeAttemptId(settlementLineId(`t-${number}`), attempt);
const DAY_MS = 86_400_000;

async function stateOf({ settling }: SettlingWorld, number = 1): Promise<SettlementState | undefined> {
  return (await settling.find(`t-${number}`))?.state;
}

/** One line, submitted and handed over. */
async function handedOver(world = createSettlingWorld()): Promise<SettlingWorld> {
  await world.settling.plan([intent(1)]);
  await world.settling.submitDue();
  return world;
}

describe('planning', () => {
  test('keeps each transfer once and tells a repeat with other contents', async () => {
    const { settling } = createSettlingWorld();
    const answers = async (...intents: Parameters<typeof settling.plan>[0]) =>
      (await settling.plan(intents)).map(({ answer }) => answer);
    expect(await answers(intent(1), intent(2), intent(1))).toEqual(['created', 'created', 'exists']);
    expect(await answers(intent(1, { amount: 7n }))).toEqual(['exists-with-different-amount']);
    const other = { kind: 'internal', account: 'holder:9' } as const;
    expect(await answers(intent(1, { destination: other }), intent(2))).toEqual([
      'exists-with-different-destination',
      'exists',
    ]);
  });

  test('refuses what no rail carries, says why, and keeps nothing of it', async () => {
    const { settling } = createSettlingWorld();
    const results = await settling.plan([
      intent(1, { destination: { kind: 'msisdn', msisdn: '+254712345678' } }),
      intent(2, { amount: 0n }),
      intent(3),
    ]);
    expect(results).toMatchObject([
      { answer: 'refused', code: 'settlement.kind' },
      { answer: 'refused', code: 'settlement.amount' },
      { answer: 'created' },
    ]);
    expect(JSON.stringify(results)).not.toContain('254712345678');
    expect(await settling.find('t-1')).toBeUndefined();
    expect((await settling.openHandoffs()).handoffs.map(({ transferId }) => transferId)).toEqual(['t-3']);
  });

  test('keeps no destination in the clear', async () => {
    const { settling, store } = createSettlingWorld();
    await settling.plan([intent(1)]);
    const kept = await store.read([settlementLineId('t-1')]);
    const bytes = Buffer.from(kept[0]?.sealed ?? []).toString('latin1');
    expect(bytes.length).toBeGreaterThan(20);
    const shown = [kept, await settling.find('t-1'), await settling.openHandoffs()].map((value) =>
      inspect(value, false, 9),
    );
    expect(shown.join() + bytes).not.toContain('holder');
  });

  test('takes a bounded number at once', async () => {
    const { settling } = createSettlingWorld();
    const intents = Array.from({ length: 1001 }, (_, i) => intent(i));
    await expect(settling.plan(intents)).rejects.toMatchObject({ code: 'settlement.batch-size' });
  });
});

describe('submitting', () => {
  test('hands over what is planned, in batches, each line once', async () => {
    const world = createSettlingWorld({ bounds: { batchLines: 2 } });
    const { settling, rail } = world;
    await settling.plan([1, 2, 3, 4, 5].map((number) => intent(number)));
    expect(await settling.submitDue()).toEqual({ accepted: 3, failures: [] });
    expect(await settling.submitDue()).toEqual({ accepted: 0, failures: [] });
    expect(rail.taken.map(({ transferId, amount }) => [transferId, amount])).toEqual(
      [1, 2, 3, 4, 5].map((number) => [`t-${number}`, 1000n + BigInt(number)]),
    );
    expect(rail.taken[0]).toMatchObject({
      lineId: attemptOf(1),
      destination: { kind: 'internal', account: 'holder:1' },
    });
  });

  test('keeps a line the distributor\u2019s own until the rail has accepted it', async () => {
    const world = createSettlingWorld();
    const { settling, rail } = world;
    await settling.plan([intent(1)]);
    expect((await settling.openHandoffs()).handoffs).toMatchObject([{ owner: 'distributor', next: 'submit' }]);
    rail.fail('unreachable');
    const failure = { rail: 'internal', code: 'settlement.rail-unreachable' };
    expect(await settling.submitDue()).toMatchObject({ accepted: 0, failures: [failure] });
    expect((await settling.openHandoffs()).handoffs).toMatchObject([
      { owner: 'distributor', next: 'resubmit', state: 'submitted', receiver: 'internal' },
    ]);
    expect(await settling.submitDue()).toMatchObject({ accepted: 1, failures: [] });
    expect((await settling.openHandoffs()).handoffs).toMatchObject([{ owner: 'rail', next: 'answer' }]);
  });

  test('submits the same batch again when the acceptance was lost, and the rail takes it once', async () => {
    const { settling, rail, restart } = createSettlingWorld();
    await settling.plan([intent(1), intent(2)]);
    rail.fail('answer-lost');
    await settling.submitDue();
    await settling.plan([intent(3)]);
    expect(await restart().submitDue()).toEqual({ accepted: 2, failures: [] });
    expect(rail.taken.map(({ transferId }) => transferId)).toEqual(['t-1', 't-2', 't-3']);
  });

  test('gives up waiting for a slow rail, and its late acceptance is that of the next submission', async () => {
    const { settling, rail, clock } = createSettlingWorld();
    await settling.plan([intent(1)]);
    let arrive = () => {};
    rail.fail(
      new Promise<void>((resolve) => {
        arrive = resolve;
      }),
    );
    const submitting = settling.submitDue();
    await clock.advance(30_000);
    expect(await submitting).toMatchObject({ failures: [{ code: 'settlement.rail-slow' }] });
    arrive();
    expect(await settling.submitDue()).toEqual({ accepted: 1, failures: [] });
    expect(rail.taken).toHaveLength(1);
  });

  test('leaves a rail that cannot be reached alone, and goes on with the others', async () => {
    const phones = createSettlementRailMemory({ id: 'phones', kinds: ['msisdn'], answers: () => [] });
    const { settling, rail, store } = createSettlingWorld({ rails: [phones], bounds: { batchLines: 1 } });
    const phone = { kind: 'msisdn', msisdn: '+254712345678' } as const;
    await settling.plan([intent(1), intent(2), intent(3, { destination: phone })]);
    rail.fail('unreachable', 'unreachable');
    expect(await settling.submitDue()).toMatchObject({ failures: [{ rail: 'internal' }] });
    expect([rail.taken.length, phones.taken.length]).toEqual([0, 1]);
    expect(await store.readUnaccepted('internal', 10)).toHaveLength(1);
  });

  test('does not believe an acceptance of something else', async () => {
    const honest = createSettlingWorld().rail;
    const wrong: SettlementRail = {
      ...honest,
      submit: async (batch) => ({ ...(await honest.submit(batch)), digest: 'of something else' }),
    };
    const { settling, restart } = createSettlingWorld();
    await settling.plan([intent(1)]);
    const report = await restart({ rails: [wrong] }).submitDue();
    expect(report).toMatchObject({ accepted: 0, failures: [{ code: 'settlement.acceptance-differs' }] });
    expect((await settling.openHandoffs()).handoffs).toMatchObject([{ owner: 'distributor', next: 'resubmit' }]);
  });

  test('by two processes at once is one', async () => {
    const { settling, rail, restart } = createSettlingWorld({ bounds: { batchLines: 2 } });
    await settling.plan([1, 2, 3, 4, 5].map((number) => intent(number)));
    await Promise.all([settling.submitDue(), restart().submitDue(), restart().submitDue()]);
    await settling.submitDue();
    expect(rail.taken.map(({ transferId }) => transferId).sort()).toEqual(['t-1', 't-2', 't-3', 't-4', 't-5']);
    expect((await settling.openHandoffs()).counts.submitted).toBe(5);
  });

  test('rejects here what the rail has ceased to carry, since nothing was sent', async () => {
    const world = createSettlingWorld();
    const { settling, rail, restart } = world;
    await settling.plan([intent(1), intent(2)]);
    const refusing: SettlementRail = {
      ...rail,
      check: (line) =>
        line.transferId === 't-1' ? { code: 'settlement.asset', message: 'Not this currency.' } : rail.check(line),
    };
    await restart({ rails: [refusing] }).submitDue();
    expect(await settling.find('t-1')).toMatchObject({
      state: 'rejected',
      owner: 'distributor',
      attempts: [{ answers: [{ outcome: 'rejected', code: 'settlement.asset' }] }],
    });
    expect(rail.taken.map(({ transferId }) => transferId)).toEqual(['t-2']);
    await settling.retry('t-1');
    await settling.submitDue();
    expect(rail.taken.map(({ lineId }) => lineId)).toEqual([attemptOf(2), attemptOf(1, 2)]);
  });
});

describe('what a rail says', () => {
  test('that stays in the house is paid at once, and nothing is left open', async () => {
    const world = await handedOver(createSettlingWorld({ answers: () => [{ outcome: 'accepted' }] }));
    expect(await world.settling.reconcile()).toEqual({
      changed: [{ transferId: 't-1', state: 'accepted' }],
      failures: [],
    });
    expect(await world.settling.openHandoffs()).toMatchObject({ handoffs: [], counts: { accepted: 1 } });
  });

  test('is taken in once, repeated as it may be', async () => {
    const world = await handedOver();
    for (let i = 0; i < 3; i += 1) world.rail.say({ lineId: attemptOf(1), outcome: 'accepted', code: 'ACSC' });
    await world.settling.reconcile();
    const before = await world.store.read([settlementLineId('t-1')]);
    world.rail.say({ lineId: attemptOf(1), outcome: 'accepted', code: 'ACSC' });
    expect(await world.restart().reconcile()).toEqual({ changed: [], failures: [] });
    expect(await world.store.read([settlementLineId('t-1')])).toEqual(before);
  });

  test('of a rejection keeps the reason and gives the line back to the distributor', async () => {
    const world = await handedOver();
    world.rail.say({ lineId: attemptOf(1), outcome: 'rejected', code: 'AC04' });
    await world.settling.reconcile();
    expect((await world.settling.openHandoffs()).handoffs).toMatchObject([
      { owner: 'distributor', next: 'retry', attempts: [{ answers: [{ outcome: 'rejected', code: 'AC04' }] }] },
    ]);
  });

  test('of a part of the amount is for officers', async () => {
    const world = await handedOver();
    world.rail.say({ lineId: attemptOf(1), outcome: 'partly', paid: 400n });
    await world.settling.reconcile();
    expect((await world.settling.openHandoffs()).handoffs).toMatchObject([
      { state: 'partly', owner: 'officers', next: 'rule' },
    ]);
    await expect(world.settling.retry('t-1', BY)).rejects.toMatchObject({ code: 'settlement.paid' });
  });

  test('against what it said before is a conflict for officers, whichever came first', async () => {
    for (const outcomes of [['accepted', 'rejected'] as const, ['rejected', 'accepted'] as const]) {
      const world = await handedOver();
      for (const outcome of outcomes) {
        world.rail.say({ lineId: attemptOf(1), outcome });
        await world.settling.reconcile();
      }
      expect(await stateOf(world)).toBe('conflict');
      await expect(world.settling.retry('t-1')).rejects.toMatchObject({ code: 'settlement.decision-missing' });
      const ruled = await world.settling.rule('t-1', 1, 'accepted', DECISION);
      expect(ruled).toMatchObject({ state: 'accepted', attempts: [{ decision: DECISION }] });
    }
  });

  test('of what was not given to it is for somebody to look at, once', async () => {
    const world = await handedOver();
    for (const lineId of ['nonsense', attemptOf(9), attemptOf(1, 2), '\u0000<script>']) {
      world.rail.say({ lineId, outcome: 'accepted' });
      world.rail.say({ lineId, outcome: 'accepted' });
    }
    expect(await world.settling.reconcile()).toEqual({ changed: [], failures: [] });
    const notices = await world.settling.readNotices();
    expect(notices).toHaveLength(4);
    expect(JSON.stringify(notices)).not.toContain('script');
    expect(await stateOf(world)).toBe('submitted');
  });

  test('in words of any length is kept short and plain', async () => {
    const world = await handedOver();
    world.rail.say({ lineId: attemptOf(1), outcome: 'rejected', code: `\u202e${'x'.repeat(1000)}` });
    await world.settling.reconcile();
    const code = (await world.settling.find('t-1'))?.attempts[0]?.answers[0]?.code;
    expect(code).toBe(`?${'x'.repeat(34)}`);
  });

  test('before its acceptance was written down counts all the same', async () => {
    const world = createSettlingWorld({ answers: () => [{ outcome: 'accepted' }] });
    await world.settling.plan([intent(1)]);
    world.rail.fail('answer-lost');
    await world.settling.submitDue();
    await world.settling.reconcile();
    expect(await stateOf(world)).toBe('accepted');
    expect(await world.settling.submitDue()).toEqual({ accepted: 1, failures: [] });
    expect(world.rail.taken).toHaveLength(1);
    expect(await stateOf(world)).toBe('accepted');
  });

  test('is read by two processes at once as by one', async () => {
    const world = createSettlingWorld({ answers: () => [{ outcome: 'accepted' }] });
    await world.settling.plan(Array.from({ length: 30 }, (_, i) => intent(i)));
    await world.settling.submitDue();
    await Promise.all([world.settling.reconcile(), world.restart().reconcile(), world.restart().reconcile()]);
    expect((await world.settling.openHandoffs()).counts).toMatchObject({ accepted: 30, submitted: 0 });
  });

  test('that never ends is read a bounded number of times', async () => {
    let asked = 0;
    const talking: SettlementRail = {
      ...createSettlingWorld().rail,
      readOutcomes: async () => {
        asked += 1;
        return { outcomes: [], notices: [], cursor: String(asked), more: true };
      },
    };
    const { restart } = createSettlingWorld();
    await restart({ rails: [talking], bounds: { pagesPerCall: 5 } }).reconcile();
    expect(asked).toBe(5);
  });
});

describe('silence', () => {
  test('after its time makes a line unknown and the officers\u2019, and never rejected', async () => {
    const world = await handedOver();
    const [handoff] = (await world.settling.openHandoffs()).handoffs;
    expect(handoff?.dueAt).toBe(world.clock.now() + 3 * DAY_MS);
    await world.clock.advance(3 * DAY_MS - 1);
    await world.settling.reconcile();
    expect(await stateOf(world)).toBe('submitted');
    await world.clock.advance(1);
    expect(await world.settling.reconcile()).toMatchObject({ changed: [{ transferId: 't-1', state: 'unknown' }] });
    expect((await world.settling.openHandoffs()).handoffs).toMatchObject([{ owner: 'officers', next: 'rule' }]);
  });

  test('is no reason to try again, but by decision', async () => {
    const world = await handedOver();
    await world.clock.advance(3 * DAY_MS);
    await world.settling.reconcile();
    await expect(world.settling.retry('t-1')).rejects.toMatchObject({ code: 'settlement.reconcile-first' });
    await world.settling.submitDue();
    expect(world.rail.taken).toHaveLength(1);
    expect(await world.settling.retry('t-1', BY)).toMatchObject({ state: 'planned' });
    expect(await world.settling.retry('t-1', BY)).toMatchObject({ state: 'planned' });
    await world.settling.submitDue();
    expect(world.rail.taken.map(({ lineId }) => lineId)).toEqual([attemptOf(1), attemptOf(1, 2)]);
    // Whoever repeats the decision while the second attempt is unknown makes no third one.
    await world.clock.advance(3 * DAY_MS);
    await world.settling.reconcile();
    expect(await stateOf(world)).toBe('unknown');
    await expect(world.settling.retry('t-1', BY)).rejects.toMatchObject({ code: 'settlement.decision-used' });
  });

  test('is ended by a late answer', async () => {
    const world = await handedOver();
    await world.clock.advance(3 * DAY_MS);
    await world.settling.reconcile();
    world.rail.say({ lineId: attemptOf(1), outcome: 'accepted' });
    await world.settling.reconcile();
    expect(await stateOf(world)).toBe('accepted');
  });

  test('does not overtake an answer that is there', async () => {
    const world = await handedOver();
    world.rail.say({ lineId: attemptOf(1), outcome: 'accepted' });
    await world.clock.advance(30 * DAY_MS);
    expect(await world.settling.reconcile()).toMatchObject({ changed: [{ state: 'accepted' }] });
  });

  test('is not measured while the rail cannot be read', async () => {
    const world = await handedOver();
    await world.clock.advance(30 * DAY_MS);
    const absent: SettlementRail = {
      ...world.rail,
      readOutcomes: async () => {
        throw new CodedError('settlement.rail-unreachable', 'The rail does not answer.');
      },
    };
    expect(await world.restart({ rails: [absent] }).reconcile()).toMatchObject({ failures: [{ rail: 'internal' }] });
    expect(await stateOf(world)).toBe('submitted');
  });

  test('of a rail that says it does not know is at once, and each rail has its own time', async () => {
    const world = await handedOver(createSettlingWorld({ bounds: { patienceMsByRail: { internal: 60_000 } } }));
    world.rail.say({ lineId: attemptOf(1), outcome: 'unknown' });
    await world.settling.reconcile();
    expect(await stateOf(world)).toBe('unknown');
    await world.settling.plan([intent(2)]);
    await world.settling.submitDue();
    await world.clock.advance(60_000);
    await world.settling.reconcile();
    expect(await stateOf(world, 2)).toBe('unknown');
  });

  test('of the clock going back changes nothing', async () => {
    const world = await handedOver();
    const past = { ...world.clock, now: () => world.clock.now() - 365 * DAY_MS };
    await world.restart({ clock: past }).reconcile();
    expect(await stateOf(world)).toBe('submitted');
  });
});

describe('a ruling on what was never accepted', () => {
  test('keeps its batch here until all of it is ruled on, then lets go of it', async () => {
    const world = createSettlingWorld();
    const { settling, rail } = world;
    await settling.plan([intent(1), intent(2)]);
    rail.fail('unreachable');
    await settling.submitDue();
    await settling.rule('t-1', 1, 'rejected', DECISION);
    expect(await settling.submitDue()).toMatchObject({ failures: [{ code: 'settlement.batch-withheld' }] });
    expect(rail.taken).toEqual([]);
    await settling.rule('t-2', 1, 'rejected', DECISION);
    expect(await settling.submitDue()).toMatchObject({ failures: [] });
    await settling.retry('t-1');
    await settling.submitDue();
    expect(rail.taken.map(({ lineId }) => lineId)).toEqual([attemptOf(1, 2)]);
  });
});

describe('what is asked about nothing', () => {
  test('is told', async () => {
    const { settling } = createSettlingWorld();
    await expect(settling.retry('t-1')).rejects.toMatchObject({ code: 'settlement.unknown' });
    await settling.plan([intent(1)]);
    await expect(settling.rule('t-1', 1, 'accepted', DECISION)).rejects.toMatchObject({
      code: 'settlement.attempt-unknown',
    });
  });
});

test('a batch of which one payment is made and forgotten before its acceptance came holds up none of the others', async () => {
  const world = createSettlingWorld({
    answers: (lineId) => (lineId === attemptOf(1) ? [{ outcome: 'accepted' }] : []),
  });
  await world.settling.plan([intent(1), intent(2)]);
  world.rail.fail('answer-lost');
  await world.settling.submitDue();
  await world.settling.reconcile();
  expect(await world.settling.erase('t-1')).toEqual({ erased: 1, left: 0 });
  expect(await world.restart().submitDue()).toEqual({ accepted: 1, failures: [] });
  expect(world.rail.taken).toHaveLength(2);
  const { handoffs } = await world.settling.openHandoffs();
  expect(handoffs).toMatchObject([{ transferId: 't-2', owner: 'rail', next: 'answer' }]);
});

test('where money went is forgotten after its time', async () => {
  const world = await handedOver(createSettlingWorld({ answers: () => [{ outcome: 'accepted' }] }));
  await world.settling.reconcile();
  expect(await world.settling.erase('t-2')).toEqual({ erased: 0, left: 0 });
  expect(await world.settling.erase('t-1')).toEqual({ erased: 1, left: 0 });
  const [kept] = await world.store.read([settlementLineId('t-1')]);
  expect(kept?.sealed).toBeUndefined();
  expect(await stateOf(world)).toBe('accepted');
});
