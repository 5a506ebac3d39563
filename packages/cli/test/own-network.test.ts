import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeEmbeddedPostgres } from '@holdfast/server';
import { readRulebookTemplate } from '@holdfast/server/spec';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from './processes.ts';
import { type Ended, holdfast, holdfastWith, type RunningNetwork, startUp } from './running-network.ts';

const ROLES = 'network,governor,issuer,verifier,ledger,distributor,eraser,pages';
const OFFICERS = (readRulebookTemplate('single-organisation').officers as readonly { readonly id: string }[]).map(
  ({ id }) => id,
);
const ISSUER = {
  ...{ id: 'city', name: 'City of Harbour' },
  types: [
    {
      ...{ id: 'residence', version: '1', name: 'Residence', ttlDays: 365 },
      claims: [{ name: 'resident_id', mandatory: true, display: 'Resident number' }],
    },
  ],
};
const DISTRIBUTOR = {
  ...{ name: 'Relief office', verifier: 'desk' },
  // The example of the IBAN registry for Germany.
  debtor: { name: 'City of Harbour', iban: 'DE89370400440532013000', currency: { code: 'EUR', decimals: 2 } },
};

const folder = await mkdtemp(join(tmpdir(), 'holdfast-own-'));
const at = (name: string) => join(folder, name);
const data = at('city');
let network: RunningNetwork;

/** A port that stays the network's: its ids begin with it. */
async function freeOrigin(): Promise<{ port: number; origin: string }> {
  const { createServer } = await import('node:net');
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return { port, origin: `http://localhost:${port}` };
}

/** Each officer signs at a desk of their own, where nothing of the network lies but a key that opens its door. */
async function asOfficer(officer: string, ...args: readonly string[]): Promise<Ended> {
  const place = ['--as', officer, '--url', network.url, '--data', at(`desk-${officer}`)];
  return holdfastWith({ adminKey: network.adminKey }, ...args, ...place);
}

async function byTwo(...args: readonly string[]): Promise<void> {
  expect((await asOfficer('officer-a', ...args)).code).toBe(2);
  const { code, stdout, stderr } = await asOfficer('officer-b', ...args);
  expect({ code, stderr, said: stdout.includes('Done') }).toEqual({ code: 0, stderr: '', said: true });
}

async function write(name: string, value: object): Promise<string> {
  await writeFile(at(name), JSON.stringify(value));
  return at(name);
}

beforeAll(async () => {
  await write('rules.json', { ...readRulebookTemplate('single-organisation'), title: 'City of Harbour', tickMs: 500 });
  await Promise.all(
    OFFICERS.map((id) => holdfast('officer', 'new', id, '--data', at(`desk-${id}`), '--out', at(`${id}.json`))),
  );
});

