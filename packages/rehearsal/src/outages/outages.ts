import { isCodedError } from '@holdfast/core';
import type { Sent } from '../money/money.ts';
import type { World } from '../world.ts';
import { type Action, apply, isHonest, type Trial, tryAction } from './actions.ts';
import { createStage, type Part, type Stage } from './stage.ts';

/** What one part's absence means for one thing that somebody wants to do. Times are virtual, milliseconds. */
export type Outage = {
  readonly part: Part;
  /** How long it had been away when it was tried. */
  readonly awayMs: number;
  readonly action: Action;
  /** What whoever tried was told. */
  readonly outcome: string;
  /** After how long they were told; undefined when they were still waiting when the part came back. */
  readonly answeredMs: number | undefined;
  /** What operators see: alarms of the verifier, events of distributor and network, and open handoffs with their owner. */
  readonly told: readonly string[];
  /** How long after the part's return it was as if nothing had been; undefined when it never was. */
  readonly healedMs: number | undefined;
};

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

type Case = { readonly part: Part; readonly awayMs: number; readonly actions: readonly Action[] };

const one = (part: Part, awayMs: number, ...actions: readonly Action[]): Case => ({ part, awayMs, actions });

/** Every part that can be away, beside everything that touches it. What is only asked is asked on one stage. */
export const CASES: readonly Case[] = [
  one('nothing', 10 * SECOND, 'view', 'pay'),
  one('nothing', 10 * SECOND, 'revoke'),
  one('nothing', 10 * SECOND, 'issue'),
  one('nothing', 10 * SECOND, 'apply'),
  one('nothing', 10 * SECOND, 'paid'),
  ...[10 * SECOND, 2 * MINUTE, 10 * MINUTE, 2 * HOUR].map((awayMs) => one('network', awayMs, 'view', 'pay')),
  one('network', 10 * SECOND, 'revoke'),
  one('network', 10 * SECOND, 'issue'),
  one('network', 10 * SECOND, 'apply'),
  one('network', 10 * SECOND, 'paid'),
  ...[10 * SECOND, 2 * MINUTE, 10 * MINUTE].map((awayMs) => one('witnesses', awayMs, 'view', 'pay')),
  one('witnesses', 2 * MINUTE, 'revoke'),
  one('governor', 10 * SECOND, 'view', 'pay'),
  one('governor', 10 * SECOND, 'revoke'),
  one('issuer', 10 * SECOND, 'view', 'pay'),
  one('issuer', 10 * SECOND, 'revoke'),
  one('issuer', 10 * SECOND, 'issue'),
  one('verifier', 10 * SECOND, 'apply'),
  one('verifier', 10 * SECOND, 'paid'),
  one('distributor', 10 * SECOND, 'view', 'pay'),
  one('distributor', 10 * SECOND, 'apply'),
  one('ledger', 10 * SECOND, 'apply'),
  one('ledger', 10 * SECOND, 'paid'),
  one('bank', 10 * SECOND, 'apply'),
  one('bank', 10 * SECOND, 'paid'),
];

/** Longer than any evidence lasts: eighteen thousand ticks, so not among the tests. */
export const LONG_CASES: readonly Case[] = [one('network', 25 * HOUR, 'view', 'pay')];

/** Rehearses each case on a network of its own. The same for the same seed. */
export async function rehearseOutages(
  seed: number,
  cases: readonly Case[],
  progress: (done: number, total?: number) => void = () => undefined,
): Promise<Outage[]> {
  const outages: Outage[] = [];
  for (const [i, each] of cases.entries()) {
    const stage = await createStage(seed, each.part === 'witnesses');
    outages.push(...(each.actions.includes('paid') ? [await tryPaid(stage, each)] : await tryAll(stage, each)));
    progress(i + 1, cases.length);
  }
  return outages;
}

/** How long whoever tries waits before the part comes back; how long it is then watched. */
const PATIENCE_MS = 40 * SECOND;
const HEALING_MS = 5 * MINUTE;
const POLL_MS = 250;
/** How long a program goes on without the part, from before its window closes. */
const PAID_AWAY_MS = 10 * MINUTE;

async function tryAll(stage: Stage, { part, awayMs, actions }: Case): Promise<Outage[]> {
  const { world } = stage;
  const readTold = takeAway(stage, part);
  await world.scheduler.run(world.scheduler.now + awayMs);
  const tried: { readonly trial: Trial; readonly heard: Omit<Outage, 'healedMs'> }[] = [];
  for (const action of actions) {
    if (action === 'paid') throw new Error('What is paid is tried by its own way.');
    const trial = tryAction(stage, action);
    const answer = await hear(world, trial.answer);
    tried.push({ trial, heard: { part, awayMs, action, ...answer, told: await readTold() } });
  }
  stage.giveBack();
  const healed = await watch(
    world,
    tried.map(({ trial }) => trial),
  );
  return tried.map(({ heard }, i) => ({ ...heard, healedMs: healed[i] }));
}

