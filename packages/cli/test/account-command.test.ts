import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holderAccount } from '@holdfast/core';
import { createPlatformClock } from '@holdfast/verifier';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newAccount, posted } from '../../core/test/ledger-world.ts';
import { ledgerRoutes } from '../../server/src/http/ledger/ledger-routes.ts';
import { orderRoutes } from '../../server/src/http/ledger/order-routes.ts';
import { createHttpServer } from '../../server/src/http/server.ts';
import { createCashierWorld, holder } from '../../server/test/cashier-world.ts';
import { holdfastWith } from './running-network.ts';

let app: Awaited<ReturnType<typeof createHttpServer>>;
let world: Awaited<ReturnType<typeof createCashierWorld>>;
let folder: string;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-account-'));
  world = await createCashierWorld({ clock: createPlatformClock() });
  app = await createHttpServer(false);
  ledgerRoutes(app, { ledger: world.role, party: 'city', operators: { admin: [] } });
  orderRoutes(app, world.cashier);
  await app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await app.close();
  await world[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function account(...args: string[]) {
  const place = ['--keys', join(folder, 'wallet', 'keys'), '--url', url];
  const { code, stdout, stderr } = await holdfastWith({}, 'account', ...args, ...place);
  expect(`${stdout}${stderr}`).not.toMatch(/\n\s+at |node:internal/);
  return { code, stdout, stderr };
}

describe("a person's own account", () => {
  test('is made once, paid to, shown, and moved by its key alone: sent again, it is the same transfer', async () => {
    const made = JSON.parse((await account('new', '--json')).stdout);
    expect(JSON.parse((await account('new', '--json')).stdout)).toEqual(made);
    const name = String(made.account).slice('internal:'.length);
    expect((await account('show', '--asset', 'EUR')).stderr).toContain('Nothing was ever paid to the account');

    const id = holderAccount('EUR', name);
    await world.role.createAccounts([newAccount(id, 'debits-must-not-exceed-credits')]);
    await world.role.transfer([posted('pay', 'budget', id, 50)]);
    expect((await account('show', '--asset', 'EUR')).stdout).toContain('0.50 EUR');

    const out = join(folder, 'order.json');
    const to = ['--to', `internal:${holder('bo').name}`, '--amount', '20', '--asset', 'EUR'];
    const sent = await account('send', ...to, '--out', out);
    expect(sent).toMatchObject({ code: 0, stdout: expect.stringContaining('Moved, and signed for') });
    expect((await stat(out)).mode & 0o777).toBe(0o600);
    const again = await account('send', '--again', out);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('once, and still is') });
    expect(await world.balance('bo')).toBe(20n);
    expect((await account('show', '--asset', 'EUR')).stdout).toContain('0.30 EUR');

    const tooMuch = await account('send', '--to', 'internal:shop', '--amount', '31', '--asset', 'EUR');
    expect(tooMuch).toMatchObject({ code: 1, stdout: expect.stringContaining('not so much on the account') });

    const keys = join(folder, 'wallet', 'keys');
    for (const file of await readdir(keys)) expect(await readFile(join(keys, file), 'utf8')).not.toContain('"d"');
  });

  test('is to get another key, says so whenever it is shown, and its present key calls it off', async () => {
    const other = JSON.parse(
      (await holdfastWith({}, 'account', 'new', '--json', '--keys', join(folder, 'other'))).stdout,
    );
    const begun = await account('rekey', '--to', other.account, '--json');
    const { id, cancelled } = JSON.parse(begun.stdout);
    expect(cancelled).toBe(false);
    const shown = (await account('show', '--asset', 'EUR')).stdout;
    expect(shown).toContain(`ANOTHER KEY takes over`);
    expect(shown).toContain(id);
    expect((await account('keep', '--change', id)).stdout).toContain('Called off');
    expect((await account('show', '--asset', 'EUR')).stdout).not.toContain('ANOTHER KEY');
    expect(await account('rekey', '--to', 'internal:alice')).toMatchObject({ code: 64 });
  });

  test.each([
    [['send'], 'Say what to move'],
    [['send', '--to', 'shop', '--amount', '5', '--asset', 'EUR'], 'is written internal:ACCOUNT'],
    [['send', '--again', 'package.json'], 'keeps no order'],
  ])('says what is missing: %j', async (args, sentence) => {
    expect(await account(...args)).toMatchObject({ code: 64, stderr: expect.stringContaining(sentence) });
  });
});
