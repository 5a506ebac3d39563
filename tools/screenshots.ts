// `npm run screenshots`: pictures of the console's main pages for docs/images, from a sample network of its own, and how long
// it takes until the first one is of use on a machine four times as slow. Needs Debian's chromium.
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { createDataFolder, holdfast, startNetwork } from '../packages/cli/test/running-network.ts';

const OUT = fileURLToPath(new URL('../docs/images/', import.meta.url));
const EXECUTABLE = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
  .map((name) => join('/usr/bin', name))
  .find((path) => existsSync(path));
const WIDE = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const QUALITY = 82;
const BUILD_MS = 180_000;
const WAIT_MS = 60_000;
const SLOWER = 4;

if (EXECUTABLE === undefined) {
  process.stderr.write('No chromium here: apt-get install -y --no-install-recommends chromium fonts-dejavu-core\n');
  process.exit(1);
}

await mkdir(OUT, { recursive: true });
const folder = await createDataFolder();
const network = await startNetwork(folder.path);
const browser = await chromium.launch({ executablePath: EXECUTABLE });
try {
  await untilBuilt();
  const place = ['--url', network.url, '--data', folder.path];
  await holdfast('revoke', 'ada', '--as', 'officer-a', '--reason', 'moved away in October', ...place);
  const wide = await logIn({ viewport: WIDE });
  await go(wide, 'Overview');
  await take(wide, 'console-overview');
  await go(wide, 'Verify');
  await wide.getByLabel('Credential', { exact: true }).fill(await readFile(join(folder.path, 'ada.txt'), 'utf8'));
  await wide.getByRole('button', { name: 'Verify' }).click();
  await wide.getByRole('article', { name: 'North' }).getByRole('table').waitFor();
  await wide.getByRole('heading', { name: 'What they say' }).scrollIntoViewIfNeeded();
  await take(wide, 'console-verify');
  const dark = await logIn({ viewport: WIDE, colorScheme: 'dark' });
  await go(dark, 'Decisions');
  await dark.getByRole('table', { name: 'Open decisions' }).getByRole('link', { name: 'revoke' }).click();
  await dark.getByText('the same: it is for just this').waitFor();
  await take(dark, 'console-decision-dark');
  const phone = await logIn({ viewport: PHONE, deviceScaleFactor: 2 });
  await phone.goto(`${network.url}/console/programs/winter-relief`);
  await phone.getByRole('heading', { level: 1, name: 'Winter relief' }).waitFor();
  await take(phone, 'console-program-phone');
  process.stdout.write(`First useful paint, CPU ${SLOWER} times as slow: ${await measurePaint()}\n`);
} finally {
  await browser.close();
  await network.stop();
  await folder.remove();
}

async function untilBuilt(): Promise<void> {
  for (let waitedMs = 0; waitedMs < BUILD_MS; waitedMs += 250) {
    if ((await fetch(`${network.url}/console/`)).status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error('The console was not built in time.');
}

async function logIn(options: BrowserContextOptions): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage();
  page.setDefaultTimeout(WAIT_MS);
  await page.goto(`${network.url}/console/`);
  await page.getByLabel("Operator's key").fill(network.adminKey);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  return page;
}

async function go(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

/** As WebP: a tenth of what the same picture is as PNG. */
async function take(page: Page, name: string): Promise<void> {
  await page.getByText('Reading…').first().waitFor({ state: 'hidden' });
  await page.waitForTimeout(500);
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY });
  const bytes = Buffer.from(data, 'base64');
  await writeFile(join(OUT, `${name}.webp`), bytes);
  process.stdout.write(`docs/images/${name}.webp  ${Math.round(bytes.length / 1024)} kB\n`);
}

/** From the request until the overview's sentence can be read by whoever has logged in, and until the page answers to them: ms. */
async function measurePaint(): Promise<string> {
  const context = (await logIn({ viewport: WIDE })).context();
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
  await page.goto(`${network.url}/console/`, { waitUntil: 'commit' });
  await page.getByRole('navigation', { name: 'Pages' }).waitFor();
  const [read, live] = await page.evaluate<readonly number[]>(
    "[performance.getEntriesByName('first-contentful-paint')[0].startTime, performance.now()].map(Math.round)",
  );
  return `${read} ms, answers to a hand after ${live}`;
}
