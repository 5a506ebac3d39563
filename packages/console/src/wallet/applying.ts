import { type Destination, destinationSchema, parseAcknowledgement, type Texts, wordingOfTitle } from '@holdfast/core';
import { button, element, field, paragraphs } from '../people/elements.ts';
import { named, say, sayAt } from '../people/words.ts';
import { type Asset, amountWords } from './amounts.ts';
import { openAccount } from './money.ts';
import { openWallet } from './open-wallet.ts';
import { ask, card, doing, endAsking, notNow, tell, turnOf } from './screen.ts';
import { askHolder } from './showing.ts';
import { type KeptApplication, keepApplication, readApplications } from './stored-matters.ts';

/** A program as `/programs` lists it: what of it is shown here. */
export type Listed = {
  readonly phase: string;
  readonly program: {
    readonly id: string;
    readonly title: string;
    readonly language?: string;
    readonly titles?: Texts;
    readonly asset: Asset;
    readonly window: { readonly opensAt: number; readonly closesAt: number };
    readonly allocation: { readonly cap?: string; readonly amount?: string };
    readonly destinations: readonly string[];
  };
};

/** Programs that are shown; whoever runs more has a page of their own for them. */
const MAX_SHOWN = 20;

export async function readPrograms(): Promise<readonly Listed[]> {
  const answer = await fetch('/programs', { credentials: 'omit' });
  const { programs = [] } = answer.ok ? ((await answer.json()) as { readonly programs?: readonly Listed[] }) : {};
  return programs.slice(0, MAX_SHOWN);
}

/** What somebody has applied for already is not offered again: a second application of one person is refused. */
export async function renderPrograms(programs: readonly Listed[], changed: () => Promise<void>): Promise<HTMLElement> {
  const applied = (await readApplications()).map(({ prepared }) => prepared.url);
  const coming = programs.filter(
    ({ phase, program }) => (phase === 'open' || phase === 'announced') && !applied.includes(addressOf(program)),
  );
  if (coming.length === 0) return card(say('wallet.programs'), [say('wallet.programs.none')]);
  return card(say('wallet.programs'), [], ...coming.map((each) => renderProgram(each, changed)));
}

function renderProgram({ phase, program }: Listed, changed: () => Promise<void>): HTMLElement {
  const { window, allocation, asset } = program;
  const most = allocation.cap ?? allocation.amount;
  const isOpen = phase === 'open';
  const apply = button(say('wallet.apply'), () => askWhere(program, changed));
  return element(
    'section',
    {},
    element('h3', {}, named(wordingOfTitle(program))),
    ...paragraphs([
      most === undefined ? undefined : say('wallet.program.most', { amount: amountWords(most, asset) }),
      isOpen ? sayAt('wallet.program.until', window.closesAt) : sayAt('wallet.program.opens', window.opensAt),
    ]),
    ...(isOpen ? [apply] : []),
  );
}

/** Where the money goes is said first: what the holder then shows is bound to it. */
export function askWhere(program: Listed['program'], changed: () => Promise<void>): void {
  const where = element('select');
  const kinds = [
    ['internal', 'wallet.to.here'],
    ['iban', 'wallet.to.bank'],
  ] as const;
  for (const [kind, code] of kinds.filter(([kind]) => program.destinations.includes(kind))) {
    const option = element('option', {}, say(code));
    option.value = kind;
    where.append(option);
  }
  const iban = element('input', { dir: 'ltr' });
  iban.autocomplete = 'off';
  iban.maxLength = 50;
  const holder = element('input', { dir: 'auto' });
  holder.autocomplete = 'name';
  holder.maxLength = 140;
  const bank = element('div', {}, field(say('wallet.iban'), iban), field(say('wallet.holder'), holder));
  const showBank = () => {
    bank.hidden = where.value !== 'iban';
  };
  where.addEventListener('change', showBank);
  showBank();
  const go = button(say('wallet.apply.press'), () => {
    void doing(async () => {
      const destination =
        where.value === 'iban'
          ? bankAccount(iban.value, holder.value)
          : ({ kind: 'internal', account: (await openAccount()).name } as const);
      if (typeof destination === 'string') return tell(say(destination), 'bad');
      await apply(program, destination, changed);
    });
  });
  ask(
    [named(wordingOfTitle(program))],
    field(say('wallet.to'), where),
    bank,
    element('div', { style: 'row' }, go, notNow()),
  );
}

