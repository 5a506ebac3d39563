import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeFraudProof } from '@holdfast/verifier';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { LIST_URI } from '../../core/test/log-builder.ts';
import { PATIENCE_MS } from '../../core/test/patience.ts';
import { createTestFeed } from '../../verifier/test/test-feed.ts';
import type { PeopleWorld } from './people-world.ts';
import { holdfast } from './running-network.ts';
import { serveFolders } from './static-tree.ts';

const BUILT = fileURLToPath(new URL('../../../node_modules/.cache/holdfast-console', import.meta.url));
/** A checkpoint of a log that nobody here knows, in the shape of one. */
const STRANGE = `other.example/log\n7\n${'A'.repeat(43)}=\n\n\u2014 other.example/log ${'A'.repeat(92)}`;

/** The newest of what was built here: the one that the running network serves. */
async function builtSite(): Promise<string> {
  const names = (await readdir(BUILT)).filter((name) => /^[0-9a-f]{32}$/.test(name));
  const dated = await Promise.all(names.map(async (name) => [(await stat(join(BUILT, name))).mtimeMs, name] as const));
  return join(BUILT, dated.sort(([a], [b]) => b - a)[0]?.[1] ?? '');
}

/** Of a log that nobody here knows: it signed two histories of the same length. */
function proofOfFraud(): string {
  const feed = createTestFeed();
  const other = createTestFeed({ key: feed.key });
  feed.log.revoke([{ list: LIST_URI, index: 1 }]);
  other.log.revoke([{ list: LIST_URI, index: 2 }]);
  feed.log.epoch();
  other.log.epoch();
  const checkpoints: [string, string] = [feed.checkpoint(), other.checkpoint()];
  const genesis = feed.log.entries[0] ?? '';
  return encodeFraudProof({ type: 'fraud-proof', v: 1, genesis, kind: 'two-histories', checkpoints });
}

/** What the governor signed when it took in a complaint: that it has it, and by when somebody has looked. */
async function receiptOf({ client }: PeopleWorld['network']): Promise<string> {
  const issued = (await client.getList('/i/civic/credentials?label=ada')) as { list: string; index: number }[];
  const [{ list, index } = { list: '', index: 0 }] = issued;
  const filing = { about: 'credential', class: 'residence-ended', remedy: 'revoke', statement: 'So they say.' };
  const key = { 'idempotency-key': 'checked-receipt' };
  const { acknowledgement } = await client.post('/cases', { ...filing, subject: { list, index } }, key);
  return String(acknowledgement);
}

async function ask(page: Page, text: string): Promise<string> {
  await page.locator('#text').fill(text);
  await page.locator('button[type=submit]').click();
  await page.locator('#answer:not([hidden]) h2').waitFor();
  return page.locator('#answer').innerText();
}

/** The checker, by nothing but files: what the log exports, and what was built. */
export function describeCheckerOfFiles(world: () => PeopleWorld): void {
  describe('the public checker over exported files alone', () => {
    test('judges credentials, answers, receipts and proofs, in the reader’s language, and asks for files only', async () => {
      const { network, browser, folder } = world();
      const tree = join(folder, 'exported');
      const { code } = await holdfast('export', 'feed', tree, '--url', network.url);
      expect(code).toBe(0);
      const site = await builtSite();
      await using served = await serveFolders({
        '/console/': `${site}/`,
        '/checker.html': `${site}/checker.html`,
        '/': `${tree}/`,
      });
      const page = await (await browser.newContext({ locale: 'es', viewport: { width: 390, height: 844 } })).newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      await page.goto(`${served.url}/checker.html`);
      await page.getByRole('heading', { level: 1, name: '¿Es esto lo que dice ser?' }).waitFor();

      const ada = (await readFile(join(network.data, 'ada.txt'), 'utf8')).trim();
      const verdict = (await network.client.post('/verify', { credential: ada })) as { readonly signed: string };
      expect(await ask(page, ada)).toMatch(/Esta credencial (fue retirada|es válida)\./);
      expect(await ask(page, verdict.signed)).toContain('North (north) firmó esta respuesta.');
      expect(await ask(page, `${verdict.signed.slice(0, -6)}AAAAAA`)).toContain('fue alterado');
      // A whole answer, as a file has it.
      expect(await ask(page, JSON.stringify(verdict))).toContain('North (north) firmó esta respuesta.');
      const text = async (path: string) => (await fetch(`${served.url}${path}`)).text();
      expect(await ask(page, await text('/log/checkpoint'))).toContain('Es lo mismo que leyó este navegador.');
      expect(await ask(page, STRANGE)).toContain('El registro de esta red no firmó esto.');
      const proof = await (await fetch(`${network.url}/log/proof?index=2`)).text();
      expect(await ask(page, proof)).toContain('La entrada #2 está en el registro.');
      expect(await ask(page, proof.replace('index 2', 'index 1'))).toContain('no prueba que la entrada #1');
      // Two histories under one key prove that a log has lied, to whoever knows nothing else; changed, they prove nothing.
      const fraud = proofOfFraud();
      expect(await ask(page, fraud)).toContain('Está probado: un registro ha mentido.');
      expect(await ask(page, fraud.replace(/"v":1/, '"v":2'))).toContain('Esto no se puede leer aquí.');
      const receipt = await receiptOf(network);
      expect(await ask(page, receipt)).toContain('Los responsables de esta red recibieron esta queja.');
      expect(await ask(page, '{"kind":"fork"}')).toContain('Esto no se puede leer aquí.');
      const parts = (ada.match(/[A-Za-z0-9_-]{24}/g) ?? []).filter((part) =>
        served.asked.some((one) => one.includes(part)),
      );
      expect(parts).toEqual([]);
      expect(served.asked.filter((one) => !one.startsWith('GET '))).toEqual([]);
      await page.context().close();
    });
  });
}
