import { encodePersonCode, parsePersonCode, personCodeDigest } from '@holdfast/core';
import { afterEach, describe, expect, test } from 'vitest';
import { LIST_URI } from '../../../../core/test/log-builder.ts';
import { readable } from '../../../../core/test/readable.ts';
import { type CaseWorld, createCaseWorld } from '../../../test/case-world.ts';
import { createDistributorWorld, type DistributorWorld } from '../../../test/distributor-world.ts';
import { mattersIn } from '../../../test/matters-world.ts';
import { createCountingEntropy } from '../../../test/verifier-world.ts';

import { createIssuerStoreMemory } from '../../adapters/memory/issuer-store.ts';
import { composePeople } from '../../compose/people.ts';
import type { Filing } from '../../roles/governor/cases/filing.ts';
import { createHttpServer } from '../server.ts';

const ORIGIN = 'https://network.example';
const MAX_PAGE_BYTES = 30_000;
const NOBODY = 'a-0000-0000-0000-0000-0000';

type Get = { readonly lang?: string; readonly ip?: string };
let worlds: DistributorWorld[] = [];

afterEach(async () => {
  for (const world of worlds) await world[Symbol.asyncDispose]();
  worlds = [];
});

async function serve() {
  const cases = await createCaseWorld();
  const money = await createDistributorWorld();
  worlds.push(money);
  const offers = createIssuerStoreMemory();
  const app = await createHttpServer(false);
  const matters = mattersIn({ cases, money, offers });
  await composePeople(
    app,
    { clock: cases.clock, entropy: createCountingEntropy('page') },
    {
      ...{ origin: ORIGIN, verifier: 'north', matters },
      state: () => cases.log.state,
      readEntries: async (from, to) => cases.log.entries.slice(from, to),
      ask: () => Promise.reject(new Error('away')),
    },
  );
  const get = (path: string, { lang = 'en', ip = '10.0.0.1' }: Get = {}) =>
    app.inject({ url: path, headers: { 'accept-language': lang }, remoteAddress: ip });
  const post = (path: string, form: Readonly<Record<string, string>>, origin = ORIGIN) =>
    app.inject({
      ...{ method: 'POST', url: path, payload: new URLSearchParams(form).toString() },
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin },
    });
  return { app, cases, money, offers, get, post };
}

async function filedCode({ desk, tick }: CaseWorld): Promise<string> {
  const filing: Filing = {
    about: 'credential',
    class: 'residence-ended',
    remedy: 'reinstate',
    statement: 'I live here.',
    subject: { list: LIST_URI, index: 7 },
  };
  const { code } = await desk.file(filing, { operator: 'admin' }, 'k');
  await tick();
  return code;
}

/** Two who say they are the same person: one of them is refused. */
async function refusedCode(money: DistributorWorld): Promise<string> {
  const sent = [money.person('R-1'), money.person('R-1')].map((person) => money.sent(person));
  const codes: { code: string; application: string }[] = [];
  for (const each of sent) codes.push(await money.distributor.apply('relief', each));
  await money.close();
  await money.work();
  const views = await Promise.all(codes.map(({ application }) => money.distributor.application('relief', application)));
  return codes[views.findIndex(({ state }) => state === 'refused')]?.code ?? '';
}

