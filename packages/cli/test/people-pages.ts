import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { PATIENCE_MS } from '../../core/test/patience.ts';
import { describeCheckerOfFiles } from './checker-pages.ts';
import { describeClerkPage } from './clerk-pages.ts';
import type { PeopleWorld } from './people-world.ts';
import { holdfast } from './running-network.ts';

const PHONE = { width: 360, height: 740 };
const CLAIMS = '{"given_name":"Ada","family_name":"B","birthdate":"1990-01-01","resident_id":"R-4711"}';

/** The pages that nobody logs in to: a person's own, the checker, the status page. */
export function describePeoplePages(world: () => PeopleWorld): void {
  async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const { browser, network } = world();
    const page = await (await browser.newContext({ viewport: PHONE, ...options })).newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(`${network.url}${path}`);
    return page;
  }

  const isTooWide = (page: Page) =>
    page.evaluate<boolean>('document.documentElement.scrollWidth > document.documentElement.clientWidth');

  async function apply(): Promise<string> {
    const { network, folder } = world();
    const file = join(folder, 'applied.json');
    const place = ['--url', network.url, '--data', network.data, '--to', 'internal:ada-9', '--out', file];
    const { stdout, stderr } = await holdfast(
      'program',
      'apply',
      'winter-relief',
      ...place,
      '--claims',
      CLAIMS,
      '--json',
    );
    expect(stderr).toBe('');
    const { me } = JSON.parse(stdout) as { readonly me: string };
    return new URL(me).pathname;
  }

  describe('a person with a code', () => {
    test('reads their page on a slow phone without scripts, in Arabic as well, and nobody is kept out', async () => {
      const path = await apply();
      const slow = await open(path, { javaScriptEnabled: false });
      const session = await slow.context().newCDPSession(slow);
      await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
      await slow.reload();
      expect(await slow.getByRole('heading', { level: 1 }).innerText()).toContain('We have your application');
      expect(await slow.getByRole('heading', { level: 2 }).allInnerTexts()).toContain('By when');
      await slow.getByRole('link', { name: 'العربية' }).click();
      expect(await slow.locator('html').getAttribute('dir')).toBe('rtl');
      for (const options of [{ locale: 'en' }, { locale: 'ar', colorScheme: 'dark' }] as const) {
        const page = await open(path, options);
        expect([await isTooWide(page), await world().findSerious(page)]).toEqual([false, []]);
      }
    });

    test('finds it from paper, and a wrong code is answered in their language', async () => {
      const page = await open('/me', { locale: 'es', javaScriptEnabled: false });
      await page.getByRole('textbox').fill('a-0000-0000-0000-0000-0000');
      await page.getByRole('button').click();
      expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Esta dirección no abre nada aquí.');
    });
  });

  describe('the public checker', () => {
    test('judges in the browser, and no request carries what was pasted', async () => {
      const { network, findSerious } = world();
      const page = await open('/check');
      const sent: string[] = [];
      page.on('request', (request) => {
        sent.push(
          `${request.method()} ${request.url()} ${JSON.stringify(request.headers())} ${request.postData() ?? ''}`,
        );
      });
      const ada = (await readFile(join(network.data, 'ada.txt'), 'utf8')).trim();
      const check = async (text: string) => {
        await page.getByRole('textbox').fill(text);
        await page.getByRole('button', { name: 'Check' }).click();
        await page.locator('#answer:not([hidden]) h2').waitFor();
        return page.locator('#answer').innerText();
      };
      // Its officers revoked it before, on other pages: nobody had to tell this browser.
      expect(await check(ada)).toMatch(/This credential was taken back\.\s+This credential has been withdrawn/);
      const [jwt = '', ...disclosures] = ada.split('~');
      const at = jwt.indexOf('.') + 40;
      const changed = `${jwt.slice(0, at)}${jwt[at] === 'A' ? 'B' : 'A'}${jwt.slice(at + 1)}`;
      expect(await check([changed, ...disclosures].join('~'))).toContain('This is not a true credential.');
      const { acknowledgement } = JSON.parse(await readFile(join(world().folder, 'applied.json'), 'utf8')) as {
        readonly acknowledgement: string;
      };
      expect(await check(acknowledgement)).toContain('has taken in this request');
      expect(await check(`${acknowledgement.slice(0, -6)}AAAAAA`)).toContain('it was changed');
      const parts = [ada, acknowledgement].flatMap((text) => text.match(/[A-Za-z0-9_-]{24}/g) ?? []);
      expect(sent.length).toBeGreaterThan(3);
      expect(
        sent.filter((request) => !request.startsWith('GET ') || parts.some((part) => request.includes(part))),
      ).toEqual([]);
      expect([await isTooWide(page), await findSerious(page)]).toEqual([false, []]);
    });
  });

  describeCheckerOfFiles(world);
  describeClerkPage(world);

  test('the status page says in one sentence how the network does, to everybody', async () => {
    const page = await open('/status-page', { javaScriptEnabled: false });
    // It also says it when verifiers are not compared in time: whoever reads it then reads it again.
    const sentence = () => page.reload().then(() => page.getByRole('status').innerText());
    await expect.poll(sentence).toBe('All is as it should be.');
    const scripted = await open('/status-page', { colorScheme: 'dark' });
    expect([await isTooWide(scripted), await world().findSerious(scripted)]).toEqual([false, []]);
  });
}
