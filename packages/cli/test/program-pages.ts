import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';

/** Somebody with a session, how they go to a page, and what axe finds there. */
export type DeskWorld = {
  readonly page: Page;
  readonly go: (page: Page, name: string) => Promise<void>;
  readonly findSerious: (page: Page) => Promise<readonly string[]>;
};

const ROWS = 1000;
/** A task as long as this is felt while scrolling. */
const LONG_TASK_MS = 200;
const HEADER = 'Given name;family_name;birthdate;resident_id;label';

/** What is done for many people at once: offers to a list of them. */
export function describeIssuing(world: () => DeskWorld): void {
  const drop = async (page: Page, lines: readonly string[]) => {
    const file = { name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(lines.join('\r\n')) };
    await page.getByLabel('List of people, as a file').setInputFiles(file);
  };
  const links = async (page: Page) => {
    const table = page.getByRole('table', { name: 'Offers' });
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV' }).last().click(),
    ]);
    await table.waitFor();
    const text = await readFile(await download.path(), 'utf8');
    return [...text.matchAll(/openid-credential-offer:[^,\r\n]+/g)].map(([link]) => link);
  };

  describe('a list of people', () => {
    const good = ['Bea', 'Cem', 'Dan'].map((name, i) => `${name};Example;1990-01-0${i + 1};L-${i};list-${i}`);
    const bad = Array.from({ length: ROWS }, (_, i) => `;Example;1990-01-01;B-${i};bad-${i}`);

    test('is read before anything is sent: each bad row with its column and what to do about it', async () => {
      const { page, go, findSerious } = world();
      await go(page, 'Issue');
      await page.getByText('To a list of people').click();
      await drop(page, [HEADER, ...good, ...bad]);
      await page.getByText('3 good rows, and 1,000 rows to put right. Nothing has been sent yet.').waitFor();
      const row = page.getByRole('row', { name: /^5 given_name The type asks for this claim/ });
      expect(await row.innerText()).toContain('Fill it in, or take the row out.');
      expect(await findSerious(page)).toEqual([]);
    });

    test('of a thousand rows is scrolled without a pause that is felt', async () => {
      const { page } = world();
      await page.getByLabel('Show').selectOption('all');
      const region = page.getByRole('region', { name: 'Rows to put right' });
      await page.evaluate(
        "window.longTasks = []; new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((one) => one.duration))).observe({ type: 'longtask' })",
      );
      // What else this machine does while it scrolls once is not the page's: the best of three counts.
      let longest = Number.POSITIVE_INFINITY;
      for (let round = 0; round < 3 && longest >= LONG_TASK_MS; round += 1) {
        await region.evaluate('(el) => { el.scrollTop = 0; window.longTasks = []; }');
        await region.hover();
        for (let i = 0; i < 40; i += 1) {
          await page.mouse.wheel(0, 900);
          await page.waitForTimeout(16);
        }
        await region.getByRole('cell', { name: `${ROWS + 4}`, exact: true }).waitFor();
        longest = Number(await page.evaluate('Math.max(0, ...window.longTasks)'));
      }
      expect(longest).toBeLessThan(LONG_TASK_MS);
      expect(await region.getByRole('row').count()).toBeLessThan(100);
    });

    test('is offered with its progress, and dropped again it shows the same offers and makes none', async () => {
      const { page, go } = world();
      await page.getByRole('button', { name: 'Make offers to 3 people' }).click();
      await page.getByText('3 of 3: 3 offered, 0 refused.').waitFor();
      const first = await links(page);
      expect(new Set(first).size).toBe(3);
      await go(page, 'Health');
      await go(page, 'Issue');
      await page.getByText('To a list of people').click();
      await drop(page, [HEADER, ...good]);
      await page.getByRole('button', { name: 'Make offers to 3 people' }).click();
      await page.getByText('3 of 3: 0 offered, 3 had their offer before, 0 refused.').waitFor();
      expect(await links(page)).toEqual(first);
    });
  });
}