describe('a person’s page', () => {
  test('tells an applicant what, why, by when and who, in their language, in a page that needs no script', async () => {
    const { money, get } = await serve();
    const { code } = await money.distributor.apply('relief', money.sent(money.person()));
    expect(parsePersonCode(code)).toEqual({ kind: 'application', code });
    const page = await get(`/me/${code}`);
    expect(page.statusCode).toBe(200);
    expect(page.body.length).toBeLessThan(MAX_PAGE_BYTES);
    expect(page.body).not.toContain('<script');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.headers).toMatchObject({ 'cache-control': 'no-store', 'x-robots-tag': 'noindex' });
    expect(page.body).toContain('We have your application');
    expect(page.body).toContain('Relief office');
    expect(page.body).not.toMatch(/R-1|internal|account/);
    const arabic = await get(`/me/${code}`, { lang: 'fr;q=0.9, ar-EG;q=0.8, en;q=0.1' });
    expect(arabic.body).toContain('<html lang="ar" dir="rtl">');
    expect((await get(`/me/${code}?lang=es`, { lang: 'ar' })).body).toContain('<html lang="es" dir="ltr">');
    expect((await get(`/me/${code.toUpperCase().replace(/-/g, '')}`)).statusCode).toBe(200);
  });

  test('whoever is refused after their credential was verified complains with the code alone, once, and follows it by another', async () => {
    const { money, cases, get, post } = await serve();
    const code = await refusedCode(money);
    const page = await get(`/me/${code}`);
    expect(page.body).toContain('You asked more than once');
    expect(page.body).toContain('Send complaint');
    const key = /name="key" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
    const form = { key, class: 'residence-ended', statement: 'There are two of us of that name.', contact: '' };
    const [sent, again] = [
      await post(`/me/${code}/complaints?lang=en`, form),
      await post(`/me/${code}/complaints?lang=en`, form),
    ];
    expect(sent.statusCode).toBe(200);
    const own = /https:\/\/network\.example(\/me\/[A-Za-z0-9_-]{43})/.exec(sent.body)?.[1] ?? '';
    expect(again.body).toContain(own);
    await cases.tick();
    expect(cases.desk.list()).toMatchObject([{ about: 'application', remedy: 'admit', stage: 'filed' }]);
    expect(readable(cases.log.entries.join(' '))).not.toContain('two of us');
    const followed = await get(own);
    expect(followed.body).toContain('We have your complaint');
    expect(followed.body).toContain('Come what may, it is all over by');
  });

  test('nobody complains for an application whose credential nobody has verified, however they send the form', async () => {
    const { money, cases, post } = await serve();
    const { code } = await money.distributor.apply('relief', money.sent(money.person()));
    const form = { key: 'A'.repeat(22), class: 'residence-ended', statement: 'Now.' };
    const answer = await post(`/me/${code}/complaints?lang=en`, form);
    expect(answer.statusCode).toBe(409);
    expect(answer.body).toContain('This was not sent. This cannot be done here now.');
    const spanish = await post(`/me/${code}/complaints?lang=es`, { ...form, statement: '' });
    expect([spanish.statusCode, spanish.body.includes('Falta algo en el formulario')]).toEqual([400, true]);
    await cases.tick();
    expect(cases.desk.list()).toEqual([]);
  });

  test('whoever filed a case takes it back on their page, and from another site nothing is sent', async () => {
    const { cases, get, post } = await serve();
    const code = await filedCode(cases);
    const page = await get(`/me/${code}`);
    expect(page.body).toContain('If nobody looks by');
    const key = /name="key" value="([^"]+\.withdraw)"/.exec(page.body)?.[1] ?? '';
    const form = { key, act: 'withdraw' };
    expect((await post(`/me/${code}/responses`, form, 'https://evil.example')).statusCode).toBe(403);
    expect(cases.desk.list()).toMatchObject([{ stage: 'filed' }]);
    expect((await post(`/me/${code}/responses`, form)).body).toContain('It is kept, and on its way');
    await cases.tick();
    expect(cases.desk.list()).toMatchObject([{ stage: 'final' }]);
    expect((await get(`/me/${code}`)).body).toContain('Your case is closed.');
    expect(
      (await post(`/me/${code}/responses`, { ...form, key: `${'B'.repeat(22)}.appeal`, act: 'appeal' })).statusCode,
    ).toBe(409);
  });
});

