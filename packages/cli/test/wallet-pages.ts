import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { PATIENCE_MS } from '../../core/test/patience.ts';
import type { PeopleWorld } from './people-world.ts';
import { holdfast } from './running-network.ts';

const PHONE = { width: 360, height: 740 };
const CLAIMS = { given_name: 'Cem', family_name: 'Y', birthdate: '1985-05-05', resident_id: 'R-5150' };

type Offer = { readonly offerUri: string; readonly txCode: string; readonly me: string };

/** What the browser keeps of a key, and whether anybody could copy it out. */
const KEPT_KEYS = `new Promise((resolve, reject) => {
  const opening = indexedDB.open('holdfast-wallet');
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const asking = opening.result.transaction('keys').objectStore('keys').getAll();
    asking.onsuccess = () => {
      opening.result.close();
      Promise.all(asking.result.map(async ({ privateKey }) => [
        privateKey.extractable,
        await crypto.subtle.exportKey('pkcs8', privateKey).then(() => 'copied', () => 'kept'),
      ].join())).then(resolve, reject);
    };
  };
})`;

/** One person with a phone, from an offer to an appeal: what they do before a program closes, and what comes later. */
export function createWalletWalk(world: () => PeopleWorld): {
  readonly describeApplying: (program: string) => void;
  readonly describeLater: () => void;
} {
  const label = `cem-${randomUUID().slice(0, 8)}`;
  const said: string[] = [];
  let page: Page;
  let offer: Offer;

  const open = async (path: string) => {
    await page.goto('about:blank');
    await page.goto(`${world().network.url}${path}`);
  };
  const press = (name: string) => page.getByRole('button', { name }).click();

  const describeApplying = (program: string) => {
    test('a wallet in the browser says what is lost with it before it is made, and takes an offer with the number that came on another way', async () => {
      const { network, browser, findSerious } = world();
      page = await (await browser.newContext({ viewport: PHONE, locale: 'en' })).newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      page.on('console', (message) => said.push(message.text()));
      page.on('pageerror', (error) => said.push(error.message));
      const asked = { type: 'residence', claims: CLAIMS, label, txCode: true };
      offer = (await network.client.post('/i/civic/offers', asked, { 'idempotency-key': randomUUID() })) as Offer;
      await open(`/wallet#${encodeURIComponent(offer.offerUri)}`);
      await page.getByText('all in here is gone').waitFor();
      await press('Make a wallet here');
      await press('Take it');
      await page.getByLabel('The number that came with it').fill(offer.txCode);
      await press('Take it');
      await page.getByText('You have it now: Residence.').waitFor();
      await page.getByText('It works.', { exact: true }).waitFor();
      // The secret of the offer stands in no address any more.
      expect(page.url()).not.toContain('credential_offer');
      expect(await page.evaluate(KEPT_KEYS)).toEqual(['false,kept']);
      expect(await findSerious(page)).toEqual([]);
    });

    test('it applies: shows what it shows and to whom, and keeps its place and its date', async () => {
      // Officers released it just before, on other pages.
      const heading = page.getByRole('heading', { level: 3, name: program, exact: true });
      await page.locator('section', { has: heading }).last().getByRole('button', { name: 'Apply' }).click();
      await press('Go on');
      await page.getByText('R-5150').waitFor();
      await press('Show it');
      await page.getByText('Your request was taken').waitFor();
      await page.reload();
      await page.getByText(/Yours came as number \d+\. It is no rank/).waitFor();
      await page.getByText(/By .* UTC it must be on the public record/).waitFor();
      await page.getByRole('link', { name: 'Read how it stands' }).click();
      await page.getByRole('heading', { level: 1, name: `We have your application for ${program}.` }).waitFor();
    });
  };

  const describeLater = () => {
    test('a wallet answers a verifier once its holder has seen the question, and nothing when they say no', async () => {
      const { network } = world();
      const vct = `${network.url}/vct/civic/residence/1`;
      const asks = { id: 'r', format: 'dc+sd-jwt', meta: { vct_values: [vct] }, claims: [{ path: ['given_name'] }] };
      const askFor = async () =>
        (await network.client.post(
          '/presentations',
          { query: { credentials: [asks] } },
          { 'idempotency-key': randomUUID() },
        )) as { readonly id: string; readonly walletLink: string };
      const stateOf = async (id: string) =>
        ((await network.client.get(`/presentations/${id}`)) as { readonly state: string }).state;
      const [shown, refused] = [await askFor(), await askFor()];
      await open(`/wallet#${encodeURIComponent(refused.walletLink)}`);
      await press('Show nothing');
      await page.getByText('Nothing was shown.').waitFor();
      await open(`/wallet#${encodeURIComponent(shown.walletLink)}`);
      await page.getByRole('heading', { name: 'North asks to see this.' }).waitFor();
      expect(await page.locator('#asked').innerText()).not.toContain('R-5150');
      await press('Show it');
      await page.getByText('It was shown.').waitFor();
      expect([await stateOf(shown.id), await stateOf(refused.id)]).toEqual(['done', 'failed']);
    });

    test('it learns that it was taken back; its holder reads why, and appeals, without a script', async () => {
      const { network, browser } = world();
      const place = ['--url', network.url, '--data', network.data, '--class', 'residence-ended'];
      const signed: (number | null)[] = [];
      for (const officer of ['officer-a', 'officer-b']) {
        signed.push((await holdfast('revoke', label, '--as', officer, ...place)).code);
      }
      expect(signed).toEqual([2, 0]);
      // The issuer's list is signed anew once it has read the decision: within moments.
      const isTakenBack = async () => {
        await open('/wallet?lang=ar');
        await page.getByText(/^(سُحبت|تعمل)\.$/).waitFor();
        return page.getByText('سُحبت.', { exact: true }).isVisible();
      };
      await expect.poll(isTakenBack, { interval: 500 }).toBe(true);
      expect(await page.locator('html').getAttribute('dir')).toBe('rtl');
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width);

      const plain = await browser.newContext({ viewport: PHONE, locale: 'en', javaScriptEnabled: false });
      const own = await plain.newPage();
      await own.goto(`${network.url}${offer.me}`);
      expect(await own.getByRole('heading', { level: 1 }).innerText()).toContain('was taken back');
      await own.getByText(/It last worked on .* UTC/).waitFor();
      await own.getByText('Their reason: residence ended.').waitFor();
      await own.getByLabel('What went wrong?').fill('I still live there.');
      await own.getByRole('button', { name: 'Send complaint' }).click();
      await own.getByText('Your complaint has a page of its own').waitFor();
      await own.getByRole('link', { name: /\/me\// }).click();
      await own.getByRole('heading', { level: 1, name: 'We have your complaint' }).waitFor();
    });

    test('a wallet was stopped by its policy nowhere, and nothing went wrong', () => {
      // The ledger knows no account that nothing was ever paid to; the browser itself notes that.
      expect(said.filter((line) => !line.includes('404'))).toEqual([]);
    });
  };
  return { describeApplying, describeLater };
}
