import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { OfficersWorld } from './program-pages.ts';
import { holdfast } from './running-network.ts';

type CaseWorld = OfficersWorld & {
  readonly choose: (page: Page, name: string, option: RegExp) => Promise<void>;
};

/** A complaint about ada, from the desk to a finding and the appeal against it; officer-i handles it, and so judges nothing in it. */
export function describeCase(world: () => CaseWorld): void {
  const nameAda = async (page: Page) => {
    await page.getByLabel("The credential, by the issuer's label").fill('ada');
    await page.getByRole('button', { name: 'Find' }).click();
    await page.getByText('It takes effect on this credential.').waitFor();
  };
  const draft = async (page: Page) => page.getByRole('button', { name: 'Draft this step' }).click();
  const sign = async (page: Page) => page.getByRole('button', { name: 'Sign as officer-i' }).click();
  const open = async ({ go }: CaseWorld, page: Page) => {
    await go(page, 'Cases');
    await page.getByRole('link', { name: 'credential: residence ended' }).click();
  };

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
    await ivo.getByText(/should judge it by/).waitFor();
  });

  test('it is judged by those who were drawn, says what follows if nobody appeals, and is appealed against', async () => {
    const { page: helena, network, folder } = world();
    await open(world(), helena);
    await helena.getByRole('radio', { name: 'Upheld' }).check();
    await helena.getByLabel('Why').fill('She moved.');
    await draft(helena);
    await helena.getByText(/It is not for officer-h to sign: it takes another role, or those who were drawn/).waitFor();
    const [, drawn = ''] = /These may: ([^.]+)\./.exec(await helena.getByText(/These may:/).innerText()) ?? [];
    const judges = drawn.split(', ');
    expect(judges).toHaveLength(2);
    const id = decodeURIComponent(new URL(helena.url()).pathname.split('/').at(-1) ?? '');
    const words = ['--upheld', '--reasons', 'She moved.', '--url', network.url, '--data', folder];
    for (const judge of judges) await holdfast('case', 'find', id, ...words, '--as', judge);
    await helena.getByText(/Upheld by those who judged it/).waitFor();
    await helena.getByText(/Those concerned may appeal by .* If nobody does, the finding is final/).waitFor();
    await helena.getByLabel('In their words').fill('I have not moved.');
    await helena.getByRole('button', { name: 'Put it on record' }).click();
    await helena.getByText('I have not moved.', { exact: true }).last().waitFor();
    await helena
      .getByText(/^An appeal was made\./)
      .first()
      .waitFor();
  });
}
