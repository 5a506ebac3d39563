import { CodedError, judge, type Verdict } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { judgement } from '../../../../core/test/judgement.ts';
import { createHttpServer } from '../server.ts';
import { type PagePorts, pageRoutes } from './page-routes.ts';
import type { PageState } from './page-state.ts';

const ORIGIN = 'http://localhost:4600';
const NOW = 1_800_000_000_000;
const VALID: Verdict = judge(judgement());
const position = { log: 'log.example', size: 10, root: 'r', time: NOW };

const STATE: PageState = {
  now: NOW,
  title: 'A <b>network</b>',
  verifiers: ['North', 'South'].map((name) => ({ id: name.toLowerCase(), name, isAnswering: true, position })),
  entries: [{ first: 9, last: 9, time: NOW, kind: 'party', words: '<img src=x> is recorded as an issuer' }],
  money: { state: 'not-granted' },
  officers: ['officer-a', 'officer-b'],
};

type Sent = { readonly origin?: string; readonly form: Readonly<Record<string, string>> };

async function serve(changes: Partial<PagePorts> = {}) {
  const signed: string[] = [];
  const app = await createHttpServer(false);
  pageRoutes(app, {
    origin: ORIGIN,
    readState: async () => STATE,
    verify: async () => VALID,
    revoke: async (_label, officer) => {
      signed.push(officer);
      return { id: 'd-1', needed: 2, approvals: [...signed], isDone: signed.length === 2 };
    },
    ...changes,
  });
  const post = (url: string, { origin = ORIGIN, form }: Sent) =>
    app.inject({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin },
      payload: new URLSearchParams(form).toString(),
    });
  return { app, post, signed };
}

const CHECK = { credential: 'a.b.c~', verifier: '*' };
const REVOKE = { label: 'ada', officer: 'officer-a', passphrase: 'open sesame' };

describe('the page', () => {
  test('shows both verifiers and the log, and nothing of theirs becomes an element', async () => {
    const { app } = await serve();
    const { statusCode, headers, body } = await app.inject('/');
    expect(statusCode).toBe(200);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['cache-control']).toBe('no-store');
    expect(body).toContain('&lt;img src=x&gt; is recorded');
    expect(body).not.toContain('<img');
    expect(body).not.toContain('<b>network');
    for (const name of ['North', 'South']) expect(body).toContain(`<h3>${name}`);
  });

  test('has no script or style in it that the policy would not run', async () => {
    const { app } = await serve();
    const { body } = await app.inject('/');
    expect(body).not.toMatch(/<style|\sstyle=|\son[a-z]+=|<script(?! src="\/page\.js" defer><\/script>)/);
    for (const [url, type] of [
      ['/page.js', 'text/javascript'],
      ['/page.css', 'text/css'],
      ['/icon.svg', 'image/svg+xml'],
    ] as const) {
      expect((await app.inject(url)).headers['content-type']).toContain(type);
    }
  });

  test('hands out its live parts under the ids that the page has for them', async () => {
    const { app } = await serve();
    const { body } = await app.inject('/live');
    const page = (await app.inject('/')).body;
    for (const id of ['verifiers', 'money', 'log'])
      for (const text of [body, page]) expect(text).toContain(`<div id="${id}">`);
  });

  test('without officers here offers no revocation, and takes none', async () => {
    const { app, post } = await serve();
    expect((await app.inject('/')).body).toContain('action="/revoke"');
    const other = await createHttpServer(false);
    pageRoutes(other, {
      origin: ORIGIN,
      readState: async () => ({ ...STATE, officers: [] }),
      verify: async () => VALID,
    });
    expect((await other.inject('/')).body).not.toContain('action="/revoke"');
    expect((await other.inject({ method: 'POST', url: '/revoke' })).statusCode).toBe(404);
    expect((await post('/revoke', { form: REVOKE })).statusCode).toBe(200);
  });

  test.each(['/ask', '/revoke'])('is what somebody gets who opens %s again', async (url) => {
    const { app } = await serve();
    expect(await app.inject(url)).toMatchObject({ statusCode: 303, headers: { location: '/' } });
  });
});

