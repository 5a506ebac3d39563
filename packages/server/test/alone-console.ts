import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Party } from '@holdfast/core';
import { chromium, type Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { PATIENCE_MS } from '../../core/test/patience.ts';

export type ConsoleWorld = {
  readonly url: string;
  readonly adminKey: string;
  /** A good credential, as text, and its issuer's label. */
  readonly credential: string;
  readonly label: string;
  readonly enrol: (party: Party) => Promise<void>;
};

const EXECUTABLE = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
  .map((name) => `/usr/bin/${name}`)
  .find((path) => existsSync(path));
const MISSING =
  'NO CHROMIUM FOUND: the console was not clicked through against roles alone. Install it: ' +
  'apt-get update && apt-get install -y --no-install-recommends chromium fonts-dejavu-core';
/** Built where it is not yet, and only where somebody looks at it. */
export const CONSOLE_FOLDER =
  EXECUTABLE === undefined ? undefined : fileURLToPath(new URL('../../console', import.meta.url));

async function go(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

async function choose(page: Page, name: string, option: RegExp): Promise<void> {
  await page.getByRole('combobox', { name }).click();
  await page.getByRole('option', { name: option }).click();
}

async function becomeOfficer(page: Page, id: string, enrol: ConsoleWorld['enrol']): Promise<void> {
  await go(page, 'My officer key');
  await page.getByRole('button', { name: 'Make a key' }).click();
  await page.getByText('Nobody knows this key yet').waitFor();
  await page.getByLabel('Officer', { exact: true }).fill(id);
  for (const role of ['revoker', 'registrar', 'treasurer']) await page.getByRole('checkbox', { name: role }).check();
  const save = page.getByRole('button', { name: 'Save the entry as a file' });
  const [download] = await Promise.all([page.waitForEvent('download'), save.click()]);
  await enrol(JSON.parse(await readFile(await download.path(), 'utf8')) as Party);
  await page.getByText(`You sign as ${id}`).waitFor();
}

/** The operators' console of a network whose roles run apart, behind one address: all of it, as where one process has everything. */
export function describeConsoleAlone(world: () => ConsoleWorld): void {
  it('two officers do their work in the console, whichever role each page of it asks', async (context) => {
    if (EXECUTABLE === undefined) return context.skip(MISSING);
    const { url, adminKey, credential, label, enrol } = world();
    await expect.poll(async () => (await fetch(`${url}/console/`)).status, { timeout: 2 * PATIENCE_MS }).toBe(200);
    const browser = await chromium.launch({ executablePath: EXECUTABLE });
    onTestFinished(() => browser.close());
    const said: string[] = [];
    const logIn = async () => {
      const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      page.on('pageerror', (error) => said.push(error.message));
      page.on('response', (answer) => {
        // The network names two verifiers, and one of them runs here.
        if (answer.status() >= 400 && !answer.url().includes('/v/north'))
          said.push(`${answer.status()} ${answer.url()}`);
      });
      await page.goto(`${url}/console/`);
      await page.getByLabel("Operator's key").fill(adminKey);
      said.splice(0);
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.getByRole('navigation', { name: 'Pages' }).waitFor();
      return page;
    };
    const [first, second] = await Promise.all([logIn(), logIn()]);
    const places = first.getByRole('navigation', { name: 'Pages' });
    for (const name of ['Overview', 'Handoffs', 'Issue', 'Log', 'Trust', 'Timeline', 'Life of decisions', 'Health']) {
      await places.getByRole('link', { name, exact: true }).waitFor();
    }
    await first
      .getByText(/All is well|Something is wrong/)
      .first()
      .waitFor();

    await go(first, 'Issue');
    for (const [field, value] of [
      ['Given name', 'Grace'],
      ['Family name', 'Example'],
      ['Date of birth', '1990-02-03'],
      ['Resident number', 'R-0002'],
    ] as const) {
      await first.getByLabel(field).fill(value);
    }
    await first.getByRole('button', { name: 'Make an offer to 1 person' }).click();
    await first.getByRole('img', { name: 'The offer as a QR code' }).waitFor();

    await go(first, 'Verify');
    await first.getByLabel('Credential', { exact: true }).fill(credential);
    await first.getByRole('button', { name: 'Verify' }).click();
    await first.getByRole('article', { name: 'South' }).getByText('valid', { exact: true }).waitFor();

    await go(first, 'Programs');
    await first.getByText('The sum of all accounts is zero').waitFor();
    await first.getByRole('link', { name: 'Winter relief' }).click();
    await first.getByText('Released by officers, its rules frozen').waitFor();

    await becomeOfficer(first, 'officer-h', enrol);
    await becomeOfficer(second, 'officer-i', enrol);

    await go(first, 'Cases');
    await first.getByRole('link', { name: 'File a complaint' }).click();
    await first.getByLabel("The credential, by the issuer's label").fill(label);
    await first.getByRole('button', { name: 'Find' }).click();
    await first.getByText('It takes effect on this credential.').waitFor();
    await choose(first, 'Reason', /^residence ended$/);
    await first.getByLabel('What happened, in their words').fill('She moved in May.');
    await first.getByRole('button', { name: 'File it' }).click();
    await first.getByText('It is kept, and on its way into the log').waitFor();
    await go(second, 'Cases');
    await second.getByRole('link', { name: 'credential: residence ended' }).first().click();
    await second.getByText('She moved in May.').waitFor();

    await go(first, 'Decisions');
    await first.getByRole('link', { name: 'Propose a decision' }).click();
    await first.getByLabel("Whose credential, by the issuer's label").fill(label);
    await first.getByRole('button', { name: 'Find' }).click();
    await choose(first, 'What should happen', /^Revoke/);
    await first.getByLabel('In your own words').fill('moved away in October');
    await first.getByText(/Revoke 1 credential, because/).waitFor();
    await first.getByRole('button', { name: 'Open the decision' }).click();
    await first.getByRole('button', { name: 'Sign as officer-h' }).click();
    await first.getByText('Now it is for another officer').waitFor();
    await go(second, 'Decisions');
    const row = second.getByRole('table', { name: 'Open decisions' }).getByRole('row', { name: /revoke/ });
    await row.getByRole('link', { name: 'revoke' }).click();
    await second.getByRole('button', { name: 'Sign as officer-i' }).click();
    await second.getByText(/Signed by officer-h and officer-i\. It stands in the log as entry #\d+/).waitFor();
    await first.getByText(/Signed by officer-h and officer-i/).waitFor();
    for (const name of ['Overview', 'Handoffs', 'Trust', 'Life of decisions', 'Health', 'Operators'])
      await go(first, name);
    expect(said).toEqual([]);
  });
}
