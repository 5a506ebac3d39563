import { isCodedError } from '@holdfast/core';
import { createApproval, type Governor, type Proposal } from '@holdfast/server/roles';
import type { Place, World } from './world.ts';

/** Mean time between two decisions, and how long a suspension lasts; milliseconds. */
const BETWEEN_MS = 12_000;
const SUSPENDED_MS = 90_000;
/** How long after a suspension the same one is proposed again, now and then: so long that it ends some ticks later. */
const TWIN_MS = 12_000;
/** How long an officer takes at most, and how long one waits for an answer before asking again. */
const OFFICER_MS = 10_000;
const SLOW_OFFICER_MS = 40_000;
const PATIENCE_MS = 15_000;
const MAX_TRIES = 60;

/** Officers decide, late and out of step, over a line that loses what they say. They ask again until they are answered. */
export function startDeciding(world: World): void {
  const { scheduler } = world;
  const random = world.random.fork('decisions');
  let cases = 0;
  const next = () => {
    if (!world.trouble().isOver) {
      cases += 1;
      const index = random.below(world.holders.length);
      const power = random.chance(0.75) ? 'revoke' : 'suspend';
      const target = { list: world.place.list, index };
      // Another officer has the same thought, and is quicker: what is proposed first is approved last, and ends first.
      const isTwin = power === 'suspend' && world.random.fork(`twin ${cases}`).chance(0.5);
      openCase(world, `case ${cases}`, { target, power, officerMs: isTwin ? SLOW_OFFICER_MS : OFFICER_MS });
      const officers = world.officers.toReversed();
      if (isTwin) scheduler.after(TWIN_MS, () => openCase(world, `twin ${cases}`, { target, power, officers }));
    }
    scheduler.after(1 + random.below(2 * BETWEEN_MS), next);
  };
  next();
}

type Request = Parameters<Governor['propose']>[0];

/** Who approves, and in which order; and how long each of them takes at most. */
type Desk = { readonly officers?: readonly string[]; readonly officerMs?: number };

type Case = Desk & {
  readonly target: Place;
  readonly power: 'revoke' | 'suspend';
};

export function openCase(world: World, key: string, one: Case): void {
  if (!world.trouble().isOver) atDesk(world, decideStatus(world, key, one));
}

/** Until it is done, somebody at the desk waits for it. */
export function atDesk(world: World, work: Promise<unknown>): void {
  world.desk.open += 1;
  work.finally(() => {
    world.desk.open -= 1;
  });
}

async function decideStatus(world: World, key: string, { target, power, ...desk }: Case): Promise<void> {
  const targets = [target];
  const request =
    power === 'revoke'
      ? ({ power, class: 'residence-ended', targets, reason: key } as const)
      : ({ power, class: 'under-review', targets, reason: key, durationMs: SUSPENDED_MS } as const);
  const proposal = await decide(world, key, request, desk);
  if (proposal !== undefined) world.desk.authorised.push({ id: proposal.id, target, power });
}

/** The proposal once its last needed approval was acknowledged; undefined when the governor says no. */
export async function decide(world: World, key: string, request: Request, desk?: Desk): Promise<Proposal | undefined> {
  const proposal = await insist(world, (governor) => governor.propose(request, key));
  return proposal === undefined ? undefined : approve(world, key, proposal, desk);
}

/** As many officers as are needed approve, each in their own time. Undefined when the governor says no. */
export async function approve(
  world: World,
  key: string,
  { id, digest, needed }: Proposal,
  { officers = world.officers, officerMs = OFFICER_MS }: Desk = {},
): Promise<Proposal | undefined> {
  const random = world.random.fork(key);
  let latest: Proposal | undefined;
  for (const officer of officers.slice(0, needed)) {
    await world.scheduler.clock().sleep(random.below(officerMs) + (world.desk.lateMs?.(officer) ?? 0));
    const approval = await createApproval(world.signer, officer, digest);
    latest = await insist(world, (governor) => governor.approve(id, approval));
    if (latest === undefined) return undefined;
    world.desk.approvals.set(id, (world.desk.approvals.get(id) ?? 0) + 1);
    world.scheduler.touch();
  }
  return latest;
}

/** Undefined when the governor's answer is no, which repeating would not change. */
export async function insist<Result>(
  world: World,
  ask: (governor: Governor) => Promise<Result>,
): Promise<Result | undefined> {
  const { scheduler } = world;
  for (let attempt = 1; attempt <= MAX_TRIES; attempt += 1) {
    try {
      return await askOnce(world, ask);
    } catch (error) {
      if (isCodedError(error) && isFinal(error.code)) return undefined;
      await scheduler.clock().sleep(500 * Math.min(attempt, 10));
    }
  }
  return undefined;
}

function isFinal(code: string): boolean {
  return (
    (code.startsWith('decision.') && code !== 'decision.network-not-ready' && code !== 'decision.closed') ||
    code.startsWith('approval.')
  );
}

/** What is lost on the way, or with the governor's life, is never answered: only waiting ends it. */
async function askOnce<Result>(world: World, ask: (governor: Governor) => Promise<Result>): Promise<Result> {
  const { scheduler, trouble, faults } = world;
  const random = world.random.fork(`line ${scheduler.now}`);
  const late = scheduler.clock().sleep(PATIENCE_MS);
  const answer = (async () => {
    const governor = world.governor().governor;
    if (governor === undefined) throw new Error('The governor is down.');
    if (random.chance(trouble().desk)) return lost(faults);
    const result = await ask(governor);
    return random.chance(trouble().desk) ? lost(faults) : result;
  })();
  const silent = late.then((): never => {
    throw new Error('No answer.');
  });
  silent.catch(() => undefined);
  return Promise.race([answer, silent]);
}

function lost(faults: World['faults']): Promise<never> {
  faults.add('lost at the desk');
  return new Promise(() => undefined);
}
