import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { PATIENCE_MS } from '../../core/test/patience.ts';
import { describeCase, writeCaseRules } from './case-pages.ts';
import { describeFirstWords } from './first-words.ts';
import { describePeoplePages } from './people-pages.ts';
import { describeComing, describeDrawn, describeIssuing, describeReleasing } from './program-pages.ts';
import { createDataFolder, type RunningNetwork, startNetwork } from './running-network.ts';
import { createWalletWalk } from './wallet-pages.ts';

const EXECUTABLE = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
  .map((name) => join('/usr/bin', name))
  .find((path) => existsSync(path));
const MISSING =
  'NO CHROMIUM FOUND: the console was not clicked through in a browser. Install it: ' +
  'apt-get update && apt-get install -y --no-install-recommends chromium fonts-dejavu-core';
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const WIDE = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };
const PAGES = [
  ...[
    'Overview',
    'Decisions',
    'Cases',
    'Handoffs',
    'Programs',
    'Verify',
    'Issue',
    'Log',
    'Rulebook',
    'Trust',
    'Timeline',
    'Life of decisions',
    'Disagreements',
    'Health',
  ],
  'My officer key',
  'Operators',
];

let folder: Awaited<ReturnType<typeof createDataFolder>>;
let network: RunningNetwork;
let browser: Browser;
/** Two officers, each in a browser of their own; they stay open from one test to the next, as people's do. */
let helena: Page;
let ivo: Page;
/** What any page complained of: a policy that stopped something, or an error of ours. */
const said: string[] = [];

if (EXECUTABLE === undefined) console.warn(`\n${'!'.repeat(78)}\n${MISSING}\n${'!'.repeat(78)}\n`);

beforeAll(async () => {
  if (EXECUTABLE === undefined) return;
  folder = await createDataFolder();
  const rules = await writeCaseRules(`${folder.path}.rules.json`);
  [network, browser] = await Promise.all([
    startNetwork(folder.path, 0, '--rules', rules),
    chromium.launch({ executablePath: EXECUTABLE }),
  ]);
  await untilBuilt();
  [helena, ivo] = await Promise.all([logIn(), logIn({ colorScheme: 'dark' })]);
});

afterAll(async () => {
  await browser?.close();
  await network?.stop();
  await folder?.remove();
  await rm(`${folder?.path}.rules.json`, { force: true });
});

beforeEach((context) => {
  context.skip(EXECUTABLE === undefined, MISSING);
  context.onTestFailed(tellScreens);
});

/** What a reader of a failure would look at first. */
async function tellScreens(): Promise<void> {
  for (const page of browser.contexts().flatMap((context) => context.pages())) {
    const words = await page.locator('body').innerText({ timeout: 1000 }).catch(String);
    console.error(`On the screen of ${page.url()}:\n${words.slice(0, 3000)}\n`);
  }
}

async function untilBuilt(): Promise<void> {
  const look = async () => expect((await fetch(`${network.url}/console/`)).status).toBe(200);
  await vi.waitFor(look, { interval: 250, timeout: 2 * PATIENCE_MS });
}

async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
  const page = await (await browser.newContext({ viewport: WIDE, ...options })).newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.on('console', (message) => {
    // What was fetched ahead and is used late: the machine is slow, or a test holds the scripts.
    const isLate = message.text().includes('was preloaded using link preload');
    if ((message.type() === 'error' || message.type() === 'warning') && !isLate) said.push(message.text());
  });
  page.on('pageerror', (error) => said.push(error.message));
  return page;
}

async function logIn(options: BrowserContextOptions = {}, key = network.adminKey): Promise<Page> {
  const page = await openPage(options);
  await page.goto(`${network.url}/console/`);
  await page.getByLabel("Operator's key").fill(key);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('navigation', { name: 'Pages' }).waitFor();
  return page;
}

