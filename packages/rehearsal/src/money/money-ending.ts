import { encodeDestination, parseAccountId } from '@holdfast/core';
import type { World } from '../world.ts';
import type { Act, Money } from './money.ts';
import type { MoneyFigures, PersonOutcome } from './money-figures.ts';

/** Appeals, the longest reserve and the latest answer of a bank end within this; with a lottery, every round of it too. */
const ENDING_MS = 9 * 60_000;
const LOTTERY_MS = 6 * 60_000;
const STEP_MS = 5000;

/** Runs on until every program has ended, and then says what is still open. */
export async function endPrograms(world: World, money: Money, isEnough: () => boolean): Promise<void> {
  const { scheduler, oracles } = world;
  const hasLottery = money.programs.some(({ beacon }) => beacon !== undefined);
  const endMs = scheduler.now + ENDING_MS + (hasLottery ? LOTTERY_MS : 0);
  while (scheduler.now < endMs && !isEnough() && !(await isOver(money))) await scheduler.run(scheduler.now + STEP_MS);
  if (isEnough()) return;
  for (const { id, uniqueness } of money.programs) {
    const isEnded = await hasEnded(money, id, uniqueness.key);
    oracles.expect('every-program-ends', isEnded, scheduler.now, () => `${id}: ${lastEvents(money, id)}`);
  }
  await expectEverybodyAnswered(world, money);
  await expectNoHandoffs(world, money);
}

/** Everything has ended that can: programs, payments, what was sent and what was decided about it. */
export async function isOver(money: Money): Promise<boolean> {
  const { distributor, programs, sent } = money;
  // The last step of a program is one at which its distributor may die: it comes back first.
  if (distributor.running === undefined) return false;
  if (sent.some(({ acknowledgement, refused }) => acknowledgement === undefined && refused === undefined)) return false;
  if (money.acts.some((act) => !act.isDone || isUncorrected(money, act))) return false;
  for (const { id, uniqueness } of programs) if (!(await hasEnded(money, id, uniqueness.key))) return false;
  return (await distributor.settlements.readOpen(1)).length === 0;
}

/** Whoever took a lost payment for paid has not put it right yet. */
function isUncorrected({ acts }: Money, { isMistaken, instruction: { payment, attempt } }: Act): boolean {
  const isAboutIt = ({ instruction }: Act) => instruction.payment === payment && instruction.attempt === attempt;
  return isMistaken && acts.filter(isAboutIt).length === 1;
}

/** Its key is gone, nothing is reserved, and what was left has gone back. */
async function hasEnded({ distributor, ledger }: Money, id: string, key: string): Promise<boolean> {
  if ((await distributor.store.readKey(key)) !== undefined) return false;
  const [budget] = await ledger.store.readAccounts([parseAccountId(`program.${id}`)]);
  return budget?.debitsPending === 0n && budget.creditsPosted === budget.debitsPosted;
}

function lastEvents({ distributor }: Money, id: string): string {
  const events = distributor.events.filter(({ program }) => program === id).slice(-3);
  return events.map(({ code, detail }) => `${code} ${detail}`).join('; ');
}

/** Whoever holds an acceptance was judged, and has been paid or knows why not. */
async function expectEverybodyAnswered(
  { oracles, scheduler }: World,
  { sent, distributor, bank }: Money,
): Promise<void> {
  for (const { program, digest, acknowledgement, application } of sent) {
    if (acknowledgement === undefined) continue;
    const kept = await distributor.store.read(program.id, digest);
    const state = kept?.payment?.state;
    const isOutside = state === 'carried' && application.destination.kind !== 'internal';
    const arrived = isOutside ? bank.paidTo(encodeDestination(application.destination)) : kept?.payment?.amount;
    const isPaid = state === 'carried' && arrived === kept?.payment?.amount;
    const isSettled = state === undefined || state === 'voided' || isPaid;
    oracles.expect(
      'nothing-acknowledged-is-lost',
      kept?.admitted !== undefined && isSettled,
      scheduler.now,
      () => `${program.id}: ${digest} is ${state ?? kept?.admitted}, and ${arrived} has arrived`,
    );
  }
}

async function expectNoHandoffs({ oracles, scheduler }: World, { distributor, sent }: Money): Promise<void> {
  const told = await distributor.running?.distributor.handoffs();
  const open = told?.handoffs ?? [{ what: 'distributor', next: 'started' }];
  const waiting = sent.filter(({ acknowledgement, refused }) => acknowledgement === undefined && refused === undefined);
  const what = () =>
    `${waiting.length} wait at the door; ${open.map(({ what, next }) => `${what} ${next}`).join(', ')}`;
  oracles.expect('no-open-handoff', open.length === 0 && waiting.length === 0, scheduler.now, what);
}

export async function readFigures({ oracles }: World, money: Money): Promise<MoneyFigures> {
  const { programs, sent, distributor } = money;
  let [paid, voided, ended] = [0, 0, 0];
  for (const { id, uniqueness } of programs) {
    const sums = await distributor.store.sumPayments(id);
    paid += sums.carried?.count ?? 0;
    voided += sums.voided?.count ?? 0;
    if (await hasEnded(money, id, uniqueness.key)) ended += 1;
  }
  const acknowledged = sent.filter(({ acknowledgement }) => acknowledgement !== undefined).length;
  const applications = sent.length;
  return { programs: programs.length, ended, applications, acknowledged, paid, voided, violations: oracles.violated };
}

/** By person, where nothing is left to chance; what everybody was told and got. */
export async function readOutcomes({ sent, distributor }: Money): Promise<PersonOutcome[]> {
  const outcomes: PersonOutcome[] = [];
  for (const { program, holder, digest, kind, acknowledgement } of sent) {
    const { allocation } = program;
    if ('firstCome' in allocation && allocation.firstCome === true) continue;
    if (program.beacon !== undefined || kind === 'swapper' || acknowledgement === undefined) continue;
    const kept = await distributor.store.read(program.id, digest);
    const { judgement, payment } = kept ?? {};
    const code = judgement !== undefined && 'refused' in judgement ? judgement.refused : undefined;
    const outcome = code ?? payment?.state ?? 'nothing';
    const amount = `${payment?.amount ?? 0n}`;
    // Where the first of a person's applications counts, the person is who is compared.
    const application = program.allocation.mode === 'instant' ? undefined : digest;
    const isCounted = application !== undefined || payment !== undefined;
    if (isCounted) outcomes.push({ program: program.id, person: holder.index, application, outcome, amount });
  }
  return outcomes.sort((a, b) => (a.program === b.program ? a.person - b.person : a.program < b.program ? -1 : 1));
}
