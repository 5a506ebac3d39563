import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPlatformClock } from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import { createTestDatabase } from '../../test/test-database.ts';
import { systemEntropy } from '../adapters/system/entropy.ts';
import { createLogger } from '../adapters/system/logger.ts';
import type { Network } from '../ports/network.ts';
import { organiserOf } from '../roles/distributor/config.ts';
import type { DistributorPorts } from '../roles/distributor/neighbours.ts';
import type { GovernorPorts } from '../roles/governor/governor.ts';
import type { IssuerPorts } from '../roles/issuer/issuer.ts';
import type { LedgerOptions } from '../roles/ledger/ledger.ts';
import type { NetworkOptions } from '../roles/network/network-role.ts';
import type { VerifierRoleOptions } from '../roles/verifier/verifier-role.ts';
import type { WitnessOptions } from '../roles/witness/witness-role.ts';
import { composeDistributor } from './distributing.ts';
import { composeGovernor } from './governing.ts';
import { composeIssuer } from './issuing.ts';
import { openKeys } from './keyring.ts';
import { composeLedger } from './ledger.ts';
import { composeNetwork } from './network.ts';
import { createRoleLogins } from './role-logins.ts';
import { foundSample, SAMPLE, sampleTenant } from './sample-network.ts';
import { composeVerifier } from './verifier.ts';

const ORIGIN = 'http://localhost:4600';
const platform = {
  clock: createPlatformClock(),
  entropy: systemEntropy,
  engine: createNodeEngine(),
  logger: createLogger('silent'),
};
const server = await createTestDatabase();
const logins = createRoleLogins(server.url, platform.logger);
const folder = await mkdtemp(join(tmpdir(), 'holdfast-alone-'));
const stop = new AbortController();
const running = new AsyncDisposableStack();
const made = new Set<string>();

/** Where each role finds its keys and tables, and nobody else's. */
async function placeOf(holder: string, databaseUrl: string) {
  const keysFolder = join(folder, 'alone', holder);
  await mkdir(keysFolder, { recursive: true });
  for (const name of await readdir(join(folder, 'founding', 'keys'))) {
    if (name === holder || name === `${holder}.passphrase`) {
      await cp(join(folder, 'founding', 'keys', name), join(keysFolder, name), { recursive: true });
    }
  }
  made.add(new URL(databaseUrl).username);
  return { origin: ORIGIN, dataFolder: join(folder, 'founding'), keysFolder, databaseUrl };
}

const officers = SAMPLE.officers;
let network: Awaited<ReturnType<typeof composeNetwork>>;

/** A network is founded by all who take part in it, in one place; from then on each goes its own way. */
beforeAll(async () => {
  const keysFolder = join(folder, 'founding', 'keys');
  await mkdir(keysFolder, { recursive: true });
  const founding = { origin: ORIGIN, dataFolder: join(folder, 'founding'), keysFolder };
  {
    await using together = new AsyncDisposableStack();
    const begun = together.use(
      await composeNetwork(
        platform,
        { ...founding, databaseUrl: await logins.of('network'), officers, rules: { tickMs: 200 } },
        stop.signal,
      ),
    );
    const governor = together.use(
      await composeGovernor(
        platform,
        { ...founding, databaseUrl: await logins.of('governor'), network: begun.name, source: begun.network },
        stop.signal,
      ),
    );
    await foundSample(platform, governor, founding, stop.signal);
    await sampleTenant(platform, ORIGIN, keysFolder);
  }
  const place = await placeOf('network', await logins.of('network'));
  network = running.use(await composeNetwork(platform, { ...place, officers, rules: {} }, stop.signal));
});