/** Somebody has applied before the part goes; the program goes on without it for ten minutes. */
async function tryPaid(stage: Stage, { part, awayMs: beforeMs }: Case): Promise<Outage> {
  const { world, money } = stage;
  // A bank is only asked for what is paid outside.
  const sent = money.sent.find((one) => isHonest(one) && one.program.id === (part === 'bank' ? 'pro-rata' : 'equal'));
  await hear(world, apply(stage, sent).answer);
  await world.scheduler.run((sent?.program.window.closesAt ?? 0) - beforeMs);
  const readTold = takeAway(stage, part, sent?.program.id);
  await world.scheduler.run(world.scheduler.now + PAID_AWAY_MS);
  const state = await stateOf(stage, sent);
  const told = await readTold();
  stage.giveBack();
  const isDone = async () => ['carried', 'voided'].includes(await stateOf(stage, sent));
  const [healedMs] = await watch(world, [{ answer: Promise.resolve(''), isDone }]);
  const after = await stateOf(stage, sent);
  const outcome = state === after ? state : `${state}; then ${after}`;
  return { part, awayMs: PAID_AWAY_MS, action: 'paid', outcome, answeredMs: undefined, told, healedMs };
}

async function stateOf({ money: { distributor } }: Stage, sent: Sent | undefined): Promise<string> {
  if (sent === undefined) return 'nobody applied';
  const kept = await distributor.store.read(sent.program.id, sent.digest);
  const { judgement, payment } = kept ?? {};
  const isOnItsWay = payment?.state === 'carried' && (await distributor.settlements.readOpen(1)).length > 0;
  if (isOnItsWay) return 'sent to the bank';
  if (payment !== undefined) return payment.state;
  return judgement === undefined ? 'accepted' : 'judged';
}

async function hear(world: World, answer: Promise<string>): Promise<Pick<Outage, 'outcome' | 'answeredMs'>> {
  const { scheduler } = world;
  const since = scheduler.now;
  let heard: Pick<Outage, 'outcome' | 'answeredMs'> | undefined;
  const tell = (outcome: string) => {
    heard = { outcome, answeredMs: scheduler.now - since };
  };
  answer.then(tell, (error: unknown) => tell(isCodedError(error) ? error.code : String(error)));
  while (heard === undefined && scheduler.now < since + PATIENCE_MS) await scheduler.run(scheduler.now + POLL_MS);
  return heard ?? { outcome: 'still trying', answeredMs: undefined };
}

/** For each, how long it took until it was done; undefined for those that were not within `HEALING_MS`. */
async function watch({ scheduler }: World, trials: readonly Trial[]): Promise<(number | undefined)[]> {
  const since = scheduler.now;
  const doneMs: (number | undefined)[] = trials.map(() => undefined);
  while (scheduler.now < since + HEALING_MS && doneMs.includes(undefined)) {
    const asked = Promise.all(trials.map(({ isDone }) => isDone()));
    await scheduler.run(scheduler.now + POLL_MS);
    for (const [i, isDone] of (await asked).entries()) if (isDone) doneMs[i] ??= scheduler.now - POLL_MS - since;
  }
  return doneMs;
}

/** Takes the part away; what the result reads is what operators have seen since, of this program where there is one. */
function takeAway({ world, money, take }: Stage, part: Part, program?: string): () => Promise<string[]> {
  const since = world.scheduler.now;
  const before = money.distributor.events.length;
  const toldBefore = world.network().told.length;
  const isMeant = (of: string | undefined) => of === undefined || of === program;
  take(part);
  return async () => {
    const alarms =
      world
        .verifiers()[0]
        ?.follower?.health()
        .alarms.filter(({ at }) => at >= since) ?? [];
    const events = money.distributor.events.slice(before).filter((event) => isMeant(event.program));
    const open = ((await money.distributor.running?.distributor.handoffs())?.handoffs ?? [])
      .filter(({ what, of }) => what === 'settlement' || isMeant(of))
      .map(({ what, receiver, owner, next }) => `${what} to ${receiver}: ${owner}, ${next}`);
    const told = world.network().told.slice(toldBefore);
    return [...new Set([...[...alarms, ...events].map(({ code }) => code), ...told, ...open])];
  };
}