afterAll(async () => {
  await network?.stop();
  await removeEmbeddedPostgres(data).catch(() => undefined);
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

const said = ({ stdout }: Ended) => JSON.parse(stdout) as Record<string, unknown>;

describe('a network of one’s own (docs/how-to/own-network.md)', () => {
  test('an officer’s key is made once, and its file is never written over', async () => {
    const again = ['officer', 'new', 'officer-a', '--data', at('desk-officer-a'), '--out', at('officer-a.json')];
    expect((await holdfast(...again)).code).toBe(0);
    const other = await holdfast(...again, '--role', 'reviewer');
    expect([other.code, other.stderr]).toEqual([64, expect.stringContaining('officer-a.json')]);
  });

  test('is not founded on keys that are nobody’s, on one key twice, or on errors that nobody has owned up to', async () => {
    const founding = ['found', at('rules.json'), '--data', at('nothing'), '--url', 'http://localhost:1', '--json'];
    const mine = await holdfast(...founding, '--officer', at('officer-a.json'));
    expect([mine.code, said(mine)]).toMatchObject([1, { error: { code: 'genesis.nobodys-key' } }]);
    const officer = JSON.parse(await readFile(at('officer-a.json'), 'utf8')) as object;
    const twice = await write('twice.json', { ...officer, id: 'officer-b' });
    const one = await holdfast(...founding, '--officer', at('officer-a.json'), twice);
    expect(said(one)).toMatchObject({ error: { code: 'genesis.nobodys-key', details: { officer: 'officer-b' } } });
    const stranger = await write('stranger.json', { ...officer, id: 'officer-z' });
    expect(said(await holdfast(...founding, '--officer', stranger))).toMatchObject({
      error: { code: 'usage.officers' },
    });
    const rules = JSON.parse(await readFile(at('rules.json'), 'utf8')) as { officers: object[] };
    const few = await write('few.json', { ...rules, officers: rules.officers.slice(0, 1) });
    const refused = await holdfast('found', few, ...founding.slice(2), '--officer', at('officer-a.json'));
    expect([refused.code, said(refused)]).toMatchObject([1, { founded: false }]);
    expect(await readdir(at('nothing')).catch(() => [])).toEqual([]);
  });

  test('is founded, once, by its rules and its officers’ keys, and all its roles start in one process', async () => {
    const { port, origin } = await freeOrigin();
    const files = OFFICERS.map((id) => at(`${id}.json`));
    const founding = ['found', at('rules.json'), '--data', data, '--url', origin, '--json', '--officer', ...files];
    const founded = await holdfast(...founding);
    expect([founded.code, said(founded)]).toMatchObject([0, { founded: true, url: origin }]);
    expect(said(await holdfast(...founding))).toMatchObject({ error: { code: 'data.founded' } });
    // Whoever forgets to name the roles does not come to have the sample's keys among these.
    const unnamed = await holdfast('up', '--sample', '--port', String(port), '--data', data, '--json');
    expect([unnamed.code, said(unnamed)]).toMatchObject([69, { error: { code: 'data.by-roles' } }]);
    const told = ['--issuer', await write('issuer.json', ISSUER)];
    const paying = ['--distributor', await write('distributor.json', DISTRIBUTOR)];
    network = await startUp(data, port, '--roles', ROLES, ...told, ...paying, '--verifier', 'desk');
    const rulebook = await network.client.get('/rulebook');
    expect(rulebook).toMatchObject({ network: said(founded).network, rulebook: { title: 'City of Harbour' } });
    const keys = await readdir(join(data, 'keys'));
    expect(keys.filter((name) => name.startsWith('officer'))).toEqual([]);
  });

  test('takes in its own issuer, verifier and distributor by two officers, as anybody else’s', async () => {
    const issue = ['issue', 'residence', '--issuer', 'city', '--claims', '{"resident_id":"R-1"}', '--json'];
    for (const party of ['issuer', 'verifier', 'distributor']) {
      await byTwo('decide', 'accredit', join(data, `accredit-${party}.json`));
    }
    await until('it is ready', async () => (await fetch(`${network.url}/readyz`)).ok);
    const here = ['--url', network.url, '--data', data];
    const files = ['--receive', at('bob.txt'), '--key', at('bob.key'), '--label', 'bob'];
    expect(await holdfast(...issue, ...files, ...here)).toMatchObject({ code: 0 });
    expect(await holdfast('verify', at('bob.txt'), '--ask', 'desk', '--url', network.url)).toMatchObject({ code: 0 });
  });

  test('pays by a program of its own', async () => {
    const here = ['--url', network.url, '--data', data];
    const type = `${network.url}/vct/city/residence/1`;
    const key = String(said(await holdfast('program', 'key', '--json', ...here)).key);
    const example = JSON.parse(await readFile(new URL('../../../examples/first-aid.json', import.meta.url), 'utf8'));
    const program = await write('aid.json', {
      ...example,
      ...{ id: 'aid', organiser: `${network.url}/programs` },
      window: { opensAt: Date.now(), closesAt: Date.now() + 86_400_000 },
      query: {
        credentials: [{ ...example.query.credentials[0], meta: { vct_values: [type] } }],
      },
      eligibility: `type == '${type}'`,
      uniqueness: { claim: ['resident_id'], issuers: [`${network.url}/i/city`], key },
    });
    await byTwo('program', 'publish', program);
    const claims = ['--claims', '{"resident_id":"R-2"}', '--issuer', 'city', '--label', 'cem'];
    const offer = String(said(await holdfast('issue', 'residence', ...claims, '--json', ...here)).offerUri);
    const applying = ['program', 'apply', 'aid', '--offer', offer, '--to', 'internal:cem', '--out', at('cem.json')];
    expect(await holdfast(...applying, '--url', network.url)).toMatchObject({ code: 0 });
    await until('it is paid', async () => {
      const shown = await holdfast('program', 'show', 'aid', ...here);
      return /paid +100\.00 EUR +1 person/.test(shown.stdout);
    });
    // Two who look at it: an operator, and the person.
    const doctor = await holdfast('doctor', ...here);
    expect([doctor.code, doctor.stdout]).toEqual([
      0,
      expect.stringContaining('Nothing is wrong: 7 parts ready, 1 verifier reading'),
    ]);
    const { page } = JSON.parse(await readFile(at('cem.json'), 'utf8')) as { readonly page?: string };
    expect((await fetch(page ?? `${network.url}/status-page`)).status).toBe(200);
  });

  test('revokes for a reason of its own rules, which is asked for where none is usual', async () => {
    const revoke = ['revoke', 'bob', '--issuer', 'city'];
    const unsaid = await asOfficer('officer-a', ...revoke, '--json');
    expect([unsaid.code, said(unsaid)]).toMatchObject([64, { error: { code: 'usage.class' } }]);
    await byTwo(...revoke, '--class', 'holder-request');
    await until('the verifier has read it', async () => {
      const { stdout } = await holdfast('verify', at('bob.txt'), '--ask', 'desk', '--url', network.url);
      return stdout.startsWith('REVOKED');
    });
  });

  test('divides into a folder for each role, in its own words', async () => {
    expect((await holdfast('divide', at('roles'), '--data', data)).code).toBe(0);
    expect(JSON.parse(await readFile(at('roles/issuer/issuer.json'), 'utf8'))).toEqual(ISSUER);
    expect(JSON.parse(await readFile(at('roles/distributor/distributor.json'), 'utf8'))).toMatchObject(DISTRIBUTOR);
    expect((await readdir(at('roles'))).sort()).toEqual(
      ['distributor', 'eraser', 'governor', 'issuer', 'ledger', 'network', 'pages', 'verifier-desk'].sort(),
    );
  });
});
