import { applicationDigest, applicationNonce, CodedError, type Program, parseCredential } from '@holdfast/core';
import { afterEach, describe, expect, test } from 'vitest';
import { LIST_URI } from '../../../../core/test/log-builder.ts';
import { readable } from '../../../../core/test/readable.ts';
import { ORGANISER, programAfter } from '../../../../core/test/test-program.ts';
import { ORIGIN } from '../../../../verifier/test/test-feed.ts';
import { createRealKey, present } from '../../../../verifier/test/verify-world.ts';
import {
  type Applicant,
  createDistributorWorld,
  type DistributorWorld,
  type DistributorWorldOptions,
} from '../../../test/distributor-world.ts';
import { MAX_PER_HOLDER } from '../../ports/distributor-store.ts';
import type { Verification } from '../../ports/verification.ts';

const worlds: DistributorWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world[Symbol.asyncDispose]();
});

async function open(changes: Partial<Program> = {}, options: DistributorWorldOptions = {}): Promise<DistributorWorld> {
  const world = await createDistributorWorld({ ...options, program: (program) => ({ ...program, ...changes }) });
  worlds.push(world);
  return world;
}

function withVerification(change: (verification: Verification) => Partial<Verification>): DistributorWorldOptions {
  return { verification: (verification) => ({ ...verification, ...change(verification) }) };
}

async function balance(world: DistributorWorld, id: string): Promise<bigint> {
  const [account] = await world.ledger.readAccounts([id as never]);
  return account === undefined ? 0n : account.creditsPosted - account.debitsPosted;
}

async function stateOf(world: DistributorWorld, application: string, program = 'relief') {
  const { state, code, payment } = await world.distributor.application(program, application);
  return code ?? payment?.state ?? state;
}

const apply = async (world: DistributorWorld, sent: ReturnType<DistributorWorld['sent']>, program = 'relief') =>
  (await world.distributor.apply(program, sent)).application;

/** A credential that nobody has issued, bound to a key of one's own. */
function forged(world: DistributorWorld, claims: { readonly resident_id: string }, size = 6): Applicant {
  const holder = createRealKey();
  const network = { log: ORIGIN, size };
  return {
    holder,
    index: 0,
    credential: world.verifiers.credential({ key: holder, holder: holder.jwk, claims, network }),
  };
}

describe('garbage that anybody can send', () => {
  test('a credential that names a position of no log keeps nobody else from being judged', async () => {
    const world = await open();
    const garbage = await apply(world, world.sent(forged(world, { resident_id: 'R-9' }, 1_000_000_000)));
    const honest = await apply(world, world.sent(world.person()));
    await world.close();
    await world.work();
    expect(await stateOf(world, garbage)).toBe('application.credential_invalid');
    expect(await stateOf(world, honest)).toBe('carried');
  });

  test('somebody’s number in a credential of nobody takes nobody’s place, however low its digest', async () => {
    const world = await open();
    const victim = world.person('R-1');
    const own = world.sent(victim);
    const digestOf = ({ application, presentation }: typeof own) => {
      const parsed = parseCredential(presentation);
      return parsed.ok ? applicationDigest(application, parsed.presentedDigest) : '';
    };
    const thief = forged(world, { resident_id: 'R-1' });
    let lower = world.sent(thief);
    for (let tries = 0; tries < 500 && digestOf(lower) > digestOf(own); tries += 1) lower = world.sent(thief);
    expect(digestOf(lower) < digestOf(own)).toBe(true);
    const squatter = await apply(world, lower);
    const application = await apply(world, own);
    await world.close();
    await world.work();
    expect(await stateOf(world, squatter)).toBe('application.credential_invalid');
    expect(await stateOf(world, application)).toBe('carried');
  });

  test('somebody’s key named by others does not keep its holder out', async () => {
    const world = await open();
    const victim = world.person();
    const stranger = createRealKey();
    const named = world.verifiers.credential({ key: stranger, holder: victim.holder.jwk });
    for (let i = 0; i < MAX_PER_HOLDER; i += 1) {
      await apply(world, world.sent({ index: 0, credential: named, holder: stranger }));
    }
    const more = world.distributor.apply('relief', world.sent({ index: 0, credential: named, holder: stranger }));
    await expect(more).rejects.toMatchObject({ code: 'application.holder-full' });
    const own = await apply(world, world.sent(victim));
    await world.close();
    await world.work();
    expect(await stateOf(world, own)).toBe('carried');
    expect((await world.distributor.find('relief')).applications).toMatchObject({
      admitted: 1,
      refused: MAX_PER_HOLDER,
    });
  });

  test('fills half of the places and no more, and those who come after it are told when all are taken', async () => {
    const world = await open({ maxApplications: 4 });
    const garbage = (i: number) =>
      world.distributor.apply('relief', world.sent(forged(world, { resident_id: `G-${i}` })));
    for (let i = 0; i < 2; i += 1) await garbage(i);
    await expect(garbage(2)).rejects.toMatchObject({ code: 'application.unproved' });
    // A credential of the right issuer, shown by somebody who has not its key.
    const stolen = world.distributor.apply('relief', world.sent({ ...world.person(), holder: createRealKey() }));
    await expect(stolen).rejects.toMatchObject({ code: 'application.unproved' });
    const honest = [await apply(world, world.sent(world.person())), await apply(world, world.sent(world.person()))];
    const late = world.distributor.apply('relief', world.sent(world.person()));
    await expect(late).rejects.toMatchObject({ code: 'program.full' });
    await world.close();
    await world.work();
    expect(world.record().seal).toMatchObject({ admitted: { count: 2 }, refused: { count: 2 } });
    for (const application of honest) expect(await stateOf(world, application)).toBe('carried');
  });
});

