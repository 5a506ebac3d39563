import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeJws, parseAcceptance, parseAccountId, parseAmount, parseTransferId } from '@holdfast/core';
import { createPlatformClock } from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import { describe, expect, it, onTestFinished } from 'vitest';
import { heldKeys } from '../../../test/held-keys.ts';
import { createLedgerSigner } from '../../../test/ledger-world.ts';
import { closeAfterTest } from '../../../test/test-database.ts';
import { callRoutes } from '../../http/ledger/call-routes.ts';
import { ledgerRoutes } from '../../http/ledger/ledger-routes.ts';
import { createHttpServer } from '../../http/server.ts';
import { ledgerContract } from '../../ports/ledger.contract.ts';
import { NAMED_NOWHERE } from '../../role-keys/role-keys.ts';
import { createLedger, type LedgerRole } from '../../roles/ledger/ledger.ts';
import { encodeLedgerCall } from '../../roles/ledger/ledger-call.ts';
import { createLedgerDesk } from '../../roles/ledger/ledger-desk.ts';
import { createLedgerStoreMemory } from '../memory/ledger-store.ts';
import { createMemorySigner } from '../memory/signer.ts';
import { createHttpLedger } from './http-ledger.ts';

const CALLER = 'distributor';
const clock = createPlatformClock();

async function callerOf(seed: string) {
  const signer = createMemorySigner({ seed });
  const key = await signer.create(CALLER, 'ES256');
  return { key, keys: heldKeys(signer, { party: 'city', name: CALLER }) };
}
const caller = await callerOf('caller');

/** A ledger of the party `city` behind a door that takes calls of `caller`. */
async function openDoor(): Promise<{ readonly url: string; readonly ledger: LedgerRole }> {
  const signer = await createLedgerSigner();
  let wanted = NAMED_NOWHERE;
  const named = () => wanted;
  const ledger = createLedger({ clock, store: createLedgerStoreMemory(), signer, party: 'city', named });
  closeAfterTest(ledger);
  await ledger.start(new AbortController().signal);
  const app = await createHttpServer(false);
  onTestFinished(() => app.close());
  ledgerRoutes(app, { ledger, party: 'city', operators: { admin: [] } });
  const names = (kid: string) => {
    wanted = { inForce: [kid], all: [kid], asOf: wanted.asOf + 1 };
  };
  const desk = createLedgerDesk({
    clock,
    engine: createNodeEngine(),
    party: 'city',
    callers: async () => [caller.key],
    ledger,
    named: names,
  });
  callRoutes(app, { desk, elsewhere: async () => undefined });
  return { url: await app.listen({ port: 0, host: '127.0.0.1' }), ledger };
}

describe('a ledger over HTTP', () => {
  ledgerContract(async () => createHttpLedger({ ...caller, url: (await openDoor()).url, party: 'city' }));
});

const account = {
  id: parseAccountId('world'),
  asset: { code: 'EUR', decimals: 2 },
  rule: 'none',
} as const;

describe('the door of a ledger', () => {
  it('signs by the key that the caller knows the ledger by, and says what it does not hold', async () => {
    const { url, ledger } = await openDoor();
    const { key, kid } = await ledger.keys.prepare();
    let known: string | undefined;
    const called = createHttpLedger({ ...caller, url, party: 'city', accepting: () => known });
    const kidOf = async () => parseAcceptance((await called.transfer([])).acceptance).kid;
    expect(await kidOf()).not.toBe(kid);
    known = kid;
    expect(await kidOf()).toBe(kid);
    expect(await called.readKeys()).toEqual([key]);
    known = 'x'.repeat(43);
    await expect(called.transfer([])).rejects.toMatchObject({ code: 'key.not-held' });
  });

  it.each(['key', 'audience'] as const)('takes nothing that another %s stands on', async (what) => {
    const { url, ledger } = await openDoor();
    const other = what === 'key' ? await callerOf('somebody else') : caller;
    const party = what === 'audience' ? 'another city' : 'city';
    const refused = createHttpLedger({ ...other, url, party }).createAccounts([account]);
    await expect(refused).rejects.toMatchObject({ code: 'ledger.call-refused', details: { what } });
    expect(await ledger.readAccounts([account.id])).toEqual([undefined]);
  });

  it('takes no call that was changed on the way, is of another time, or is no call', async () => {
    const { url, ledger } = await openDoor();
    const by = { signer: caller.keys, key: await caller.keys.current() };
    const call = { method: 'accounts', accounts: [account] } as const;
    const now = clock.now();
    const good = await encodeLedgerCall(call, { aud: 'city', now }, by);
    const forged = encodeJws(good.slice(0, good.lastIndexOf('.')), new Uint8Array(64).fill(7));
    const old = await encodeLedgerCall(call, { aud: 'city', now: now - 600_000 }, by);
    for (const [text, what] of [
      [forged, 'signature'],
      [old, 'time'],
      ['nonsense', 'format'],
      ['a.b.c', 'format'],
    ]) {
      const response = await fetch(`${url}/ledger/calls`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ call: text }),
      });
      expect(await response.json()).toMatchObject({ code: 'ledger.call-refused', status: 403, details: { what } });
    }
    expect(await ledger.readAccounts([account.id])).toEqual([undefined]);
  });

  it('is asked again after an answer that never came, and nothing happens twice', async () => {
    const { url, ledger } = await openDoor();
    let isCut = true;
    const ledgerHere = createHttpLedger({
      ...{ ...caller, url, party: 'city' },
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        if (isCut) throw new TypeError('the connection broke');
        return response;
      },
    });
    await expect(ledgerHere.createAccounts([account])).rejects.toMatchObject({ code: 'ledger.outcome-unknown' });
    isCut = false;
    expect(await ledgerHere.createAccounts([account])).toEqual([{ id: 'world', answer: 'exists' }]);
    expect((await ledger.readAccounts([account.id]))[0]?.id).toBe('world');
  });
});

describe('what answers in place of a ledger', () => {
  it.each<[string, RequestListener, string]>([
    ['nonsense', (_, answer) => answer.end('hello'), 'ledger.answer'],
    ['another shape', (_, answer) => answer.end('{"results":[{"id":1}]}'), 'ledger.answer'],
    ['a bare failure', (_, answer) => answer.writeHead(502).end('bad gateway'), 'ledger.outcome-unknown'],
    ['a page that is not there', (_, answer) => answer.writeHead(404).end('no'), 'ledger.answer'],
    [
      'a code that is not its own',
      (_, answer) => answer.writeHead(500).end('{"code":"verdict.valid"}'),
      'ledger.outcome-unknown',
    ],
    [
      'half an answer',
      (_, answer) => answer.writeHead(200, { 'content-length': '99' }).write('a', () => answer.destroy()),
      'ledger.outcome-unknown',
    ],
  ])('with %s', async (_, listener, code) => {
    const server = createServer(listener).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const ledger = createHttpLedger({ ...caller, url, party: 'city' });
    const command = { kind: 'post', id: parseTransferId('p'), pending: parseTransferId('r'), amount: parseAmount(1n) };
    await expect(ledger.transfer([command as never])).rejects.toMatchObject({ code });
  });
});
