import type { Instruction } from '@holdfast/core';
import { afterEach, describe, expect, test } from 'vitest';
import { exceptionAfter } from '../../../../core/test/test-program.ts';
import { ADMIN, type DistributorDoor, openDistributorDoor } from '../../../test/distributor-door.ts';
import { createSettlementRailMemory, type MemoryRail } from '../../adapters/memory/settlement-rail.ts';

const DAY_MS = 86_400_000;
// The example of the IBAN registry for Germany.
const IBAN = 'DE89370400440532013000';

const doors: DistributorDoor[] = [];
afterEach(async () => {
  for (const door of doors.splice(0)) await door[Symbol.asyncDispose]();
});

type Paid = {
  readonly door: DistributorDoor;
  readonly rail: MemoryRail;
  /** The transfer that has left. */
  readonly payment: string;
  readonly run: () => ReturnType<DistributorDoor['ask']>;
  readonly act: (changes?: Partial<Instruction>) => ReturnType<DistributorDoor['ask']>;
  /** Two officers decide it, and the log has it. */
  readonly decide: (changes?: Partial<Instruction>) => Promise<void>;
};

/** One payment that was handed to a rail which says nothing of it. */
async function openPaid(): Promise<Paid> {
  const rail = createSettlementRailMemory({ id: 'bank', kinds: ['iban'], answers: () => [] });
  const door = await openDistributorDoor({
    rails: [rail],
    program: (program) => ({ ...program, destinations: ['iban'] }),
  });
  doors.push(door);
  const { json } = await door.apply(
    door.world.sent(door.world.person(), { destination: { kind: 'iban', iban: IBAN } }),
  );
  await door.world.close();
  await door.world.work();
  const payment = `post.relief.${json.application}`;
  const instruction = (changes: Partial<Instruction> = {}): Instruction => ({
    program: 'relief',
    act: 'retry',
    payment,
    attempt: 1,
    ...changes,
  });
  const { log } = door.world.verifiers.feed;
  return {
    door,
    rail,
    payment,
    run: () => door.ask('POST', '/settlement/run', {}, ADMIN),
    act: (changes) => door.ask('POST', '/settlement/acts', instruction(changes), ADMIN),
    decide: async (changes) => {
      log.append(exceptionAfter(log, instruction(changes)));
      await door.world.epoch();
    },
  };
}

/** Nobody knows what became of the last attempt. */
async function fallSilent({ door, run }: Paid): Promise<void> {
  await run();
  door.world.verifiers.clock.jump(4 * DAY_MS);
  await run();
}

const stateOf = async ({ door, payment }: Paid) =>
  (await door.ask('GET', `/settlement/${payment}`, undefined, ADMIN)).json.state;

describe('the operator’s doors', () => {
  test.each([
    ['GET', '/settlement/notices'],
    ['GET', '/settlement/post.relief.x'],
    ['POST', '/settlement/run'],
    ['POST', '/settlement/acts'],
    ['POST', '/programs/keys'],
  ] as const)('%s %s opens to nobody without a key, and no body is read before', async (method, url) => {
    const door = await openDistributorDoor();
    doors.push(door);
    for (const headers of [{}, { authorization: 'Bearer another-key-of-16-characters' }, { authorization: 'Bearer' }]) {
      const answer = await door.ask(method, url, method === 'POST' ? '{not json' : undefined, headers);
      expect([answer.status, answer.json.code]).toEqual([401, 'operator.unauthorized']);
      expect(answer.headers['cache-control']).toBe('no-store');
    }
  });

  test('give a key of their own to each program, and take nothing with the request', async () => {
    const door = await openDistributorDoor();
    doors.push(door);
    const made = [
      await door.ask('POST', '/programs/keys', {}, ADMIN),
      await door.ask('POST', '/programs/keys', undefined, ADMIN),
    ];
    expect(made.map(({ status }) => status)).toEqual([201, 201]);
    const keys = made.map(({ json }) => String(json.key));
    for (const key of keys) expect(key).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(new Set(keys).size).toBe(2);
    const chosen = await door.ask('POST', '/programs/keys', { key: 'k'.repeat(43) }, ADMIN);
    expect([chosen.status, chosen.json.code]).toEqual([400, 'request.malformed']);
  });

  test('show a payment without where it goes, with its amount in digits', async () => {
    const paid = await openPaid();
    const { door, payment } = paid;
    expect((await paid.run()).json).toEqual({ accepted: 1, changed: [], failures: [] });
    const shown = await door.ask('GET', `/settlement/${payment}`, undefined, ADMIN);
    expect(shown.json).toMatchObject({ transferId: payment, amount: '100', state: 'submitted', owner: 'rail' });
    expect(shown.text).not.toContain(IBAN);
    const none = await door.ask('GET', '/settlement/post.relief.nobody', undefined, ADMIN);
    expect([none.status, none.json.code]).toEqual([404, 'settlement.unknown']);
  });

  test('show what a rail said that fits nothing', async () => {
    const paid = await openPaid();
    paid.rail.say({ lineId: `${'0'.repeat(32)}-1`, outcome: 'accepted' });
    await paid.run();
    const { status, json } = await paid.door.ask('GET', '/settlement/notices', undefined, ADMIN);
    expect(status).toBe(200);
    expect(json.notices).toMatchObject([{ code: 'settlement.report-unknown-line', rail: paid.rail.id }]);
  });
});

