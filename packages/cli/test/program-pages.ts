import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { holdfast, type RunningNetwork } from './running-network.ts';

/** Somebody with a session, how they go to a page, and what axe finds there. */
export type DeskWorld = {
  readonly page: Page;
  readonly go: (page: Page, name: string) => Promise<void>;
  readonly findSerious: (page: Page) => Promise<readonly string[]>;
};

/** Two officers, each with a page of their own: `page` is that of officer-h, `other` that of officer-i. */
export type OfficersWorld = DeskWorld & {
  readonly other: Page;
  readonly network: RunningNetwork;
  readonly folder: string;
};

const ROWS = 1000;
/** Until the program of these tests closes: long enough to apply on a busy machine, while other tests go on. */
const WINDOW_MS = 90_000;
/** And then until it is drawn. */
const DRAWN_MS = 90_000;
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

const tab = (page: Page, name: string) => page.getByRole('tab', { name, exact: true }).click();

/** A program, written by one officer and released by two, in two browsers. */
export function describeReleasing(world: () => OfficersWorld): void {
  const sign = async (page: Page, officer: string) => {
    await page.getByRole('button', { name: `Sign as ${officer}` }).click();
  };
  describe('a program', () => {
    test('is checked while it is written, in the words in which it is approved, and tried on somebody', async () => {
      const { page, go, findSerious } = world();
      await go(page, 'Programs');
      await page.getByRole('link', { name: 'Write a program' }).click();
      await page.getByText('Not a program yet').waitFor();
      expect(await findSerious(page)).toEqual([]);
      await page.getByLabel('Title').fill('Heating help');
      await page.getByLabel('Name in addresses').fill('heating-help');
      await page.getByRole('button', { name: 'Have a key made' }).click();
      await page.getByLabel('Date of birth (birthdate)').check();
      await page.getByLabel('Who qualifies').fill("claims.birthdate <= '2008-10-31'");
      const meaning = page.getByRole('table', { name: 'What it means' });
      await meaning.getByText("for whom this is true: claims.birthdate <= '2008-10-31'").waitFor();
      await page.getByLabel('birthdate', { exact: true }).fill('2019-01-01');
      await page.getByText('Does not qualify').waitFor();
      await page.getByLabel('birthdate', { exact: true }).fill('1990-01-01');
      await page.getByText('Qualifies', { exact: true }).waitFor();
      await page.getByLabel('Budget').fill('1');
      await page
        .getByText(/less than one person may get|one amount exceeds|reserve/i)
        .first()
        .waitFor();
      await page.getByLabel('Budget').fill('250');
      await meaning.getByText('at most EUR 100.00 each of EUR 250.00').waitFor();
    });

    test('is released by the second officer, to whom it says how much and to how many', async () => {
      const { page, other, go, network } = world();
      const json = page.getByLabel('The program as JSON');
      const draft = JSON.parse(await json.inputValue()) as { window: { opensAt: number; closesAt: number } };
      const opensAt = Date.now() - 60_000;
      await json.fill(JSON.stringify({ ...draft, window: { opensAt, closesAt: opensAt + 60_000 + WINDOW_MS } }));
      await page
        .getByText(/This releases up to EUR 250\.00: at most EUR 100\.00 each to at most 1,000 people/)
        .waitFor();
      await page.getByRole('button', { name: 'Open the decision' }).click();
      await page.getByRole('heading', { level: 1, name: 'Release up to EUR 250.00 for heating-help' }).waitFor();
      await sign(page, 'officer-h');
      await page.getByText('Now it is for another officer').waitFor();
      expect((await fetch(`${network.url}/programs/heating-help`)).status).toBe(404);
      await other.setViewportSize({ width: 1280, height: 900 });
      await go(other, 'Decisions');
      const row = other.getByRole('table', { name: 'Open decisions' }).getByRole('row', { name: /release/ });
      await row.getByRole('link', { name: 'release' }).click();
      await sign(other, 'officer-i');
      await other.getByText(/Signed by officer-h and officer-i/).waitFor();
    });
  });
}

/** Who has applied to it: somebody by their wallet before, and a child. */
export function describeComing(world: () => OfficersWorld): void {
  describe('a program that takes applications', () => {
    test('shows who comes and when they are expected, and what another version would change for whom', async () => {
      const { page, go, findSerious, network, folder } = world();
      const claims = { given_name: 'Bea', family_name: 'B', birthdate: '2019-01-01', resident_id: 'R-1003' };
      const to = ['--claims', JSON.stringify(claims), '--to', 'internal:r-1003', '--out', join(folder, 'R-1003.json')];
      await holdfast('program', 'apply', 'heating-help', ...to, '--url', network.url, '--data', network.data);
      await go(page, 'Programs');
      await page.getByRole('link', { name: 'Heating help' }).click();
      await tab(page, 'Window and intake');
      await page.getByText(/2 of at most 1,000 applications are accepted/).waitFor();
      expect(await findSerious(page)).toEqual([]);
      await tab(page, 'Rules');
      await page.getByRole('table', { name: 'What it means' }).waitFor();
      await page.getByRole('link', { name: 'Change the rules' }).click();
      await page.getByLabel('Budget').fill('300');
      const change = page
        .getByRole('table', { name: 'Changes' })
        .getByRole('row', { name: /^better its budget: 250 EUR, then 300 EUR/ });
      await change.waitFor();
      await page.getByText(/2 have applied and lose nothing by it/).waitFor();
      await page.getByLabel('Budget').fill('200');
      await page.getByText(/Nobody can make this change/).waitFor();
      expect(await page.getByRole('button', { name: 'Open the decision' }).isDisabled()).toBe(true);
    });
  });
}

/** The end of it, some time later. */
export function describeDrawn(world: () => DeskWorld): void {
  test('a program that is drawn is drawn again by the browser, and says who is refused in whose words', async () => {
    const { page, go, findSerious } = world();
    await go(page, 'Programs');
    await page.getByRole('link', { name: 'Heating help' }).click();
    await page.getByText(/^It is drawn/).waitFor({ timeout: WINDOW_MS + DRAWN_MS });
    await tab(page, 'Draw and lists');
    await page.getByRole('button', { name: 'Verify the draw' }).click();
    await page.getByText('It is as it should be').waitFor();
    await page.getByText('Yes: Drawn again from those lists, the result and the total are the same.').waitFor();
    await page.getByRole('row', { name: /^EUR 100\.00 1 EUR 100\.00$/ }).waitFor();
    const reasons = page.getByRole('table', { name: 'Reasons' });
    await reasons.getByText('By its rule, this program is not for you.').waitFor();
    expect(await findSerious(page)).toEqual([]);
    await tab(page, 'Payments outside');
    await page.getByRole('button', { name: 'Send now' }).click();
    await page.getByText('Answered: 0 payments.').waitFor();
    await tab(page, 'Course and money');
    await page.getByRole('row', { name: /left\s+EUR 150\.00/ }).waitFor();
    expect(await findSerious(page)).toEqual([]);
  });
}
