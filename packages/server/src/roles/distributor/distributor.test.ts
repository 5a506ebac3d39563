import { type BeaconTerms, commitmentOf, encodeBase64url, rootOf } from '@holdfast/core';
import { afterEach, describe, expect, test } from 'vitest';
import { LIST_URI } from '../../../../core/test/log-builder.ts';
import { SECRETS } from '../../../../core/test/test-program.ts';
import {
  createDistributorWorld,
  type DistributorWorld,
  type DistributorWorldOptions,
} from '../../../test/distributor-world.ts';
import { MAX_PER_HOLDER } from '../../ports/distributor-store.ts';

import { sealedListsOf } from './chance.ts';

const worlds: DistributorWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world[Symbol.asyncDispose]();
});

async function open(options: DistributorWorldOptions = {}): Promise<DistributorWorld> {
  const world = await createDistributorWorld(options);
  worlds.push(world);
  return world;
}

async function balance(world: DistributorWorld, id: string): Promise<bigint> {
  const [account] = await world.ledger.readAccounts([id as never]);
  return account === undefined ? 0n : account.creditsPosted - account.debitsPosted;
}

describe('a sealed program, from application to payment', () => {
  test('pays each person once, the same, and accounts for every unit', async () => {
    const world = await open();
    const people = [1, 2, 3].map(() => world.person());
    for (const person of people) await world.distributor.apply('relief', world.sent(person));
    await world.close();
    await world.work();
    const view = await world.distributor.find('relief');
    expect(view).toMatchObject({ phase: 'paying', applications: { all: 3, admitted: 3, refused: 0, unjudged: 0 } });
    expect(view.payments).toEqual({ carried: { count: 3, total: 300n } });
    expect(await balance(world, 'program.relief')).toBe(700n);
    expect(await balance(world, 'treasury.EUR')).toBe(-1000n);
    expect((await world.ledger.audit()).holds).toBe(true);
    expect(world.events).toEqual([]);
  });

  test('counts a person once however often they apply, and says to the others why not', async () => {
    const world = await open();
    const [first, second] = [world.person('R-1'), world.person('R-1')];
    const accepted = [
      await world.distributor.apply('relief', world.sent(first)),
      await world.distributor.apply('relief', world.sent(first)),
      await world.distributor.apply('relief', world.sent(second)),
    ];
    await world.close();
    await world.work();
    const views = await Promise.all(
      accepted.map(({ application }) => world.distributor.application('relief', application)),
    );
    expect(views.filter(({ state }) => state === 'admitted')).toHaveLength(1);
    const codes = views.flatMap(({ code }) => code ?? []);
    expect(codes).toEqual(['application.duplicate_person', 'application.duplicate_person']);
    const [lowest] = accepted.map(({ application }) => application).sort();
    expect(views.find(({ state }) => state === 'admitted')?.application).toBe(lowest);
    expect((await world.distributor.find('relief')).payments.carried?.total).toBe(100n);
  });

  test('answers the same application with the same acknowledgement, also after the window', async () => {
    const world = await open();
    const sent = world.sent(world.person());
    const first = await world.distributor.apply('relief', sent);
    expect(first.isRepeat).toBe(false);
    expect(await world.distributor.apply('relief', sent)).toEqual({ ...first, isRepeat: true });
    await world.close();
    expect(await world.distributor.apply('relief', sent)).toEqual({ ...first, isRepeat: true });
    const late = world.distributor.apply('relief', world.sent(world.person()));
    await expect(late).rejects.toMatchObject({ code: 'program.closed' });
  });

  test('a clock that is set back opens nothing again', async () => {
    const world = await open();
    await world.close();
    world.verifiers.clock.jump(-10 * 86_400_000);
    const late = world.distributor.apply('relief', world.sent(world.person()));
    await expect(late).rejects.toMatchObject({ code: 'program.closed' });
  });
});