test('a credential whose issuer names a position beyond the seal’s is doubtful, and holds up nobody else', async () => {
  const world = await open(
    {},
    withVerification(() => ({ confirm: () => Promise.reject(new Error('silent')) })),
  );
  const person = world.person();
  const credential = world.verifiers.credential({
    holder: person.holder.jwk,
    status: { uri: LIST_URI, index: person.index },
    network: { log: ORIGIN, size: 1_000_000_000 },
    claims: { resident_id: 'R-9' },
  });
  const odd = await apply(world, world.sent({ ...person, credential }));
  const honest = await apply(world, world.sent(world.person()));
  await world.close();
  await world.work();
  const leaves = await Promise.all([odd, honest].map((one) => world.distributor.proof('relief', one)));
  expect(leaves.map(({ seal }) => seal?.leaf)).toMatchObject([{ held: true }, { held: false }]);
});

test('a row that does not open is told of and waited for, and everybody else is judged', async () => {
  const world = await open();
  const [changed = '', ...others] = [
    await apply(world, world.sent(world.person())),
    await apply(world, world.sent(world.person())),
    await apply(world, world.sent(world.person())),
  ];
  const torn = async (program: string, limit: number) =>
    (await world.store.readUnjudged(program, limit)).map((kept) =>
      kept.application === changed ? { ...kept, sealed: new Uint8Array(40) } : kept,
    );
  const distributor = world.restart({ store: { ...world.store, readUnjudged: torn } });
  await world.close();
  await world.work(distributor);
  expect(await distributor.find('relief')).toMatchObject({ phase: 'judging', applications: { unjudged: 1 } });
  expect(await Promise.all(others.map((one) => stateOf(world, one)))).toEqual(['judged', 'judged']);
  expect((await distributor.handoffs()).handoffs).toMatchObject([{ what: 'verification', next: 'judged', count: 1 }]);
  expect(new Set(world.events.map(({ code }) => code))).toEqual(new Set(['sealer.unopenable']));
  // Its bytes are restored, and the program goes on.
  await world.work(world.restart());
  expect((await world.distributor.find('relief')).payments.carried?.count).toBe(3);
});

