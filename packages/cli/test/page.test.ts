import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { PATIENCE_MS } from '../../core/test/patience.ts';
import { createDataFolder, type RunningNetwork, startNetwork } from './running-network.ts';

const EXECUTABLE = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
  .map((name) => join('/usr/bin', name))
  .find((path) => existsSync(path));
const MISSING =
  'NO CHROMIUM FOUND: the page was not looked at in a browser. Install it: ' +
  'apt-get update && apt-get install -y --no-install-recommends chromium fonts-dejavu-core';
const PHONE = { viewport: { width: 390, height: 844 } };

let folder: Awaited<ReturnType<typeof createDataFolder>>;
let network: RunningNetwork;
let browser: Browser;
let ada: string;

if (EXECUTABLE === undefined) console.warn(`\n${'!'.repeat(78)}\n${MISSING}\n${'!'.repeat(78)}\n`);

beforeAll(async () => {
  if (EXECUTABLE === undefined) return;
  folder = await createDataFolder();
  [network, browser] = await Promise.all([startNetwork(folder.path), chromium.launch({ executablePath: EXECUTABLE })]);
  ada = await readFile(join(folder.path, 'ada.txt'), 'utf8');
});

afterAll(async () => {
  await browser?.close();
  await network?.stop();
  await folder?.remove();
});

beforeEach((context) => context.skip(EXECUTABLE === undefined, MISSING));

afterEach(async () => {
  for (const context of browser?.contexts() ?? []) await context.close();
});

async function open(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(network.url);
  return page;
}

async function readPassphrase(officer: string): Promise<string> {
  return (await readFile(join(folder.path, 'keys', `${officer}.passphrase`), 'utf8')).trim();
}

async function verify(page: Page, credential: string): Promise<void> {
  await page.getByLabel('Paste a credential').fill(credential);
  await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Verify' }).click()]);
}

async function sign(page: Page, officer: string, passphrase: string): Promise<void> {
  await page.getByLabel('Whose credential').fill('ada');
  await page.getByLabel('Signed by').selectOption(officer);
  await page.getByLabel("That officer's passphrase").fill(passphrase);
  await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Sign the revocation' }).click()]);
}

/** Evaluates in the page; as text, because the tests of Node know nothing of a document. */
function evaluate<T>(page: Page, expression: string): Promise<T> {
  return page.evaluate<T>(expression);
}

/** The answer that stands first on the page. */
function answerOf(page: Page): Promise<string> {
  return page.locator('section.answer').innerText();
}

