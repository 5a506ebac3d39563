import { writeFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { sampleCaseRules } from '../../server/src/sample/case-rules.ts';
import type { OfficersWorld } from './program-pages.ts';

type CaseWorld = OfficersWorld & {
  readonly choose: (page: Page, name: string, option: RegExp) => Promise<void>;
  readonly logIn: () => Promise<Page>;
  /** In a browser of their own, by a key that lies in the folder. */
  readonly logInByKey: (id: string) => Promise<Page>;
  /** Opens such a key on the page that asks for it. */
  readonly takeKey: (page: Page, id: string) => Promise<void>;
};
type Seat = { readonly id: string; readonly page: Page };
const [DAY_MS, MOMENT_MS] = [86_400_000, 1000];
const PROGRAM_CASE = 'program: the rules of a program are revised';

/**
 * The sample's cases, where whoever a credential is of is asked before it is judged; and where a complaint about a program
 * that an officer has vouched for is upheld within moments if nobody says anything. An epoch comes each second, because most
 * steps wait for one. The path of the file that says so.
 */
export async function writeCaseRules(path: string): Promise<string> {
  const rules = sampleCaseRules();
  const [track] = rules.tracks.filter(({ id }) => id === 'prompt');
  if (track === undefined) throw new Error('the sample has no such track');
  const asked = { ...track, answer: { dueMs: DAY_MS, extensionMs: DAY_MS, onSilence: 'proceed' } };
  const silent = {
    ...track,
    id: 'silent',
    triaged: { dueMs: MOMENT_MS, onSilence: 'uphold' },
    decided: { dueMs: MOMENT_MS },
  };
  const reasons = rules.reasons.map((reason) => {
    return reason.class === 'program-revised' ? { ...reason, track: 'silent' } : { ...reason, deadlineMs: 60 * DAY_MS };
  });
  const tracks = [...rules.tracks.filter((one) => one !== track), asked, silent];
  await writeFile(path, JSON.stringify({ tickMs: MOMENT_MS, cases: { ...rules, tracks, reasons } }));
  return path;
}

/** A complaint about ada, from the desk to its end, each step by whose it is; officer-i handles it, and so judges nothing in it. */
export function describeCase(world: () => CaseWorld): void {
  /** Those who judge, each in a browser of their own. */
  const judges: Seat[] = [];
  const namesBehind = async (page: Page, words: string) => {
    const line = await page
      .getByRole('listitem')
      .filter({ hasText: `${words}: ` })
      .innerText();
    return (/: ([^.]+)\./.exec(line)?.[1] ?? '').split(', ');
  };
  const nameAda = async (page: Page) => {
    await page.getByLabel("The credential, by the issuer's label").fill('ada');
    await page.getByRole('button', { name: 'Find' }).click();
    await page.getByText('It takes effect on this credential.').waitFor();
  };
  const draft = async (page: Page) => page.getByRole('button', { name: 'Draft this step' }).click();
  const sign = async (page: Page) => page.getByRole('button', { name: 'Sign as officer-i' }).click();
  const open = async ({ go }: CaseWorld, page: Page) => {
    await go(page, 'Cases');
    await page.getByRole('link', { name: 'credential: residence ended', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'About a credential: residence ended' }).waitFor();
  };

  test('vouch for a complaint about a program, and leave the rest of it to time', async () => {
    const { other: ivo, go, choose } = world();
    await go(ivo, 'Cases');
    await ivo.getByRole('link', { name: 'File a complaint' }).click();
    await choose(ivo, 'What it is about', /^A program$/);
    await ivo.getByLabel('The program, by its id').fill('winter-relief');
    await choose(ivo, 'What is asked for', /^an answer$/i);
    await ivo.getByLabel('What happened, in their words').fill('Nobody told us of the window.');
    await ivo.getByRole('button', { name: 'File it' }).click();
    await ivo.getByText('It is kept, and on its way into the log').waitFor();
    await go(ivo, 'Cases');
    await ivo.getByRole('link', { name: PROGRAM_CASE, exact: true }).click();
    await ivo.getByRole('radio', { name: 'Yes' }).check();
    await draft(ivo);
    await sign(ivo);
    await ivo.getByText(/It is a case\. Signed by officer-i\. Entry #\d+/).waitFor();
  });

  test('look at a complaint that the desk files: one says that it is a case, suspends, and passes it on', async () => {
    const { other: ivo, go, choose, ...rest } = world();
    await go(ivo, 'Cases');
    await ivo.getByRole('heading', { name: 'Decided by hand' }).waitFor();
    await ivo.getByRole('link', { name: 'File a complaint' }).click();
    await nameAda(ivo);
    await choose(ivo, 'Reason', /^residence ended$/);
    await ivo.getByLabel('What happened, in their words').fill('She moved in May.');
    await ivo.getByRole('button', { name: 'File it' }).click();
    await ivo.getByText('It is kept, and on its way into the log').waitFor();
    await open({ other: ivo, go, choose, ...rest }, ivo);
    await ivo.getByText('She moved in May.').waitFor();
    await ivo.getByText(/If nothing is done by then, this happens by itself: it passes to the steward/).waitFor();
    await ivo.getByRole('radio', { name: 'Yes' }).check();
    await nameAda(ivo);
    await draft(ivo);
    await sign(ivo);
    await ivo.getByText(/It is a case\. Signed by officer-i\. Entry #\d+/).waitFor();
    // Nobody reviews their own act, and whoever may not is told so before they try.
    await ivo.getByText('You may not decide it').waitFor();
    await ivo.getByText('officer-i has acted in this case before, and does not judge it.').waitFor();
    await choose(ivo, 'Step', /^Suspend the credential/);
    await nameAda(ivo);
    await draft(ivo);
    await sign(ivo);
    await ivo.getByText('The credential is suspended meanwhile.').waitFor();
    await choose(ivo, 'Step', /^Pass it on/);
    await draft(ivo);
    await sign(ivo);
    await ivo.getByText(/may answer by/).waitFor();
    await ivo.getByText('The case then goes on to those who judge it, who are drawn by lot.').waitFor();
    await ivo.getByLabel('In their words').fill('She has only been away.');
    await ivo.getByRole('button', { name: 'Put it on record' }).click();
    await ivo.getByText(/should judge it by/).waitFor();
  });

  /** A key that is made in this browser, for an officer whom the network has. */
  const makeKey = async (page: Page, judge: string) => {
    await world().go(page, 'My officer key');
    await page.getByRole('button', { name: 'Make a key' }).click();
    await page.getByLabel('Officer', { exact: true }).fill(judge);
    await page.getByText(`${judge} is an officer already: this key is added to the ones there are.`).waitFor();
  };

  test('those who were drawn get keys into their browsers: one makes it and is enrolled, one brings it in a file', async () => {
    const { page: helena, other: ivo, go, logIn, logInByKey } = world();
    await open(world(), helena);
    await helena.getByText('It is not for officer-h, who is not one of those who were asked.').waitFor();
    const [first = '', second = '', ...others] = await namesBehind(helena, 'Drawn by lot');
    expect(others).toEqual([]);
    const byClicking = async (page: Page) => {
      await makeKey(page, first);
      await page.getByRole('button', { name: 'Propose my enrolment' }).click();
      await page.getByText('Nobody signed so far; 2 more of 2 must sign the decision.').waitFor();
      for (const [officer, at] of [
        ['officer-h', helena],
        ['officer-i', ivo],
      ] as const) {
        await go(at, 'Overview');
        const mine = at.getByRole('region', { name: `For you, ${officer}` });
        await mine.getByRole('link', { name: 'Sign, or leave: Enrol officer-' }).click();
        await at.getByRole('button', { name: `Sign as ${officer}` }).click();
        await at.getByText(/Now it is for another officer|Signed by officer-h and officer-i/).waitFor();
      }
      // Nobody reloads: who may sign now is told so by the feed, and what their role is for.
      await page.getByText(`You sign as ${first}`).waitFor();
      await page.getByText('reviewer: judges cases').waitFor();
    };
    const [one, two] = await Promise.all([logIn(), logInByKey(second)]);
    await byClicking(one);
    judges.push({ id: first, page: one }, { id: second, page: two });
  });

  test('it is judged by those who were drawn, each asked in their own browser, and both have to find the same', async () => {
    const { go, findSerious } = world();
    const [first, second] = judges;
    if (first === undefined || second === undefined) throw new Error('nobody was drawn');
    const toJudge = async ({ page, id }: Seat) => {
      await go(page, 'Overview');
      const mine = page.getByRole('region', { name: `For you, ${id}` });
      await mine.getByText(/due in .*\. Otherwise somebody else is drawn to judge it\./).waitFor();
      await mine.getByRole('link', { name: 'Judge a case about a credential: residence ended' }).click();
      await page.getByText('She moved in May.').waitFor();
      await page.getByText('She has only been away.').waitFor();
      await page.getByText(/Without that many by then, this happens by itself: somebody else is drawn/).waitFor();
    };
    await toJudge(first);
    await first.page.getByText('Nobody has found anything yet.').waitFor();
    const uphold = first.page.getByRole('button', { name: `Uphold it, as ${first.id}` });
    expect(await uphold.isDisabled()).toBe(true);
    await first.page.getByLabel('Your reasons').fill('She moved.');
    const effects =
      'Once 2 of you have found so it stays suspended, and those concerned can appeal. If nobody does, the';
    await first.page.getByText(`${effects} credential is revoked, and never counts again.`).waitFor();
    expect(await findSerious(first.page)).toEqual([]);
    await uphold.click();
    await first.page.getByText('You have found: upheld. Now it is for another officer.').waitFor();
    await toJudge(second);
    await second.page.getByText('Reasons: She moved.').waitFor();
    await second.page.getByRole('button', { name: `Uphold it too, as ${second.id}` }).click();
    await second.page.getByText(/Upheld by those who judged it/).waitFor();
    await second.page.getByText(/Those concerned may appeal by .* If nobody does, the finding is final/).waitFor();
    await go(first.page, 'Overview');
    await first.page.getByText('Nothing waits for you.').waitFor();
  });

  test('it is appealed against, and what the panel finds is the end of it', async () => {
    const { page: helena, go, takeKey } = world();
    await open(world(), helena);
    await helena.getByText(/not final then: officers who had no part in it judge it anew/).waitFor();
    await helena.getByLabel('In their words').fill('I have not moved.');
    await helena.getByRole('button', { name: 'Put it on record' }).click();
    const panel = await namesBehind(helena, 'Of the panel');
    expect(panel).toHaveLength(2);
    // The same two machines, for others now: one key goes before the next is made.
    const takeOver = async ({ page }: Seat, id: string): Promise<Seat> => {
      await go(page, 'My officer key');
      await page.getByRole('button', { name: 'Remove it from this browser' }).click();
      await page.getByRole('button', { name: 'Remove it for good' }).click();
      await takeKey(page, id);
      await page.getByText(`You sign as ${id}`).waitFor();
      return { id, page };
    };
    const [third, fourth] = await Promise.all(judges.map((seat, i) => takeOver(seat, panel[i] ?? '')));
    if (third === undefined || fourth === undefined) throw new Error('there is no panel');
    await open(world(), third.page);
    await third.page.getByText('I have not moved.', { exact: true }).waitFor();
    await third.page.getByText(/this happens by itself: what was found before is final/).waitFor();
    await third.page.getByText(/it is final: nothing follows, and it is suspended no longer\./).waitFor();
    await third.page.getByLabel('Your reasons').fill('Nobody has shown that she moved.');
    await third.page.getByRole('button', { name: `Dismiss it, as ${third.id}` }).click();
    await third.page.getByText('You have found: dismissed.').waitFor();
    // The case says that there is a finding before its words come: they are held back for a while.
    const files = /\/cases\/[^/]+\/files$/;
    let letCome = () => {};
    const come = new Promise<void>((resolve) => {
      letCome = resolve;
    });
    await fourth.page.route(files, async (route) => {
      await come;
      await route.continue();
    });
    await open(world(), fourth.page);
    await fourth.page.getByText('Reasons: not here yet').waitFor();
    const dismiss = fourth.page.getByRole('button', { name: `Dismiss it too, as ${fourth.id}` });
    expect(await dismiss.isDisabled()).toBe(true);
    letCome();
    await dismiss.click();
    await fourth.page.unroute(files);
    for (const page of [fourth.page, helena]) {
      await page.getByText('It is over', { exact: true }).waitFor();
      await page.getByText(/Nothing follows from it\. Nothing more is to be done\./).waitFor();
      await page.getByText('The credential is suspended meanwhile.').waitFor({ state: 'detached' });
    }
    await go(helena, 'Cases');
    await helena.getByText('No case is open.').waitFor();
    // What was left to time: silence upheld it, and nobody appealed.
    await helena.getByRole('switch', { name: 'Those that are over as well' }).check();
    await helena.getByRole('link', { name: PROGRAM_CASE, exact: true }).click();
    await helena.getByText('It is over', { exact: true }).waitFor();
    await helena.getByText('So it is: nothing follows but the answer. Nothing more is to be done.').waitFor();
    await Promise.all(judges.map(({ page }) => page.context().close()));
  });
}