describe('money of more than one program', () => {
  async function second(world: DistributorWorld, changes: Partial<Program>): Promise<Program> {
    const key = await world.distributor.createKey();
    const uniqueness = { ...world.program.uniqueness, key };
    const program = { ...world.program, id: 'relief-2', uniqueness, ...changes };
    world.verifiers.feed.log.append(programAfter(world.verifiers.feed.log, program));
    await world.epoch();
    return program;
  }

  const recordOf = (world: DistributorWorld, id: string) =>
    world.verifiers.follower.state.programs.get(id) ?? expect.fail('it stands in the log');

  test('one account named in two assets stops neither program, and mixes nothing', async () => {
    const world = await open();
    await second(world, { asset: { code: 'USD', decimals: 3 } });
    const destination = { kind: 'internal' as const, account: 'ada' };
    const person = world.person();
    await apply(world, world.sent(person, { destination }));
    const program = recordOf(world, 'relief-2').digest;
    await apply(world, world.sent(person, { destination, program }), 'relief-2');
    await world.close();
    await world.work();
    expect(await balance(world, 'holder.EUR.ada')).toBe(100n);
    expect(await balance(world, 'holder.USD.ada')).toBe(100n);
    expect(world.events).toEqual([]);
  });

  test('the longest name of an account that an application may give is paid like any other', async () => {
    const world = await open();
    const names = ['a', 'b'].map((letter) => letter.repeat(128));
    const applied: string[] = [];
    for (const account of names) {
      applied.push(await apply(world, world.sent(world.person(), { destination: { kind: 'internal', account } })));
    }
    await world.close();
    await world.work();
    expect(await Promise.all(applied.map((one) => stateOf(world, one)))).toEqual(['carried', 'carried']);
  });

  test('programs with confusable names touch nobody else’s money', async () => {
    const world = await open();
    await second(world, { id: 'relief-fund', budget: '200', reserveMax: '200' });
    await apply(world, world.sent(world.person()));
    await world.close();
    await world.work();
    expect(await balance(world, 'program.relief')).toBe(900n);
    expect(await balance(world, 'program.relief-fund')).toBe(200n);
    expect((await world.ledger.audit()).holds).toBe(true);
  });

  test('a program of an asset that the ledger counts otherwise is told to be unfundable, and harms no other', async () => {
    const world = await open();
    await world.distributor.step();
    await second(world, { asset: { code: 'EUR', decimals: 3 } });
    await apply(world, world.sent(world.person()));
    await world.close();
    await world.work();
    expect((await world.distributor.find('relief')).payments.carried?.count).toBe(1);
    expect(new Set(world.events.map(({ code, program }) => `${code} ${program}`))).toEqual(
      new Set(['program.unfundable relief-2']),
    );
  });

  test('a new version under the same name begins nothing again; under another it asks everybody again', async () => {
    const world = await open();
    const { log } = world.verifiers.feed;
    const again = { ...world.program, budget: '2000' };
    expect(log.append(programAfter(log, again))).toMatchObject({ ok: false });
    const person = world.person('R-1');
    const sent = world.sent(person);
    await apply(world, sent);
    await second(world, {});
    const carried = world.distributor.apply('relief-2', sent);
    await expect(carried).rejects.toMatchObject({ code: 'application.other-program' });
    await apply(world, world.sent(person, { program: recordOf(world, 'relief-2').digest }), 'relief-2');
    await world.close();
    await world.work();
    const judged = await Promise.all(['relief', 'relief-2'].map((id) => world.store.readJudged(id, 10)));
    const nullifiers = judged
      .flat()
      .map(({ judgement }) => judgement && 'candidacy' in judgement && judgement.candidacy.nullifier);
    expect(new Set(nullifiers).size).toBe(2);
    expect(await balance(world, 'program.relief')).toBe(900n);
  });
});

describe('one person, many ways', () => {
  test('one credential for many destinations is one payment', async () => {
    const world = await open();
    const person = world.person();
    for (let i = 0; i < 8; i += 1) await apply(world, world.sent(person));
    await world.close();
    await world.work();
    expect((await world.distributor.find('relief')).payments).toEqual({ carried: { count: 1, total: 100n } });
  });

  test('a presentation that was signed for somebody else is not taken here', async () => {
    const world = await open();
    const person = world.person();
    const application = world.application();
    const binding = { nonce: applicationNonce(application), audience: 'https://other.example', iat: 1_700_000_100 };
    const presentation = present(person.credential, person.holder, binding);
    const refused = world.distributor.apply('relief', { application, presentation });
    await expect(refused).rejects.toMatchObject({ code: 'application.audience' });
  });

  test('numbers that differ in case are whom their issuer says they are; spellings of one name are one', async () => {
    const world = await open();
    const people = ['R-a', 'R-A', 'caf\u00e9', 'cafe\u0301'].map((id) => world.person(id));
    for (const person of people) await apply(world, world.sent(person));
    await world.close();
    await world.work();
    expect((await world.distributor.find('relief')).payments.carried?.count).toBe(3);
  });
});