async function setRelay(state: 'cut' | 'open'): Promise<void> {
  const response = await fetch(`${network.url}/development/relay`, {
    method: 'POST',
    headers: { authorization: `Bearer ${network.adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ state }),
  });
  expect(response.status).toBe(200);
}

describe('what a person sees', () => {
  test('both verifiers side by side with how far they have read, and the log in words', async () => {
    const page = await open({ viewport: { width: 1280, height: 900 } });
    const cards = page.locator('#verifiers article');
    await vi.waitFor(async () => {
      const [north = '', south = ''] = await cards.allInnerTexts();
      expect(north).toMatch(/North[\s\S]*seen up to #\d+, \d\d:\d\d:\d\d[\s\S]* old/);
      expect(south).toMatch(/South[\s\S]*seen up to #\d+, \d\d:\d\d:\d\d[\s\S]* old/);
    }, PATIENCE_MS);
    const [left, right] = await Promise.all([cards.nth(0).boundingBox(), cards.nth(1).boundingBox()]);
    expect(left?.y).toBe(right?.y);
    const entries = await page.locator('#log li').allInnerTexts();
    expect(entries.length).toBeLessThanOrEqual(20);
    expect(entries.at(-1)).toMatch(/^#0\s[\s\S]*The network is founded/);
    const edges = await page
      .locator('#log .number')
      .evaluateAll((all) => all.map((e) => e.getBoundingClientRect().right));
    expect(new Set(edges).size).toBe(1);
  });

  test('headings in order, a name on everything that can be filled in or pressed, and one language', async () => {
    const page = await open();
    await verify(page, ada);
    const levels = await page
      .locator('h1, h2, h3, h4, h5, h6')
      .evaluateAll((all) => all.map((e) => Number(e.tagName[1])));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    const skips = levels.filter((level, i) => level - (levels[i - 1] ?? 0) > 1);
    expect(skips).toEqual([]);
    for (const name of ['Paste a credential (SD-JWT VC)', "Whose credential, by the issuer's label"]) {
      expect(await page.getByRole('textbox', { name, exact: true }).count()).toBe(1);
    }
    for (const name of ['Ask', 'Signed by'])
      expect(await page.getByRole('combobox', { name, exact: true }).count()).toBe(1);
    const nameless = await evaluate<number>(
      page,
      "[...document.querySelectorAll('input, textarea, select')].filter((e) => e.labels.length === 0).length",
    );
    expect(nameless).toBe(0);
    for (const name of [
      'The verifiers, side by side',
      'Money',
      'May I rely on this?',
      'Revoke',
      'The last entries of the log',
    ]) {
      expect(await page.getByRole('region', { name, exact: true }).count()).toBe(1);
    }
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    // Whoever cannot see the page is put where the answer is.
    expect(await evaluate(page, 'document.activeElement.id')).toBe('answer');
  });

  test('on a phone nothing reaches beyond the edge, and what is pressed is large enough for a thumb', async () => {
    const page = await open(PHONE);
    await verify(page, ada);
    const [width, shown] = await evaluate<number[]>(page, '[document.documentElement.scrollWidth, innerWidth]');
    expect(width).toBe(shown);
    const cut = "[...document.querySelectorAll('.program')].filter((e) => e.scrollWidth > e.clientWidth).length";
    expect(await evaluate(page, cut)).toBe(0);
    for (const button of await page.getByRole('button').all()) {
      expect((await button.boundingBox())?.height).toBeGreaterThanOrEqual(44);
    }
  });

  test('where the money is: in a bar with words for it, in a table, with what happens next and whose turn it is', async () => {
    const page = await open();
    const money = page.getByRole('region', { name: 'Money', exact: true });
    await money.getByText('open for applications').waitFor();
    expect(await money.innerText()).toMatch(
      /winter-relief: EUR 20,000\.00 in all[\s\S]*0 applications[\s\S]*applications close at[\s\S]*Nothing waits for anybody/,
    );
    expect(await money.getByRole('img').getAttribute('aria-label')).toBe(
      'Where the EUR 20,000.00 are: left EUR 20,000.00',
    );
    expect(await money.getByRole('table', { name: 'Where the money is' }).getByRole('row').allInnerTexts()).toEqual(
      ['Part For Amount', 'Paid 0 people EUR 0.00', 'Set aside 0 people EUR 0.00', 'Left EUR 20,000.00'].map((row) =>
        expect.stringMatching(new RegExp(`^\\s*${row.replaceAll(/[ .]/g, '[\\s.]+')}\\s*$`)),
      ),
    );
    // Nobody reloads: what stands there is replaced by what is so.
    await evaluate(page, "document.getElementById('money').replaceChildren('old news')");
    await money.getByText('open for applications').waitFor();
    expect(await money.innerText()).not.toContain('old news');
  });

  test('a dark page where dark is asked for', async () => {
    const colours = await Promise.all(
      (['light', 'dark'] as const).map(async (colorScheme) => {
        const page = await open({ colorScheme });
        const style = 'getComputedStyle(document.body)';
        return evaluate<string[]>(page, `[${style}.backgroundColor, ${style}.color]`);
      }),
    );
    expect(colours[0]?.[0]).not.toBe(colours[1]?.[0]);
    expect(colours[0]?.[1]).not.toBe(colours[1]?.[1]);
  });

  test('only what this network sent, with nothing its policy had to stop', async () => {
    const page = await (await browser.newContext()).newPage();
    const [asked, said]: [string[], string[]] = [[], []];
    page.on('request', (request) => asked.push(new URL(request.url()).origin));
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    await page.goto(network.url);
    await page.waitForResponse((response) => response.url().endsWith('/live'), { timeout: PATIENCE_MS });
    expect([...new Set(asked)]).toEqual([network.url]);
    expect(said).toEqual([]);
  });
});

describe('an open page', () => {
  test('asks nothing while nobody looks at it, and at once when somebody does again', async () => {
    const page = await open();
    const asked: string[] = [];
    const look = (hidden: boolean) =>
      evaluate(
        page,
        `Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true });
         document.dispatchEvent(new Event('visibilitychange'));`,
      );
    await page.waitForResponse((response) => response.url().endsWith('/live'));
    await look(true);
    page.on('request', (request) => asked.push(request.url()));
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(asked).toEqual([]);
    await Promise.all([page.waitForRequest((request) => request.url().endsWith('/live')), look(false)]);
  });

  test('says when it has lost the network, instead of showing old news as new', async () => {
    const page = await open();
    const lost = page.getByRole('alert');
    expect(await lost.count()).toBe(0);
    await page.context().setOffline(true);
    await lost.waitFor();
    expect(await lost.innerText()).toContain('lost its connection');
    await page.context().setOffline(false);
    await lost.waitFor({ state: 'hidden' });
  });
});

describe('a pasted credential', () => {
  const checks = (page: Page) => page.locator('section.answer .checks li').allInnerTexts();

  test('that is good is VALID, with every check listed', async () => {
    const page = await open();
    await verify(page, ada);
    expect(await answerOf(page)).toMatch(/North and South say:\s+VALID/);
    expect(await page.title()).toMatch(/^VALID/);
    expect(await checks(page)).toHaveLength(9);
    for (const line of await checks(page)) expect(line).toMatch(/^(passed|not run)\s+\S[\s\S]*\./);
  });

  test('is answered where no script runs', async () => {
    const page = await open({ javaScriptEnabled: false });
    await verify(page, ada);
    expect(await answerOf(page)).toContain('VALID');
  });

  test('that is none is INVALID, and why is said in words', async () => {
    const page = await open();
    await verify(page, 'this is not a credential');
    const answer = await answerOf(page);
    expect(answer).toContain('INVALID');
    expect(answer).toContain('The text is not a credential, or was damaged on the way.');
    expect(await checks(page)).toHaveLength(9);
  });

  test('with a script in it stays text', async () => {
    const page = await open();
    const pasted = '</textarea><script>window.ran = true</script><img src=x onerror="window.ran = true">';
    await verify(page, pasted);
    expect(await answerOf(page)).toContain('INVALID');
    expect(await page.getByLabel('Paste a credential').inputValue()).toBe(pasted);
    expect(await evaluate(page, "'ran' in window")).toBe(false);
    expect(await page.locator('script:not([src]), img').count()).toBe(0);
  });
});

describe('revoking, with south cut off', () => {
  test('a wrong passphrase is told, and nothing is signed', async () => {
    const page = await open();
    await sign(page, 'officer-a', 'not the passphrase');
    const answer = await answerOf(page);
    expect(answer).toContain('Not signed');
    expect(answer).toContain('does not open with this passphrase');
    expect(answer).toContain('Nothing was changed.');
    await sign(page, 'officer-b', await readPassphrase('officer-b'));
    expect(await answerOf(page)).toContain('1 of 2 signatures');
  });

  test('a form on the page of another site is refused, though all in it is right', async () => {
    const page = await (await browser.newContext()).newPage();
    const fields = { label: 'ada', officer: 'officer-a', passphrase: await readPassphrase('officer-a') };
    const inputs = Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value}">`);
    const body = `<form method="post" action="${network.url}/revoke">${inputs.join('')}<button>Win</button></form>`;
    await page.route('http://attacker.example/', (route) => route.fulfill({ contentType: 'text/html', body }));
    await page.goto('http://attacker.example/');
    const answered = page.waitForResponse(`${network.url}/revoke`);
    await page.getByRole('button').click();
    expect((await answered).status()).toBe(403);
  });

  test('waits for the second officer; when that one signs north says revoked, and why south does not yet', async () => {
    await setRelay('cut');
    const watching = await open();
    const page = await open();
    await sign(page, 'officer-b', await readPassphrase('officer-b'));
    expect(await answerOf(page)).toMatch(/Waiting for the second officer[\s\S]*until\s+officer-a signs too/);
    expect(await page.getByLabel('Signed by').inputValue()).toBe('officer-a');
    await verify(page, ada);
    expect(await answerOf(page)).toContain('VALID');

    await sign(page, 'officer-a', await readPassphrase('officer-a'));
    expect(await answerOf(page)).toMatch(
      /^Revoked[\s\S]*officer-a and officer-b|^Revoked[\s\S]*officer-b and officer-a/,
    );
    await vi.waitFor(
      async () => {
        await verify(page, ada);
        expect(await answerOf(page)).toMatch(/North says:\s+REVOKED/);
      },
      { timeout: PATIENCE_MS, interval: 200 },
    );
    const answer = await answerOf(page);
    expect(answer).toMatch(/South says:\s+VALID/);
    expect(answer).toMatch(
      /South has read nothing since \d\d:\d\d:\d\d and lacks \d+\s+entr(y|ies) that North has read/,
    );
    // Nobody reloaded this one.
    await watching.getByText('1 credential is revoked').waitFor();
    await watching.getByText(/South has not read entr(y|ies) #\d+/).waitFor();
  });

  test('and once south has read on, they agree', async () => {
    await setRelay('open');
    const page = await open();
    await vi.waitFor(
      async () => {
        await verify(page, ada);
        expect(await answerOf(page)).toMatch(/North and South say:\s+REVOKED/);
      },
      { timeout: PATIENCE_MS, interval: 500 },
    );
  });
});