describe('an application that is refused at the door', () => {
  test('a destination swapped after the holder signed', async () => {
    const world = await open();
    const sent = world.sent(world.person());
    const swapped = { ...sent.application, destination: { kind: 'internal', account: 'thief' } };
    const refused = world.distributor.apply('relief', { ...sent, application: swapped });
    await expect(refused).rejects.toMatchObject({ code: 'application.nonce' });
  });

  test('one that was signed for other rules', async () => {
    const world = await open();
    const sent = world.sent(world.person(), { program: `${'x'.repeat(42)}w` });
    await expect(world.distributor.apply('relief', sent)).rejects.toMatchObject({ code: 'application.other-program' });
  });

  test.each([
    ['no presentation', 'application.presentation', { presentation: 'nonsense' }],
    ['one without the holder’s proof', 'application.not-bound', undefined],
    [
      'a kind of destination the program does not pay',
      'application.destination-kind',
      { application: { destination: { kind: 'msisdn', msisdn: '+49301234567' } } },
    ],
    ['more than the bound', 'application.too-long', { presentation: 'x'.repeat(32_769) }],
  ])('%s: %s', async (_, code, changes) => {
    const world = await open();
    const person = world.person();
    const sent =
      changes !== undefined && 'application' in changes
        ? world.sent(person, changes.application as never)
        : world.sent(person);
    const presentation =
      changes === undefined ? person.credential : 'presentation' in changes ? changes.presentation : sent.presentation;
    const refused = world.distributor.apply('relief', {
      application: sent.application,
      presentation: presentation ?? '',
    });
    await expect(refused).rejects.toMatchObject({ code });
    expect((await world.distributor.find('relief')).applications.all).toBe(0);
  });

  test('more of one key than anybody has a reason for', async () => {
    const world = await open();
    const person = world.person();
    for (let i = 0; i < 2 * MAX_PER_HOLDER; i += 1) await world.distributor.apply('relief', world.sent(person));
    const next = world.distributor.apply('relief', world.sent(person));
    await expect(next).rejects.toMatchObject({ code: 'application.holder-full' });
  });
});

describe('an application that is refused at the seal', () => {
  test('somebody else’s credential, signed by a key of one’s own', async () => {
    const world = await open();
    const [victim, thief] = [world.person(), world.person()];
    const { application } = await world.distributor.apply('relief', world.sent({ ...victim, holder: thief.holder }));
    const own = await world.distributor.apply('relief', world.sent(victim));
    await world.close();
    await world.work();
    expect(await world.distributor.application('relief', application)).toMatchObject({
      state: 'refused',
      code: 'application.credential_invalid',
    });
    expect(await world.distributor.application('relief', own.application)).toMatchObject({ state: 'admitted' });
  });

  test('a credential revoked before the intake', async () => {
    const world = await open();
    const person = world.person();
    const { application } = await world.distributor.apply('relief', world.sent(person));
    world.verifiers.feed.log.revoke([{ list: LIST_URI, index: person.index }]);
    await world.close();
    await world.work();
    expect(await world.distributor.application('relief', application)).toMatchObject({
      state: 'refused',
      code: 'application.credential_revoked',
    });
  });
});