describe('a clock that is wrong', () => {
  test('running ahead takes no money from anybody and ends nothing', async () => {
    const world = await open(
      {},
      withVerification(() => ({ confirm: () => Promise.reject(new Error('silent')) })),
    );
    const application = await apply(world, world.sent(world.person()));
    await world.close();
    await world.work();
    expect(await stateOf(world, application)).toBe('reserved');
    world.verifiers.clock.jump(365 * 86_400_000);
    for (let i = 0; i < 3; i += 1) await world.distributor.step();
    expect(await stateOf(world, application)).toBe('reserved');
    expect((await world.store.read('relief', application))?.sealed).toBeDefined();
  });

  test('running ahead while people apply closes nothing for good', async () => {
    const world = await open();
    world.verifiers.clock.jump(86_400_000);
    await world.distributor.step();
    const early = world.distributor.apply('relief', world.sent(world.person()));
    await expect(early).rejects.toMatchObject({ code: 'program.closed' });
    world.verifiers.clock.jump(-86_400_000);
    await apply(world, world.sent(world.person()));
    expect(world.record().intake).toBeUndefined();
  });
});

describe('two distributors at once on one store', () => {
  test('leave one intake, one seal, one draw, and pay each person once', async () => {
    const world = await open();
    const [one, two] = [world.restart(), world.restart()];
    const twins = ['R-1', 'R-1', 'R-2', 'R-3'].map((id) => world.person(id));
    await Promise.all(twins.map((person, i) => (i % 2 === 0 ? one : two).apply('relief', world.sent(person))));
    await world.close();
    for (let i = 0; i < 12; i += 1) {
      await Promise.all([one.step(), two.step()]);
      await world.epoch();
    }
    expect((await world.distributor.find('relief')).payments).toEqual({ carried: { count: 3, total: 300n } });
    expect(await balance(world, 'program.relief')).toBe(700n);
    expect(world.verifiers.feed.log.state.refused.size).toBe(0);
    expect((await world.ledger.audit()).holds).toBe(true);
  });
});

describe('a verifier that is not what it should be', () => {
  const throws = (code: string) => () => Promise.reject(new CodedError(code, 'It cannot be asked.'));

  test('behind at first, it is asked anew, and everybody is judged', async () => {
    let behind = 3;
    const keys = new Set<string | undefined>();
    const world = await open(
      {},
      withVerification((verification) => ({
        async verify(question) {
          keys.add(question.key);
          const given = await verification.verify(question);
          if (behind === 0) return given;
          behind -= 1;
          return { ...given, verdict: { ...given.verdict, basis: { ...given.verdict.basis, positions: [] } } };
        },
      })),
    );
    await apply(world, world.sent(world.person()));
    await world.close();
    await world.work(world.distributor, 10);
    expect(keys.size).toBe(4);
    expect((await world.distributor.find('relief')).payments.carried?.count).toBe(1);
    expect(new Set(world.events.map(({ code }) => code))).toEqual(new Set(['verifier.behind']));
  });

  test('overloaded for most, it is asked again only for those, and nobody is refused for it', async () => {
    let calls = 0;
    const world = await open(
      {},
      withVerification((verification) => ({
        verify(question) {
          calls += 1;
          return calls % 4 === 0 ? verification.verify(question) : throws('verify.overloaded')();
        },
      })),
    );
    for (let i = 0; i < 6; i += 1) await apply(world, world.sent(world.person()));
    await world.close();
    await world.work(world.distributor, 10);
    expect(await world.distributor.find('relief')).toMatchObject({
      applications: { admitted: 6 },
      payments: { carried: { count: 6 } },
    });
  });

  test('an answer under another key than its own judges nobody', async () => {
    const world = await open(
      {},
      withVerification(() => ({ verify: throws('verifier.answer') })),
    );
    await apply(world, world.sent(world.person()));
    await world.close();
    await world.work();
    expect(await world.distributor.find('relief')).toMatchObject({ phase: 'judging', applications: { refused: 0 } });
    expect((await world.distributor.handoffs()).handoffs).toMatchObject([
      { receiver: 'north', next: 'judged', count: 1 },
    ]);
    expect(new Set(world.events.map(({ code }) => code))).toEqual(new Set(['verifier.answer']));
  });

  test.each([
    ['return', 'voided', 1000n],
    ['post', 'carried', 900n],
  ] as const)('one that forgot is told of, and the stated default decides: %s', async (otherwise, state, left) => {
    const world = await open(
      { confirm: { withinMs: 3_600_000, otherwise } },
      withVerification(() => ({ confirm: throws('standing.erased') })),
    );
    const application = await apply(world, world.sent(world.person()));
    await world.close();
    await world.work();
    expect(await stateOf(world, application)).toBe('reserved');
    expect(world.events.at(-1)).toMatchObject({ code: 'standing.erased', program: 'relief' });
    expect((await world.distributor.handoffs()).handoffs).toMatchObject([{ owner: 'north', next: 'confirmed' }]);
    await world.epoch(world.verifiers.clock.now() + 3_600_000);
    await world.work(world.distributor, 1);
    expect(await stateOf(world, application)).toBe(state);
    expect(await balance(world, 'program.relief')).toBe(left);
  });

  test('one that takes back a revocation pays nobody twice and nobody again', async () => {
    let outcome: 'revoked' | 'valid' = 'revoked';
    const world = await open(
      {},
      withVerification((verification) => ({
        async confirm(id, position) {
          const given = await verification.confirm(id, position);
          return { ...given, verdict: { ...given.verdict, outcome } };
        },
      })),
    );
    const application = await apply(world, world.sent(world.person()));
    await world.close();
    await world.work();
    expect(await stateOf(world, application)).toBe('voided');
    outcome = 'valid';
    await world.work(world.restart());
    expect(await stateOf(world, application)).toBe('voided');
    expect(await balance(world, 'program.relief')).toBe(1000n);
  });
});

