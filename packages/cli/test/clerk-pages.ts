import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { PATIENCE_MS } from '../../core/test/patience.ts';
import type { PeopleWorld } from './people-world.ts';

const CLAIMS = { given_name: 'Noor', family_name: 'Z', birthdate: '1948-03-03', resident_id: 'R-1948' };

/** A clerk and somebody without a phone, at one screen. */
export function describeClerkPage(world: () => PeopleWorld): void {
  describe('a clerk', () => {
    test('applies for somebody without a phone, on record, and prints them the code of their own page', async () => {
      const { network, browser, findSerious } = world();
      const page = await (await browser.newContext({ locale: 'ar', viewport: { width: 1100, height: 900 } })).newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      await page.goto(`${network.url}/clerk`);
      // Nobody applies for others without a session of the house.
      await page.getByRole('link', { name: /سجّل الدخول/ }).waitFor();
      await page.goto(`${network.url}/console/`);
      await page.getByLabel("Operator's key").fill(network.adminKey);
      await page.getByRole('button', { name: 'Log in', exact: true }).click();
      await page.getByRole('navigation', { name: 'Pages' }).waitFor();
      const asked = { type: 'residence', claims: CLAIMS, label: 'noor' };
      const key = { 'idempotency-key': randomUUID() };
      const { offerUri } = (await network.client.post('/i/civic/offers', asked, key)) as { readonly offerUri: string };
      await page.goto(`${network.url}/clerk`);
      await page.getByLabel('اسمك أنت، للسجل').fill('Desk 4');
      await page.getByLabel('رابط عرض الوثيقة').fill(offerUri);
      await page.getByLabel('رقم الحساب المصرفي').fill('DE89 3704 0044 0532 0130 00');
      await page.getByRole('button', { name: 'تابع' }).click();
      // A bank pays nobody without a name.
      await page.getByText('اسم صاحب الحساب ناقص.').waitFor();
      await page.getByLabel('لمن الحساب').fill('Noor Z');
      await page.getByRole('button', { name: 'تابع' }).click();
      await page.getByText('R-1948').waitFor();
      await page.getByRole('button', { name: 'اعرضه' }).click();
      await page.getByText('تم. اطبع هذا وأعطه إياه.').waitFor();
      expect(await findSerious(page)).toEqual([]);
      expect(await page.locator('.slip').innerText()).toContain('Desk 4');
      // Nothing of the person is kept on the clerk's machine.
      expect(await page.evaluate('indexedDB.databases().then((all) => all.length)')).toBe(0);
      const me = (await page.getByRole('img').getAttribute('aria-label')) ?? '';
      const own = await (await fetch(`${me}?lang=en`)).text();
      expect(own).toContain('We have your application for Winter relief.');
      expect((await page.locator('.code').innerText()).toLowerCase()).toBe(new URL(me).pathname.slice('/me/'.length));
      await page.context().close();
    });
  });
}