describe('a form', () => {
  test.each([
    ['another site', 'https://evil.example'],
    ['a page without an origin', 'null'],
    ['a name that was pointed here', 'http://evil.example:4600'],
    ['another port', 'http://localhost:4601'],
  ])('from %s is refused, and nothing is asked or signed', async (_who, origin) => {
    const asked: string[] = [];
    const { post, signed } = await serve({
      verify: async (verifier) => {
        asked.push(verifier);
        return VALID;
      },
    });
    for (const [url, form] of [
      ['/ask', CHECK],
      ['/revoke', REVOKE],
    ] as const) {
      const { statusCode, body } = await post(url, { origin, form });
      expect(statusCode).toBe(403);
      expect(body).toContain('request.cross-site');
      expect(body).not.toContain('a.b.c~');
    }
    expect({ asked, signed }).toEqual({ asked: [], signed: [] });
  });

  test('without any origin is refused too', async () => {
    const { app, signed } = await serve();
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' };
    const payload = new URLSearchParams(REVOKE).toString();
    expect((await app.inject({ method: 'POST', url: '/revoke', headers, payload })).statusCode).toBe(403);
    expect(signed).toEqual([]);
  });

  test.each([
    ['/ask', { ...CHECK, credential: ' ' }, 'The box was empty'],
    ['/ask', { ...CHECK, credential: 'x'.repeat(65_537) }, 'longer than any credential'],
    ['/ask', { verifier: 'north' }, 'The credential is missing'],
    ['/ask', { ...CHECK, verifier: 'west' }, 'no verifier of that name'],
    ['/revoke', { ...REVOKE, label: '' }, 'Say whose credential it is'],
    ['/revoke', { ...REVOKE, passphrase: '' }, 'The passphrase was empty'],
  ])('%s that is not filled in says what is wrong', async (url, form, sentence) => {
    const { post, signed } = await serve();
    const { statusCode, body } = await post(url, { form: form as Record<string, string> });
    expect(statusCode).toBeGreaterThanOrEqual(400);
    expect(statusCode).toBeLessThan(500);
    expect(body).toContain(sentence);
    expect(signed).toEqual([]);
  });
});

describe('verifying', () => {
  test('gives one answer with every check where the verifiers agree', async () => {
    const { post } = await serve();
    const { body } = await post('/ask', { form: CHECK });
    expect(body).toContain('<title>VALID · ');
    expect(body).toContain('North and South say:');
    expect(body.match(/<ul class="checks"/g)).toHaveLength(1);
    expect(body.match(/<li><span><span class="mark /g)).toHaveLength(VALID.checks.length);
  });

  test('gives both answers where they differ', async () => {
    const revoked: Verdict = { ...VALID, outcome: 'revoked', reasons: [{ code: 'status.revoked', path: '/status' }] };
    const { post } = await serve({ verify: async (verifier) => (verifier === 'north' ? revoked : VALID) });
    const { body } = await post('/ask', { form: CHECK });
    expect(body).toContain('They answer differently');
    expect(body.match(/<ul class="checks"/g)).toHaveLength(2);
    expect(body).toContain('that is a fault');
  });

  test('one verifier that does not answer does not silence the other', async () => {
    const { post } = await serve({
      verify: async (verifier) => {
        if (verifier === 'south') throw new CodedError('verifier.unreachable', 'The process does not answer.');
        return VALID;
      },
    });
    const { body } = await post('/ask', { form: CHECK });
    expect(body).toContain('Not every verifier answers');
    expect(body).toContain('VALID');
    expect(body).toContain('verifier.unreachable');
  });

  test('writes what was pasted into the box again, as text', async () => {
    const { post } = await serve();
    const { body } = await post('/ask', { form: { ...CHECK, credential: '</textarea><script>alert(1)</script>' } });
    expect(body).toContain('&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;</textarea>');
  });
});

describe('revoking', () => {
  test('waits for the second officer, whose turn the form then is, and is done when that one signs', async () => {
    const { post, signed } = await serve();
    const first = (await post('/revoke', { form: REVOKE })).body;
    expect(first).toContain('Waiting for the second officer');
    expect(first).toContain('<option value="officer-b" selected>');
    const second = (await post('/revoke', { form: { ...REVOKE, officer: 'officer-b' } })).body;
    expect(second).toContain('Revoked');
    expect(signed).toEqual(['officer-a', 'officer-b']);
  });

  test('tells a wrong passphrase, and never writes one into the page', async () => {
    const { post } = await serve({
      revoke: async () => {
        throw new CodedError('key.passphrase-wrong', 'This key does not open with this passphrase.');
      },
    });
    const { statusCode, body } = await post('/revoke', { form: REVOKE });
    expect(statusCode).toBe(403);
    expect(body).toContain('does not open');
    expect(body).toContain('Nothing was changed.');
    expect(body).not.toContain(REVOKE.passphrase);
  });
});