afterAll(async () => {
  stop.abort();
  await running[Symbol.asyncDispose]();
  const admin = new Client({ connectionString: server.url });
  await admin.connect();
  for (const name of made) {
    await admin.query(`revoke all on database ${admin.database} from ${name}`);
    await admin.query(`drop role ${name}`);
  }
  await admin.end();
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

const followed = () => ({ network: network.name, source: network.network });

describe('a role that has only its own keys, its own login and its own neighbours', () => {
  test('network: orders and signs epochs, without the key of anybody who decides', async () => {
    const { size } = network.network.state.position ?? { size: 0 };
    await expect.poll(() => network.network.state.position?.size ?? 0).toBeGreaterThan(size);
  });

  test('governor: proposes', async () => {
    const place = await placeOf('governor', await logins.of('governor'));
    await using composed = await composeGovernor(platform, { ...place, ...followed() }, stop.signal);
    await expect.poll(() => composed.follower.position !== undefined).toBe(true);
    await expect(composed.governor.list()).resolves.toHaveLength(SAMPLE.verifiers.length + 2);
  });

  test('issuer: opens its list and is ready to issue', async () => {
    const place = await placeOf('issuer', await logins.of('issuer'));
    const tenant = await sampleTenant(platform, ORIGIN, place.keysFolder);
    await using composed = await composeIssuer(platform, { ...place, ...followed(), tenants: [tenant] }, stop.signal);
    await expect
      .poll(() =>
        composed.issuer.awaitReady(SAMPLE.tenant).then(
          () => 'ready',
          () => 'not yet',
        ),
      )
      .toBe('ready');
  });

  test('verifier: answers', async () => {
    const place = await placeOf('verifier-north', await logins.ofVerifier('north'));
    const options = { ...place, ...followed(), id: 'north', name: 'North' };
    const ended = new AbortController();
    await using composed = await composeVerifier(platform, options, ended.signal);
    await expect.poll(() => composed.follower.position !== undefined).toBe(true);
    const { verdict } = await composed.role.verify({ credential: 'nothing.of.ours~' });
    expect(verdict.outcome).toBe('invalid');
    // What it does on its own ends before what that stands on.
    ended.abort();
  });

  test('ledger: signs what it answers; then the distributor runs on it', async () => {
    const place = await placeOf('ledger', await logins.of('ledger'));
    const party = organiserOf(ORIGIN);
    await using composed = await composeLedger(platform, { ...place, party }, stop.signal);
    expect(composed.ledger.health().status).toBe('running');
    const own = await placeOf('distributor', await logins.of('distributor'));
    await using relief = await composeDistributor(
      platform,
      {
        ...{ ...own, ...followed(), id: party, name: 'Relief office', ledger: () => composed.ledger },
        bank: { folder: join(folder, 'bank'), debtor: SAMPLE.debtor },
        verifier: { id: 'south', url: 'http://127.0.0.1:1', operatorKey: 'none' },
      },
      stop.signal,
    );
    await expect.poll(() => relief.follower.position !== undefined).toBe(true);
  });

  test.each(['network', 'governor', 'issuer', 'verifier-north', 'ledger', 'distributor'])(
    '%s: its signer has no key of anybody else, by whatever name',
    async (holder) => {
      const alone = join(folder, 'alone', holder);
      // What a development certificate authority signs with is made where it is asked for, for development.
      const holders = (await readdir(alone)).map((name) => name.replace(/\.passphrase$/, ''));
      expect([...new Set(holders)].filter((name) => name !== 'development-ca')).toEqual([holder]);
      const signer = await openKeys(alone, holder);
      const all = join(folder, 'founding', 'keys');
      const others = (await readdir(all)).filter((name) => !/\.|^admin$/.test(name) && name !== holder);
      for (const other of others) {
        const names = (await readdir(join(all, other))).map((file) => file.replace(/\..*$/, ''));
        const own = await signer.readNames();
        for (const name of names.filter((one) => !own.includes(one))) {
          await expect(signer.sign(name, new Uint8Array(1))).rejects.toMatchObject({ code: 'key.unknown' });
          await expect(signer.sign(`../${other}/${name}`, new Uint8Array(1))).rejects.toMatchObject({
            code: 'key.name-malformed',
          });
        }
      }
    },
  );
});

test('what a role may reach is all that it can be given', () => {
  type Reach<Ports> = Extract<
    keyof Ports,
    'network' | 'ledger' | 'verification' | 'governor' | 'issuer' | 'destinations' | 'beacon' | 'openWitness' | 'fetch'
  >;
  expectTypeOf<Reach<IssuerPorts>>().toEqualTypeOf<'network'>();
  expectTypeOf<Reach<GovernorPorts>>().toEqualTypeOf<'network'>();
  expectTypeOf<Reach<NetworkOptions>>().toEqualTypeOf<'openWitness'>();
  expectTypeOf<Reach<LedgerOptions>>().toEqualTypeOf<never>();
  expectTypeOf<Reach<WitnessOptions>>().toEqualTypeOf<never>();
  expectTypeOf<Reach<VerifierRoleOptions>>().toEqualTypeOf<never>();
  expectTypeOf<Reach<DistributorPorts>>().toEqualTypeOf<
    'network' | 'ledger' | 'verification' | 'destinations' | 'beacon'
  >();
  // Of the network they reach what they need: an issuer and a distributor append, and read by following; the governor shows its genesis.
  expectTypeOf<keyof IssuerPorts['network']>().toEqualTypeOf<'append'>();
  expectTypeOf<keyof DistributorPorts['network']>().toEqualTypeOf<'append'>();
  expectTypeOf<keyof GovernorPorts['network']>().toEqualTypeOf<'append' | 'fetchEntries' | 'fetchLineage'>();
  expectTypeOf<Network>().toHaveProperty('append');
});