test('a ledger that is away keeps nothing out of the log that was promised to stand there', async () => {
  let isAway = true;
  const world = await open();
  const away = () => (isAway ? Promise.reject(new CodedError('ledger.stopped', 'It is closing.')) : undefined);
  const distributor = world.restart({
    ledger: {
      ...world.ledger,
      createAccounts: (accounts) => away() ?? world.ledger.createAccounts(accounts),
      transfer: (commands) => away() ?? world.ledger.transfer(commands),
    },
  });
  await distributor.apply('relief', world.sent(world.person()));
  await world.close();
  await world.work(distributor);
  expect(world.record()).toMatchObject({ intake: { count: 1 }, draw: { allocated: { count: 1 } } });
  expect((await distributor.handoffs()).handoffs).toMatchObject([
    { what: 'transfer', next: 'reserved', owner: ORGANISER },
  ]);
  isAway = false;
  await world.work(distributor, 2);
  expect((await distributor.find('relief')).payments.carried?.total).toBe(100n);
});

test('nothing that is logged, published or answered tells who somebody is or where their money goes', async () => {
  const world = await open(
    {},
    withVerification(() => ({ confirm: () => Promise.reject(new Error('R-secret at ada')) })),
  );
  const destination = { kind: 'internal' as const, account: 'account-of-ada' };
  const said: string[] = [];
  const person = world.person('R-secret');
  const sent = world.sent(person, { destination });
  const accepted = await world.distributor.apply('relief', sent);
  const swapped = { ...sent.application, destination: { kind: 'internal', account: 'account-of-thief' } };
  const spellings = { ...sent.application, destination: { kind: 'iban', iban: 'DE00 1234 5678', name: 'Ada Secret' } };
  for (const application of [swapped, spellings, { ...sent.application, extra: 'Ada Secret' }, 'Ada Secret']) {
    await world.distributor.apply('relief', { ...sent, application }).catch((error: CodedError) => {
      said.push(JSON.stringify([error.code, error.message, error.details]));
    });
  }
  expect(said).toHaveLength(4);
  await world.close();
  await world.work();
  const told = [
    ...said,
    JSON.stringify(world.events),
    ...world.verifiers.feed.log.entries.map(readable),
    JSON.stringify(await world.distributor.application('relief', accepted.application), digits),
    JSON.stringify(await world.distributor.proof('relief', accepted.application), digits),
    JSON.stringify(await world.distributor.handoffs(), digits),
  ].join('\n');
  expect(told).not.toMatch(/secret|Secret|account-of|\b(?:DE00|5678|Ada)\b/);
});

function digits(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
