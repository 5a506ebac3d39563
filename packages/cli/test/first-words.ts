import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { RunningNetwork } from './running-network.ts';

export type FirstWordsWorld = {
  readonly network: RunningNetwork;
  readonly openPage: (options?: BrowserContextOptions) => Promise<Page>;
  readonly logIn: (options?: BrowserContextOptions) => Promise<Page>;
  readonly findSerious: (page: Page) => Promise<readonly string[]>;
};

/** Opens the console, whose scripts come only once the function is called that this answers with. */
async function openHeld(page: Page, url: string): Promise<() => void> {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(/\/assets\/index-[^/]*\.js$/, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(`${url}/console/`, { waitUntil: 'commit' });
  return release;
}

async function placeOf(page: Page, selector: string): Promise<unknown> {
  const { x, y } = (await page.locator(selector).first().boundingBox()) ?? {};
  return { x, y };
}

/** What the server draws, which is read before anything else is there. */
export function describeFirstWords(world: () => FirstWordsWorld): void {
  describe('before any script of the console has run', () => {
    test('the sentence can be read, and stays where it is when the scripts take over', async () => {
      const { network, logIn, findSerious } = world();
      const page = await logIn({ viewport: { width: 390, height: 844 }, colorScheme: 'dark' });
      const release = await openHeld(page, network.url);
      await page.getByText(/^As it was read at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\.$/).waitFor();
      const places = ['.first-title', '.first-sentence', '.first-main h1', '.first-head b'];
      const drawn = await Promise.all(places.map((place) => placeOf(page, place)));
      expect(await page.locator('#root *').count()).toBe(0);
      expect(await findSerious(page)).toEqual([]);
      release();
      await page.locator('#root h1').waitFor();
      expect(await page.locator('#first').count()).toBe(0);
      const now = ['.mantine-Alert-title', '.mantine-Alert-message p', 'main h1', 'header p'];
      expect(await Promise.all(now.map((place) => placeOf(page, `#root ${place}`)))).toEqual(drawn);
      await page.context().close();
    });

    test('whoever is not logged in types on, and what they had typed is not lost', async () => {
      const { network, openPage, findSerious } = world();
      const page = await openPage();
      const release = await openHeld(page, network.url);
      await page.getByLabel("Operator's key").pressSequentially('typed ');
      expect(await findSerious(page)).toEqual([]);
      release();
      await page.locator('#root form').waitFor();
      await page.keyboard.type('on');
      expect(await page.getByLabel("Operator's key").inputValue()).toBe('typed on');
      await page.context().close();
    });
  });
}