describe('an act on one payment', () => {
  test('is not done for an operator’s key alone: without a decision in the log nothing moves', async () => {
    const paid = await openPaid();
    await fallSilent(paid);
    for (const act of ['retry', 'settle', 'cancel', 'redirect'] as const) {
      const answer = await paid.act({ act });
      expect([answer.status, answer.json.code]).toEqual([409, 'settlement.decision-missing']);
    }
    await paid.decide({ act: 'settle' });
    for (const changes of [{ act: 'cancel' }, { attempt: 2, act: 'settle' }, { program: 'other', act: 'settle' }]) {
      const answer = await paid.act(changes as Partial<Instruction>);
      expect([answer.status, answer.json.code]).toEqual([409, 'settlement.decision-missing']);
    }
    expect(await stateOf(paid)).toBe('unknown');
    expect(paid.rail.taken).toHaveLength(1);
  });

  test('by decision makes one more attempt, however often the same is sent', async () => {
    const paid = await openPaid();
    await fallSilent(paid);
    await paid.decide();
    for (let i = 0; i < 2; i += 1) expect(await paid.act()).toMatchObject({ status: 200, json: { state: 'planned' } });
    await fallSilent(paid);
    expect(paid.rail.taken).toHaveLength(2);
    const again = await paid.act();
    expect([again.status, again.json.code]).toEqual([409, 'settlement.decision-used']);
    await paid.run();
    expect(paid.rail.taken).toHaveLength(2);
  });

  test('that a later decision overrules is not brought back by sending the earlier one again', async () => {
    const paid = await openPaid();
    await fallSilent(paid);
    await paid.decide({ act: 'settle' });
    expect(await paid.act({ act: 'settle' })).toMatchObject({ status: 200, json: { state: 'accepted' } });
    await paid.decide({ act: 'cancel' });
    expect(await paid.act({ act: 'cancel' })).toMatchObject({ status: 200, json: { state: 'rejected' } });
    const back = await paid.act({ act: 'settle' });
    expect([back.status, back.json.code]).toEqual([409, 'settlement.decision-used']);
    expect(await stateOf(paid)).toBe('rejected');
  });

  test('can be decided again after it was overruled, as another decision that names the last', async () => {
    const paid = await openPaid();
    await fallSilent(paid);
    const settle = { act: 'settle' } as const;
    const decided = async (changes: Partial<Instruction>, state: string) => {
      await paid.decide(changes);
      const answer = await paid.act(changes);
      expect(answer).toMatchObject({ status: 200, json: { state } });
      return String((answer.json.attempts as { decision: string }[])[0]?.decision);
    };
    const first = await decided(settle, 'accepted');
    const second = await decided({ act: 'cancel', after: first }, 'rejected');
    const third = { ...settle, after: second };
    expect(await decided(third, 'accepted')).not.toBe(first);
    expect(await paid.act(third)).toMatchObject({ status: 200, json: { state: 'accepted' } });
    for (const old of [settle, { act: 'cancel', after: first } as const]) {
      const back = await paid.act(old);
      expect([back.status, back.json.code]).toEqual([409, 'settlement.decision-used']);
    }
    await paid.decide({ act: 'cancel', after: 'x'.repeat(43) });
    const beside = await paid.act({ act: 'cancel', after: 'x'.repeat(43) });
    expect([beside.status, beside.json.code]).toEqual([409, 'settlement.decision-used']);
    expect(await stateOf(paid)).toBe('accepted');
  });

  test('is carried out by itself once it is decided, and whoever asks for it then changes nothing', async () => {
    const paid = await openPaid();
    await fallSilent(paid);
    await paid.decide({ act: 'settle' });
    await paid.door.world.work();
    expect(await stateOf(paid)).toBe('accepted');
    expect(await paid.act({ act: 'settle' })).toMatchObject({ status: 200, json: { state: 'accepted' } });
    const { exceptions } = await paid.door.world.distributor.find('relief');
    expect(exceptions).toMatchObject([{ kind: 'payment', state: 'carried-out' }]);
  });

  test('that pays again is done by itself once, and not where a later decision says otherwise', async () => {
    for (const overruled of [false, true]) {
      const paid = await openPaid();
      await fallSilent(paid);
      await paid.decide({ act: 'retry' });
      if (overruled) await paid.decide({ act: 'settle' });
      await paid.door.world.work();
      await paid.run();
      await paid.door.world.work(paid.door.world.restart());
      await paid.run();
      expect([paid.rail.taken.length, await stateOf(paid)]).toEqual(overruled ? [1, 'accepted'] : [2, 'submitted']);
    }
  });

  test('of a kind that settlement cannot carry out is refused though it is decided', async () => {
    const paid = await openPaid();
    await fallSilent(paid);
    await paid.decide({ act: 'redirect', destination: 'd'.repeat(43) });
    const answer = await paid.act({ act: 'redirect', destination: 'd'.repeat(43) });
    expect([answer.status, answer.json.code]).toEqual([422, 'settlement.act']);
  });

  test.each([
    ['an amount as a number', { amount: 100 }],
    ['an act nobody knows', { act: 'pay' }],
    ['an attempt that is none', { attempt: -1 }],
    ['an attempt as text', { attempt: '1' }],
    ['a member more', { force: true }],
    ['no payment', { payment: undefined }],
    ['a payment that is a path', { payment: '../x' }],
  ])('with %s is refused', async (_what, changes) => {
    const paid = await openPaid();
    const answer = await paid.act(changes as Partial<Instruction>);
    expect([answer.status, answer.json.code]).toEqual([400, 'request.malformed']);
  });

  test('larger than an instruction ever is, is not read', async () => {
    const paid = await openPaid();
    const answer = await paid.act({ payment: 'x'.repeat(1100) });
    expect([answer.status, answer.json.code]).toEqual([413, 'request.too-large']);
  });
});