describe('a credential revoked after the seal', () => {
  test('is not paid: its reserve is freed, and the money is the program’s again', async () => {
    let cut = false;
    const world = await open({
      verification: (verification) => ({
        ...verification,
        confirm: (id, position) => {
          if (cut) throw Object.assign(new Error('no answer'), { name: 'CodedError', code: 'verifier.unreachable' });
          return verification.confirm(id, position);
        },
      }),
    });
    const [ada, bob] = [world.person(), world.person()];
    const applied = await world.distributor.apply('relief', world.sent(ada));
    await world.distributor.apply('relief', world.sent(bob));
    cut = true;
    await world.close();
    await world.work();
    expect((await world.distributor.find('relief')).payments).toEqual({ reserved: { count: 2, total: 200n } });
    expect((await world.distributor.handoffs()).handoffs).toMatchObject([
      { what: 'transfer', of: 'relief', owner: 'north', next: 'confirmed', count: 2, amount: 200n },
    ]);
    world.verifiers.feed.log.revoke([{ list: LIST_URI, index: ada.index }]);
    await world.epoch();
    cut = false;
    await world.work();
    expect((await world.distributor.find('relief')).payments).toEqual({
      carried: { count: 1, total: 100n },
      voided: { count: 1, total: 100n },
    });
    expect(await balance(world, 'program.relief')).toBe(900n);
    expect(await world.distributor.application('relief', applied.application)).toMatchObject({
      payment: { state: 'voided' },
    });
    expect((await world.distributor.handoffs()).handoffs).toEqual([]);
  });

  test('silence to the end of the program’s patience is settled by its stated default', async () => {
    const world = await open({
      verification: (verification) => ({
        ...verification,
        confirm: () => Promise.reject(new Error('silent')),
      }),
    });
    await world.distributor.apply('relief', world.sent(world.person()));
    await world.close();
    await world.work();
    expect((await world.distributor.find('relief')).payments.reserved?.count).toBe(1);
    await world.epoch(world.verifiers.clock.now() + 3_600_000);
    await world.work(world.distributor, 2);
    expect((await world.distributor.find('relief')).payments).toEqual({ voided: { count: 1, total: 100n } });
    expect(await balance(world, 'program.relief')).toBe(1000n);
  });
});

test('a lottery whose prize was freed passes it on before it ends, also when it was killed in between', async () => {
  const world = await open({
    program: (base) => ({
      ...base,
      ...{ budget: '100', reserveMax: '100', appealMs: 0, returned: 'next' },
      allocation: { mode: 'sealed', rule: 'lottery', amount: '100' },
      beacon: {
        kind: 'commit-reveal',
        parties: [{ id: 'north', commitments: [commitmentOf(SECRETS[0])] }],
        revealWithinMs: 3_600_000,
        exhausted: 'cancel',
      },
    }),
  });
  const people = [world.person(), world.person()];
  const accepted = [];
  for (const person of people) accepted.push(await world.distributor.apply('relief', world.sent(person)));
  await world.close();
  const silent = { ...world.options.verification, confirm: () => Promise.reject(new Error('silent')) };
  const cutOff = world.restart({ verification: silent });
  await world.work(cutOff);
  const seal = sealedListsOf(world.record());
  const terms = world.record().program.beacon as BeaconTerms;
  const question = { terms, program: world.record().digest, ...(seal === undefined ? {} : { seal }) };
  await world.beacon.reveal(question, { party: 'north', round: 0, secret: SECRETS[0] });
  await world.work(cutOff);
  const states = await Promise.all(
    accepted.map(({ application }) => world.distributor.application('relief', application)),
  );
  const drawn = states.findIndex(({ payment }) => payment?.state === 'reserved');
  world.verifiers.feed.log.revoke([{ list: LIST_URI, index: people[drawn]?.index ?? 0 }]);
  await world.epoch();
  const killed = world.restart({
    store: { ...world.store, plan: () => Promise.reject(new Error('killed')) },
  });
  await killed.step();
  expect((await world.distributor.find('relief')).payments).toEqual({ voided: { count: 1, total: 100n } });
  await world.work(world.restart());
  expect((await world.distributor.find('relief')).payments).toEqual({
    carried: { count: 1, total: 100n },
    voided: { count: 1, total: 100n },
  });
});

test('a program that is over has nothing reserved, gives back what is left, and forgets what people sent', async () => {
  const world = await open();
  const sent = world.sent(world.person());
  const { application } = await world.distributor.apply('relief', sent);
  await world.close();
  await world.work();
  expect((await world.store.read('relief', application))?.sealed).toBeDefined();
  await world.epoch(world.verifiers.clock.now() + 2 * 3_600_000);
  await world.work(world.distributor, 2);
  await world.work(world.restart(), 2);
  expect((await world.store.read('relief', application))?.sealed).toBeUndefined();
  expect(await world.store.readKey(world.program.uniqueness.key)).toBeUndefined();
  expect(await balance(world, 'program.relief')).toBe(0n);
  expect(await balance(world, 'treasury.EUR')).toBe(-100n);
  expect((await world.distributor.proof('relief', application)).seal?.list).toBe('admitted');
  expect(world.events).toEqual([]);
});