/** A bank account as banks know it, or the code of what is wrong with what was typed. */
export function bankAccount(iban: string, holder: string): Destination | 'wallet.to.wrong' | 'wallet.holder.wrong' {
  const name = holder.trim();
  if (name === '') return 'wallet.holder.wrong';
  const spelled = { kind: 'iban', iban: iban.replace(/[\s-]/g, '').toUpperCase(), name };
  return destinationSchema.safeParse(spelled).data ?? 'wallet.to.wrong';
}

function addressOf({ id }: Pick<Listed['program'], 'id'>): string {
  return `${location.origin}/programs/${encodeURIComponent(id)}`;
}

async function apply(
  program: Listed['program'],
  destination: Destination,
  changed: () => Promise<void>,
): Promise<void> {
  const wallet = await openWallet();
  const title = wordingOfTitle(program);
  const hasAny = (await wallet.readAll()).length > 0;
  let isRefused = false;
  try {
    const prepared = await wallet.prepare(addressOf(program), {
      destination,
      choose: async (question) => {
        const choice = await askHolder(question, title);
        isRefused = choice === undefined;
        return choice;
      },
    });
    const kept = { id: crypto.randomUUID(), title, prepared, at: Date.now() };
    await keepApplication(kept);
    await send(kept, changed);
  } catch (error) {
    if (!isRefused && hasAny) throw error;
    tell(say(isRefused ? 'wallet.not_shown' : 'wallet.nothing_fits'), 'waiting');
  } finally {
    endAsking();
  }
}

/** Sent as often as need be: the same one has the same answer. One that is told its turn goes then, while this page is open. */
async function send(kept: KeptApplication, changed: () => Promise<void>): Promise<void> {
  try {
    const sent = await (await openWallet()).apply(kept.prepared);
    await keepApplication({ ...kept, sent });
    await changed();
    tell(say('wallet.applied.ok'));
  } catch (error) {
    await changed();
    const turn = turnOf(error);
    if (turn === undefined) throw error;
    setTimeout(() => void doing(() => send(kept, changed)), turn - Date.now());
    tell(`${sayAt('wallet.turn', turn)} ${say('wallet.turn.open')}`, 'waiting');
  }
}

export async function renderApplied(changed: () => Promise<void>): Promise<HTMLElement | undefined> {
  const all = await readApplications();
  if (all.length === 0) return undefined;
  return card(say('wallet.applied'), [], ...all.map((each) => renderKept(each, changed)));
}

function renderKept(kept: KeptApplication, changed: () => Promise<void>): HTMLElement {
  const heading = element('h3', {}, named(kept.title));
  const { sent } = kept;
  if (sent === undefined) {
    const again = button(say('wallet.applied.send'), () => void doing(() => send(kept, changed)));
    return element('section', {}, heading, ...paragraphs([say('wallet.applied.unsent')]), again);
  }
  const { place, promisedBy, intakeBy } = parseAcknowledgement(sent.acknowledgement).acknowledgement;
  const told = paragraphs([
    place === undefined ? undefined : say('wallet.applied.place', { place: `${place}` }),
    sayAt('wallet.applied.by', intakeBy),
    promisedBy === undefined ? undefined : sayAt('wallet.applied.looked', promisedBy),
  ]);
  return element('section', {}, heading, ...told, ...(sent.me === undefined ? [] : [pageLink(sent.me)]));
}

function pageLink(me: string): HTMLElement {
  const made = element('a', {}, say('wallet.applied.page'));
  made.href = me;
  return element('p', {}, made);
}