describe('the page of a credential', () => {
  test('says whether it can be picked up, is good, was taken back and why; and asks for another with the code alone', async () => {
    const { cases, offers, get, post } = await serve();
    const code = encodePersonCode('credential', new Uint8Array(13).fill(7));
    const until = cases.clock.now() + 900_000;
    const secrets = { seed: 's', request: 'r', link: 'l', code: 'c', person: personCodeDigest(code) };
    const offer = { tenant: 'civic', id: 'o', type: 'residence', claims: new Uint8Array(), until, forgetAt: until };
    await offers.appendOffer({ ...secrets, ...offer }, 10);
    const second = encodePersonCode('credential', new Uint8Array(13).fill(8));
    const other = { seed: 't', request: 'u', link: 'v', code: 'w', person: personCodeDigest(second) };
    await offers.appendOffer({ ...other, ...offer, id: 'p' }, 10);
    await offers.redeem('civic', 'p', 'other', until);
    const place = { id: 'j', key: 'k', list: LIST_URI, index: 8 };
    await offers.recordIssued({ tenant: 'civic', offer: 'p', copies: [place], issuedAt: 1, forgetAt: until });
    expect((await get(`/me/${code}`)).body).toContain('A credential (residence) is ready for you.');
    await offers.redeem('civic', 'o', 'token', until);
    const copies = [{ id: 'i', key: 'k', list: LIST_URI, index: 7 }];
    await offers.recordIssued({ tenant: 'civic', offer: 'o', copies, issuedAt: 1, forgetAt: until });
    const good = (await get(`/me/${code}`)).body;
    expect(good).toContain('Your credential (residence) is good.');
    expect(good).toContain('Nothing has changed since you got it on');
    cases.log.revoke([{ list: LIST_URI, index: 7 }]);
    cases.epoch();
    const page = await get(`/me/${code}`);
    expect(page.body).toContain('Your credential (residence) was taken back.');
    expect(page.body).toContain('residence ended');
    expect(page.body).toMatch(
      /What changed<\/h2><p>It last worked on [^<]*<\/p><p>Since then officers made a choice\. Their reason: residence ended\.</,
    );
    expect(page.body).not.toContain(LIST_URI);
    const key = /name="key" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
    await post(`/me/${code}/complaints`, { key, class: 'residence-ended', statement: 'I still live here.' });
    await cases.tick();
    expect(cases.desk.list()).toMatchObject([{ about: 'credential', remedy: 'reinstate' }]);
    await offers.eraseLabel('civic', 'nobody');
    expect((await get(`/me/${code}`)).statusCode).toBe(200);
    // Nobody took the other one back; its last day is over, and its page says so before it goes.
    expect((await get(`/me/${second}`)).body).toContain('Your credential (residence) is good.');
    await cases.tick(901_000);
    expect((await get(`/me/${second}`)).body).toContain('Your credential (residence) has run out.');
  });
});

describe('a code', () => {
  test('that was erased, mistyped or never given out opens the same nothing', async () => {
    const { cases, money, get } = await serve();
    const code = await filedCode(cases);
    const { code: applied } = await money.distributor.apply('relief', money.sent(money.person()));
    await cases.desk.erase({ case: cases.desk.list()[0]?.id ?? '' });
    await money.store.eraseSealed('relief', 10);
    const codes = [code, applied, NOBODY, 'A'.repeat(43), 'nonsense'];
    const pages = await Promise.all(codes.map((each) => get(`/me/${each}`, { ip: '10.0.0.2' })));
    expect(pages.map(({ statusCode }) => statusCode)).toEqual([404, 404, 404, 404, 404]);
    const shown = new Set(pages.map(({ body }) => body.replace(/\/me\/[^"?]*/g, '/me')));
    expect(shown.size).toBe(1);
  });

  test('is not found by trying: an address that guesses is told to wait, and others are not', async () => {
    const { cases, get } = await serve();
    const code = await filedCode(cases);
    const tried = Array.from({ length: 14 }, (_, i) => `/me/${NOBODY.slice(0, -2)}${10 + i}`);
    const codes: number[] = [];
    for (const path of tried) codes.push((await get(path, { ip: '10.0.0.3' })).statusCode);
    expect(codes.filter((status) => status === 404)).toHaveLength(10);
    expect(codes.slice(10)).toEqual([429, 429, 429, 429]);
    expect((await get(`/me/${code}`, { ip: '10.0.0.3' })).statusCode).toBe(429);
    expect((await get(`/me/${code}`, { ip: '10.0.0.4' })).statusCode).toBe(200);
  });

  test('typed from paper leads to the page; what is none is said so', async () => {
    const { post, get } = await serve();
    const typed = await post('/me?lang=es', { code: 'A 7K3M 7k3m 7k3m 7k3m 7k3m' });
    expect([typed.statusCode, typed.headers.location]).toEqual([303, '/me/a-7k3m-7k3m-7k3m-7k3m-7k3m?lang=es']);
    expect((await post('/me', { code: '<script>' })).statusCode).toBe(404);
    expect((await get('/me')).body).toContain('Type the code from your paper');
  });
});
