import { bindingDigest, encodeAttemptId, payoutTransfer, settlementLineId } from '@holdfast/core';
import { afterEach, describe, expect, test } from 'vitest';
import { caseStep } from '../../../../core/test/case-log.ts';
import { createDistributorWorld } from '../../../test/distributor-world.ts';
import { createFilingGovernor, quickCasesByHand } from '../../../test/filing-governor.ts';
import { createMemorySealer } from '../../adapters/memory/sealer.ts';
import { createSettlementRailMemory } from '../../adapters/memory/settlement-rail.ts';
import { createSettlementStoreMemory } from '../../adapters/memory/settlement-store.ts';
import { createSettling } from './settling/settling.ts';

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

const PATIENCE_MS = 60_000;
// The example of the IBAN registry for Germany.
const DESTINATION = { kind: 'iban', iban: 'DE89370400440532013000' } as const;

/** One payment that its bank has taken, and says nothing more of. */
async function createWorld(reason = 'residence-ended') {
  const world = await createDistributorWorld({
    rules: quickCasesByHand(reason),
    program: (program) => ({ ...program, destinations: ['iban'] }),
  });
  opened.push(world);
  const { clock } = world.verifiers;
  const governor = createFilingGovernor(world);
  opened.push(governor.cases);
  const rail = createSettlementRailMemory({ id: 'bank', kinds: ['iban'], answers: () => [] });
  const store = createSettlementStoreMemory();
  const bounds = { patienceMsByRail: { bank: PATIENCE_MS } };
  const start = () =>
    world.restart({
      settling: createSettling({ clock, store, sealer: createMemorySealer(), rails: [rail], bounds }),
      filings: governor.filings,
    });
  const distributor = start();
  const sent = world.sent(world.person(), { destination: DESTINATION });
  const { application } = await distributor.apply('relief', sent);
  await world.close();
  await world.work(distributor);
  const payment = payoutTransfer('relief', application);
  await distributor.settle();
  const cases = () => [...world.verifiers.follower.state.docket.cases.values()];
  /** The bank has had its time, and those who look come by. */
  const wait = async (ms = PATIENCE_MS + 1) => {
    await clock.advance(ms);
    await world.epoch();
    await distributor.settle();
  };
  const settlement = async () => (await distributor.handoffs()).handoffs.find(({ what }) => what === 'settlement');
  return { ...world, ...governor, distributor, start, rail, payment, caseList: cases, wait, settlement };
}
type World = Awaited<ReturnType<typeof createWorld>>;

async function triage(world: World, admit: boolean, remedy: 'release' | 'return' = 'release'): Promise<void> {
  const { log } = world.verifiers.feed;
  const open = world.caseList().find(({ stage }) => stage !== 'final');
  const act = remedy === 'return' ? 'cancel' : 'settle';
  const digest = bindingDigest({ program: 'relief', act, payment: world.payment, attempt: 1 });
  const target = { of: 'payment', program: 'relief', digest } as const;
  const said = admit ? { target, remedy } : {};
  log.append(caseStep(log, open?.id ?? '', { act: 'triage', admit, ...said }, ['officer-a']));
  while (log.state.docket.cases.get(open?.id ?? '')?.stage !== 'final') await world.epoch();
}

const NEXT_LOOK_MS = 61_000;

async function look(world: World): Promise<void> {
  await world.wait(NEXT_LOOK_MS);
  await world.send();
}

describe('a payment that its bank leaves without an answer', () => {
  test('is nobody’s case while the bank has its time', async () => {
    const world = await createWorld();
    await world.wait(PATIENCE_MS - 20_000);
    await world.send();
    expect(world.caseList()).toEqual([]);
    expect(await world.settlement()).toMatchObject({ owner: 'rail', next: 'answered' });
  });

  test('is a case by itself, once, with an owner and a date that handoffs name; what officers find is done', async () => {
    const world = await createWorld();
    await world.wait();
    await look(world);
    await world.start().settle();
    await look(world);
    const [record, ...others] = world.caseList();
    expect(others).toEqual([]);
    expect(record).toMatchObject({ about: 'payment', class: 'residence-ended', remedy: 'release', role: 'revoker' });
    expect(await world.settlement()).toMatchObject({ owner: 'officers', case: record?.id, dueBy: record?.dueAt });
    const [file] = await world.cases.files(record?.id ?? '');
    expect(file?.opened?.statement).toContain(`--payment ${world.payment}`);
    expect(file?.opened?.statement).toContain(encodeAttemptId(settlementLineId(world.payment), 1));
    // Nothing in the log says which payment it is, until officers do.
    expect(JSON.stringify(record)).not.toContain(world.payment);
    await triage(world, true);
    await world.work(world.distributor, 2);
    expect(await world.distributor.settlement(world.payment)).toMatchObject({ state: 'accepted' });
    expect(await world.settlement()).toBeUndefined();
    await look(world);
    expect(world.caseList()).toHaveLength(1);
  });

  test('is taken for not made where officers find that, and nothing is sent again by itself', async () => {
    const world = await createWorld();
    await world.wait();
    await look(world);
    await triage(world, true, 'return');
    await world.work(world.distributor, 2);
    await world.wait();
    const view = await world.distributor.settlement(world.payment);
    expect(view).toMatchObject({ state: 'rejected' });
    expect(view.attempts).toHaveLength(1);
    expect(world.caseList()).toHaveLength(1);
  });

  test('is a case again as long as nobody has found out', async () => {
    const world = await createWorld();
    await world.wait();
    await look(world);
    await triage(world, false);
    await look(world);
    await look(world);
    expect(world.caseList().map(({ stage }) => stage)).toEqual(['final', 'filed']);
    expect(await world.settlement()).toMatchObject({ owner: 'officers', case: world.caseList()[1]?.id });
  });

  test('is no case any more to whoever looks, once the bank has answered after all', async () => {
    const world = await createWorld();
    await world.wait();
    await look(world);
    world.rail.say({ lineId: encodeAttemptId(settlementLineId(world.payment), 1), outcome: 'accepted' });
    await world.wait();
    expect(await world.settlement()).toBeUndefined();
    await triage(world, false);
    await look(world);
    expect(world.caseList()).toHaveLength(1);
  });

  test('stays a handoff of the officers where the rulebook does not say for which reason', async () => {
    const world = await createWorld('');
    await world.wait();
    await look(world);
    expect(world.caseList()).toEqual([]);
    expect(await world.settlement()).toMatchObject({ owner: 'officers', next: 'looked-at' });
    expect(await world.settlement()).not.toHaveProperty('case');
  });
});