describe('whatever fails in between', () => {
  test('a network that loses every second answer leaves one intake, one seal, one draw', async () => {
    let count = 0;
    const world = await open({
      network: (network) => ({
        append: async (statements) => {
          count += 1;
          if (count % 2 === 1) {
            await network.append(statements);
            throw new Error('the answer was lost');
          }
          return network.append(statements);
        },
      }),
    });
    await world.distributor.apply('relief', world.sent(world.person()));
    await world.close();
    await world.work(world.distributor, 12);
    expect((await world.distributor.find('relief')).payments.carried?.total).toBe(100n);
    expect(world.verifiers.feed.log.state.refused.size).toBe(0);
  });

  test('a distributor that ends after any step is gone on with by the next, and pays once', async () => {
    const world = await open();
    for (let i = 0; i < 3; i += 1) await world.distributor.apply('relief', world.sent(world.person()));
    await world.close();
    for (let i = 0; i < 30; i += 1) {
      await world.restart().step();
      if (i % 2 === 1) await world.epoch();
    }
    expect((await world.distributor.find('relief')).payments).toEqual({ carried: { count: 3, total: 300n } });
    expect(await balance(world, 'program.relief')).toBe(700n);
    expect((await world.ledger.audit()).holds).toBe(true);
  });

  test('a verifier that cannot be asked holds nothing against anybody: the seal waits', async () => {
    let isAbsent = true;
    const world = await open({
      verification: (verification) => ({
        ...verification,
        verify: (question) => (isAbsent ? Promise.reject(new Error('absent')) : verification.verify(question)),
      }),
    });
    await world.distributor.apply('relief', world.sent(world.person()));
    await world.close();
    await world.work();
    expect((await world.distributor.find('relief')).phase).toBe('judging');
    expect((await world.distributor.handoffs()).handoffs).toMatchObject([
      { what: 'verification', receiver: 'north', next: 'judged' },
    ]);
    isAbsent = false;
    await world.work();
    expect((await world.distributor.find('relief')).payments.carried?.count).toBe(1);
  });
});

describe('what an applicant can check alone', () => {
  test('the whole intake, hash by hash: anybody makes its root of it', async () => {
    const world = await open();
    for (let i = 0; i < 3; i += 1) await world.distributor.apply('relief', world.sent(world.person()));
    await expect(world.distributor.tile('relief', 'intake', 0)).rejects.toMatchObject({
      code: 'program.not-published',
    });
    await world.close();
    await world.work();
    const tile = await world.distributor.tile('relief', 'intake', 0);
    const hashes = [0, 1, 2].map((i) => tile.subarray(32 * i, 32 * (i + 1)));
    expect(tile).toHaveLength(96);
    expect(encodeBase64url(rootOf(hashes))).toBe(world.record().intake?.root);
    expect(await world.distributor.tile('relief', 'intake', 1)).toHaveLength(0);
    expect(await world.distributor.tile('relief', 'admitted', 0)).toHaveLength(96);
    expect(await world.distributor.tile('relief', 'refused', 0)).toHaveLength(0);
  });

  test('the acknowledgement stands in the intake, and the seal says what became of it', async () => {
    const world = await open();
    const { application, acknowledgement } = await world.distributor.apply('relief', world.sent(world.person()));
    expect(await world.distributor.proof('relief', application)).toEqual({ application, acknowledgement });
    await world.close();
    await world.work();
    const proof = await world.distributor.proof('relief', application);
    expect(proof).toMatchObject({
      intake: { index: 0 },
      seal: { list: 'admitted', leaf: { want: '100', held: false } },
    });
  });
});