async function go(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

/** What reaches the second verifier, and does not while it is cut off. */
async function setRelay(state: 'cut' | 'open'): Promise<void> {
  await network.client.post('/development/relay', { state });
}

async function choose(page: Page, name: string, option: RegExp): Promise<void> {
  await page.getByRole('combobox', { name }).click();
  await page.getByRole('option', { name: option }).click();
}

/** Makes a key in this browser for a new officer, who says who they are. */
async function makeOfficer(page: Page, id: string): Promise<void> {
  await go(page, 'My officer key');
  await page.getByRole('button', { name: 'Make a key' }).click();
  await page.getByText('Nobody knows this key yet').waitFor();
  await page.getByLabel('Officer', { exact: true }).fill(id);
  for (const role of ['revoker', 'registrar', 'treasurer']) await page.getByRole('checkbox', { name: role }).check();
}

/** Opens the key of an officer that lies in the folder, on whichever page asks for it. */
async function takeKey(page: Page, id: string): Promise<void> {
  const keys = join(folder.path, 'keys');
  await page.getByLabel('Key file, as a file').setInputFiles(join(keys, id, 'approval.jwe'));
  await page.getByRole('form', { name: `The key of ${id}` }).waitFor();
  await page.getByLabel('Passphrase, as a file').setInputFiles(join(keys, `${id}.passphrase`));
  await page.getByRole('button', { name: 'Keep it in this browser' }).click();
}

/** An officer who has their key file, and nothing else that would open this. */
async function logInByKey(id: string): Promise<Page> {
  const page = await openPage();
  await page.goto(`${network.url}/console/`);
  await page.getByRole('button', { name: 'Use an officer’s key file' }).click();
  await takeKey(page, id);
  await page.getByRole('button', { name: `Log in as ${id}` }).click();
  await page.getByRole('navigation', { name: 'Pages' }).waitFor();
  return page;
}

/** Evaluates in the page; as text, because the tests of Node know nothing of a document. */
function evaluate<T>(page: Page, expression: string): Promise<T> {
  return page.evaluate<T>(expression);
}

/** What axe finds that keeps people out: by its own words, serious or critical. */
async function findSerious(page: Page): Promise<readonly string[]> {
  if ((await evaluate(page, 'typeof axe')) === 'undefined') await evaluate(page, await readFile(AXE, 'utf8'));
  return evaluate(
    page,
    `axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ').slice(0, 300)))`,
  );
}

const desk = () => ({ page: helena, other: ivo, go, findSerious, network, folder: folder.path });
const walk = createWalletWalk(() => ({ network, browser, folder: folder.path, findSerious }));

describe('logging in', () => {
  test('with another key is refused in words, and nothing of the console is shown', async () => {
    const page = await openPage();
    await page.goto(`${network.url}/console/decisions`);
    await page.getByLabel("Operator's key").fill('another-key-of-no-network');
    await page.getByRole('button', { name: 'Log in' }).click();
    expect(await page.getByRole('alert').innerText()).toContain('not the key of an operator');
    expect(await page.getByRole('navigation').count()).toBe(0);
    // The browser itself notes that the server refused.
    const noted = said.splice(0).filter((line) => !line.includes('503'));
    expect(noted).toEqual([expect.stringContaining('401')]);
    await page.context().close();
  });
});

describeFirstWords(() => ({ network, openPage, logIn, findSerious }));

describe('two officers in two browsers', () => {
  test('are enrolled by the first two of the network, who have nothing but their key files', async () => {
    const [first, second] = await Promise.all([logInByKey('officer-a'), logInByKey('officer-b')]);
    expect(await findSerious(first)).toEqual([]);
    const propose = async (page: Page, id: string) => {
      await makeOfficer(page, id);
      await page.getByRole('button', { name: 'Propose my enrolment' }).click();
      await page.getByText('Nobody signed so far').waitFor();
    };
    await Promise.all([propose(helena, 'officer-h'), propose(ivo, 'officer-i')]);
    for (const [page, id] of [
      [first, 'officer-a'],
      [second, 'officer-b'],
    ] as const) {
      for (const left of [2, 1]) {
        await go(page, 'Overview');
        const mine = page
          .getByRole('region', { name: `For you, ${id}` })
          .getByRole('link', { name: /^Sign, or leave: Enrol officer-/ });
        await expect.poll(() => mine.count(), { timeout: PATIENCE_MS }).toBe(left);
        await mine.first().click();
        await page.getByRole('button', { name: `Sign as ${id}` }).click();
        await page.getByText(/Now it is for another officer|Signed by officer-a and officer-b/).waitFor();
      }
    }
    await Promise.all([
      helena.getByText('You sign as officer-h').waitFor(),
      ivo.getByText('You sign as officer-i').waitFor(),
    ]);
    await Promise.all([first, second].map((page) => page.context().close()));
  });

  describeCase(() => ({ ...desk(), choose, logIn, logInByKey, takeKey }));

  test('revoke a credential: one proposes and signs, and with the other one it takes effect', async () => {
    await go(helena, 'Decisions');
    await helena.getByRole('link', { name: 'Propose a decision' }).click();
    await helena.getByLabel("Whose credential, by the issuer's label").fill('ada');
    await helena.getByRole('button', { name: 'Find' }).click();
    await helena.getByRole('combobox', { name: 'What should happen' }).click();
    await helena.getByRole('option', { name: /^Revoke/ }).click();
    await helena.getByLabel('In your own words').fill('moved away in October');
    await helena.getByText(/Revoke 1 credential, because/).waitFor();
    await helena.getByRole('button', { name: 'Open the decision' }).click();
    await helena.getByRole('heading', { level: 1, name: 'Revoke 1 credential' }).waitFor();
    await helena.getByText('the same: it is for just this').waitFor();
    await helena.getByRole('button', { name: 'Sign as officer-h' }).click();
    await helena.getByText('Now it is for another officer').waitFor();

    // Nobody reloads: the other one is told by the feed.
    await go(ivo, 'Decisions');
    const row = ivo.getByRole('table', { name: 'Open decisions' }).getByRole('row', { name: /revoke/ });
    await row.getByRole('link', { name: 'revoke' }).click();
    await ivo.getByText('Waiting: 1 more of 2 must sign').waitFor();
    await ivo.getByText(/Why: residence ended. moved away in October/).waitFor();
    await ivo.getByText('With your signature it takes effect: revoke 1 credential.').waitFor();
    await setRelay('cut');
    await ivo.getByRole('button', { name: 'Sign as officer-i' }).click();
    await ivo.getByText(/Signed by officer-h and officer-i\. It stands in the log as entry #\d+/).waitFor();
    await helena.getByText(/Signed by officer-h and officer-i/).waitFor();
  });
});

describe('what is decided about others than holders', () => {
  test('is written, checked, opened and signed by two officers, by clicking', async () => {
    await go(ivo, 'Decisions');
    await ivo.getByRole('link', { name: 'Propose a decision' }).click();
    await choose(ivo, 'What it is about', /^A party or an officer/);
    await choose(ivo, 'Begin from the entry of', /^South \(verifier\)/);
    const entry = ivo.getByLabel('The entry that the party will have');
    const { name: _, ...south } = JSON.parse(await entry.inputValue()) as { name: string };
    await entry.fill('{');
    await ivo.getByText('Not yet something to decide').waitFor();
    await entry.fill(JSON.stringify({ ...south, name: 'South gate' }));
    const changes = ivo.getByRole('table', { name: 'Changes' });
    await changes.getByRole('row', { name: /name\s+South\s+South gate/ }).waitFor();
    await ivo
      .getByText(/By the power to accredit, under the rulebook of entry #\d+\. It takes the signatures of 2/)
      .waitFor();
    await ivo.getByRole('button', { name: 'Open the decision' }).click();
    await ivo.getByRole('button', { name: 'Sign as officer-i' }).click();
    await ivo.getByText('Now it is for another officer').waitFor();
    await go(helena, 'Decisions');
    const row = helena.getByRole('table', { name: 'Open decisions' }).getByRole('row', { name: /accredit/ });
    await row.getByRole('link', { name: 'accredit' }).click();
    await helena.getByText(/Waiting: 1 more of 2 must sign/).waitFor();
    await helena.getByRole('button', { name: 'Sign as officer-h' }).click();
    await helena.getByText(/Signed by officer-i and officer-h/).waitFor();
  });
});

describe('somebody who may only look on', () => {
  test('is let in by a key of their own, is told what is not theirs, and is out when it is revoked', async () => {
    await go(helena, 'Operators');
    await helena.getByLabel('Whose key').fill('looks-on');
    await helena.getByRole('button', { name: 'Make a key' }).click();
    const key = await helena.getByRole('status').locator('code').innerText();
    const viewer = await logIn({}, key);
    const places = viewer.getByRole('navigation', { name: 'Pages' });
    expect(await places.getByRole('link', { name: 'Issue' }).count()).toBe(0);
    await go(viewer, 'Decisions');
    await viewer.getByRole('link', { name: 'Propose a decision' }).click();
    await viewer.getByText('You are logged in as viewer').waitFor();
    // The server asks by itself, whatever a page shows.
    const refused = `fetch('/decisions', { method: 'POST', body: '{}' }).then(({ status }) => status)`;
    expect(await evaluate(viewer, refused)).toBe(403);
    await helena.getByRole('table', { name: 'Sessions of the console' }).getByText('looks-on').waitFor();
    await helena.getByRole('button', { name: 'Revoke the key of looks-on' }).click();
    await helena
      .getByRole('group', { name: 'Revoke the key of looks-on' })
      .getByRole('button', { name: 'Revoke' })
      .click();
    await viewer.goto(`${network.url}/console/`);
    await viewer.getByLabel("Operator's key").waitFor();
    await viewer.context().close();
    // What was refused to them the browser itself notes.
    said.splice(0, said.length, ...said.filter((line) => !/status of 40[13]/.test(line)));
  });
});

describe('anybody with a session', () => {
  test('asks both verifiers: they differ while one is cut off, and why is said; then they agree', async () => {
    await go(helena, 'Verify');
    await helena.getByLabel('Credential', { exact: true }).fill(await readFile(join(folder.path, 'ada.txt'), 'utf8'));
    await helena.getByRole('button', { name: 'Verify' }).click();
    await helena.getByText('They differ', { exact: true }).waitFor();
    await helena.getByText(/^South gate has not read what North has\..* When South gate reads on it says/).waitFor();
    await setRelay('open');
    const agree = helena.getByText('They agree', { exact: true });
    // Asked anew before an answer is there, a busy machine would never show one: each time there is more time for it.
    let answerMs = 500;
    await vi.waitFor(
      async () => {
        await helena.getByRole('button', { name: 'Verify' }).click();
        answerMs *= 2;
        await agree.waitFor({ timeout: answerMs });
      },
      { timeout: PATIENCE_MS, interval: 250 },
    );
    for (const name of ['North', 'South']) {
      const card = helena.getByRole('article', { name });
      await card.getByText('revoked', { exact: true }).waitFor();
      expect(await card.getByRole('table', { name: 'Checks' }).getByRole('row').count()).toBe(9);
    }
  });

  test('has an entry of the log proved by this browser', async () => {
    await go(helena, 'Log');
    await helena
      .getByRole('button', { name: /^Prove entry/ })
      .first()
      .click();
    await helena.getByText('Proved in this browser').waitFor();
    expect(await helena.getByText(/It is in the tree of \d+ entries that the log has signed/).count()).toBe(1);
  });

  test('makes an offer to a person, to be scanned', async () => {
    await go(helena, 'Issue');
    for (const [label, value] of [
      ['Given name', 'Grace'],
      ['Family name', 'Example'],
      ['Date of birth', '1990-02-03'],
      ['Resident number', 'R-0002'],
    ] as const) {
      await helena.getByLabel(label).fill(value);
    }
    await helena.getByRole('button', { name: 'Make an offer to 1 person' }).click();
    const code = await helena.getByRole('img', { name: 'The offer as a QR code' }).screenshot();
    // A picture of a code is read in the browser, also where that reads none by itself.
    await go(helena, 'Verify');
    const picture = { name: 'code.png', mimeType: 'image/png', buffer: code };
    await helena.getByLabel('Credential, as a file').setInputFiles(picture);
    const credential = helena.getByLabel('Credential', { exact: true });
    await expect.poll(() => credential.inputValue()).toMatch(/^openid-credential-offer:/);
  });

  test('sees where the money of a program is, and its rules', async () => {
    await go(helena, 'Programs');
    await helena.getByText('The sum of all accounts is zero').waitFor();
    await helena.getByRole('link', { name: 'Winter relief' }).click();
    await helena.getByText('Released by officers, its rules frozen').waitFor();
    await helena.getByRole('row', { name: /left\s+EUR 20,000\.00/ }).waitFor();
  });

  test('reads the record of an issuer, and what another rulebook would change', async () => {
    await go(helena, 'Trust');
    await helena.getByRole('table', { name: 'Issuers’ records' }).getByRole('link').click();
    await helena.getByText('None came later than the rulebook’s deadline.').waitFor();
    const prompt = helena.getByRole('table', { name: 'Promptness' });
    await prompt.getByRole('row', { name: /^residence-ended 1 0 / }).waitFor();
    await go(helena, 'Rulebook');
    const { rulebook } = (await network.client.get('/rulebook')) as { readonly rulebook: object };
    const buffer = Buffer.from(JSON.stringify({ ...rulebook, title: 'Another title' }));
    const file = { name: 'rules.json', mimeType: 'application/json', buffer };
    await helena.getByLabel('A rulebook, as a file').setInputFiles(file);
    const changes = helena.getByRole('table', { name: 'Changes' });
    await changes.getByRole('row', { name: /title.*Another title/ }).waitFor();
  });

  test('takes a list along as it is filtered', async () => {
    await go(helena, 'Decisions');
    await helena.getByLabel('Filter').last().fill('enrol');
    const [download] = await Promise.all([
      helena.waitForEvent('download'),
      helena.getByRole('button', { name: 'CSV' }).last().click(),
    ]);
    const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\r\n');
    // Two officers, and of those who were drawn one who made a key in the browser.
    expect(lines).toHaveLength(4);
    expect(lines[1]).toMatch(/^enrol,1,party-changed,"officer-[hi], officer-[hi]",carried-out,/);
  });
});

describe('whoever cannot see it, or has little room', () => {
  test.each(PAGES)('finds nothing serious in the way, dark and on a phone or light and wide: %s', async (name) => {
    const look = async (page: Page, viewport: typeof WIDE) => {
      await page.setViewportSize(WIDE);
      await go(page, name);
      await expect.poll(() => page.getByText('Reading…').count()).toBe(0);
      await page.setViewportSize(viewport);
      expect(await findSerious(page)).toEqual([]);
      expect(await evaluate(page, 'document.documentElement.scrollWidth')).toBe(viewport.width);
    };
    await Promise.all([look(helena, WIDE), look(ivo, PHONE)]);
  });

  test('reaches every page by the keyboard alone', async () => {
    await go(helena, 'Overview');
    await helena.keyboard.press('Tab');
    const first = 'document.activeElement.textContent';
    for (let i = 0; i < 20 && (await evaluate(helena, first)) !== 'Decisions'; i += 1)
      await helena.keyboard.press('Tab');
    await helena.keyboard.press('Enter');
    await helena.getByRole('heading', { level: 1, name: 'Decisions' }).waitFor();
    // And is told where they are.
    expect(await evaluate(helena, first)).toBe('Decisions');
  });
});

describeIssuing(() => ({ page: helena, go, findSerious }));
describeReleasing(desk);
walk.describeApplying('Heating help');
describeComing(desk);

test('says that it has lost the network, instead of that all is well', async () => {
  await go(helena, 'Overview');
  await helena.getByText('All is well').waitFor();
  await helena.context().setOffline(true);
  await helena.getByText('How it is now is not known').waitFor();
  expect(await helena.getByRole('alert').innerText()).toContain('lost its connection');
  await helena.context().setOffline(false);
  await helena.getByText('All is well').waitFor();
  // The browser itself notes what it could not reach.
  said.splice(0, said.length, ...said.filter((line) => !line.includes('ERR_INTERNET_DISCONNECTED')));
});

test('goes on by itself after the server was restarted, and nobody has to log in again', async () => {
  await network.stop();
  await helena.getByText('This page has lost its connection').waitFor();
  network = await startNetwork(folder.path, Number(new URL(network.url).port));
  await helena.getByText('This page has lost its connection').waitFor({ state: 'hidden' });
  await go(helena, 'Decisions');
  await helena.getByRole('table', { name: 'Past decisions' }).getByRole('link', { name: 'revoke' }).waitFor();
  // The browser itself notes whom it could not reach.
  said.splice(0, said.length, ...said.filter((line) => !/net::ERR_|status of 50\d/.test(line)));
});

test('nothing on any page was stopped by its policy, and nothing went wrong', () => {
  expect(said).toEqual([]);
});

describePeoplePages(() => ({ network, browser, folder: folder.path, findSerious }));
describeDrawn(() => ({ page: helena, go, findSerious }));
walk.describeLater();
