import { bindingDigest, CodedError, type Instruction, isCodedError } from '@holdfast/core';
import type { SettlementHandoff } from '@holdfast/server/roles';
import { atDesk, decide } from '../deciding.ts';
import type { Random } from '../random.ts';
import type { World } from '../world.ts';
import type { Act, Money } from './money.ts';

/** Mean time between two looks at what nobody answers for; and between two tries of somebody who may not. */
const LOOKING_MS = 6000;
const ZEAL_MS = 9000;
/** Two decisions, and both carried out, take at most this long. */
const RIGHTING_MS = 120_000;
/** How often an act is sent until it is done. */
const MAX_TRIES = 60;

/**
 * Officers find out what became of payments that the bank says nothing of, and decide; an operator carries it out, over a
 * line that loses what is said. Now and then they are wrong, and put it right. Somebody else sends acts that nobody decided,
 * and old ones again.
 */
export function startOfficers(world: World, money: Money): void {
  repeat(world, 'officers', LOOKING_MS, (random) => look(world, money, random, 0.4));
  repeat(world, 'zealot', ZEAL_MS, (random) => overreach(money, random));
}

/** Officers who are never wrong, and nobody who oversteps. */
export function startSoundOfficers(world: World, money: Money): void {
  repeat(world, 'officers', LOOKING_MS, (random) => look(world, money, random, 0));
}

function repeat(world: World, name: string, meanMs: number, act: (random: Random) => Promise<void>): void {
  const { scheduler } = world;
  const random = world.random.fork(name);
  const next = () => {
    act(random).catch(() => undefined);
    scheduler.after(1 + random.below(2 * meanMs), next);
  };
  scheduler.after(random.below(meanMs), next);
}

async function look(world: World, money: Money, random: Random, mistakes: number): Promise<void> {
  const { running } = money.distributor;
  if (running === undefined) return;
  const { handoffs } = await running.settling.openHandoffs();
  for (const handoff of handoffs)
    if (handoff.owner === 'officers') findOut(world, money, handoff, { random, mistakes });
  for (const { instruction, isMistaken, isDone } of money.acts) {
    if (isMistaken && isDone) open(world, money, { ...instruction, act: 'cancel' }, false);
  }
}

function findOut(
  world: World,
  money: Money,
  { transferId, attempts, state }: SettlementHandoff,
  { random, mistakes }: { readonly random: Random; readonly mistakes: number },
): void {
  const [, program = ''] = transferId.split('.');
  for (const [i, { id, state: known }] of attempts.entries()) {
    const fate = money.bank.inquire(id);
    if (known !== 'unknown' || fate === 'open') continue;
    const isMistaken = fate === 'unpaid' && random.chance(mistakes) && canBeRighted(world, program);
    const mayRetry = i === attempts.length - 1 && state === 'unknown' && random.chance(0.5);
    const act = fate === 'paid' || isMistaken ? 'settle' : mayRetry ? 'retry' : 'cancel';
    open(world, money, { program, payment: transferId, attempt: i + 1, act }, isMistaken);
  }
}

/** Where a payment went is erased once its program has ended: what is taken for paid by then stays so. */
function canBeRighted({ governor, scheduler }: World, id: string): boolean {
  const record = governor().follower?.state.programs.get(id);
  const endsAt = (record?.sealedAt?.time ?? scheduler.now) + (record?.program.appealMs ?? 0);
  return endsAt - scheduler.now > RIGHTING_MS;
}

/** One decision about each attempt, and one more where the first was wrong. */
function open(world: World, money: Money, instruction: Instruction, isMistaken: boolean): void {
  const { payment, attempt } = instruction;
  const known = money.acts.filter((one) => one.instruction.payment === payment && one.instruction.attempt === attempt);
  const isRightedNow = known.length === 1 && known[0]?.isMistaken === true && known[0].isDone;
  if (known.length > 0 && !(isRightedNow && instruction.act === 'cancel')) return;
  const act: Act = { instruction, digest: bindingDigest(instruction), isMistaken, isDone: false };
  money.acts.push(act);
  atDesk(world, decideAndAct(world, money, act));
}

async function decideAndAct(world: World, money: Money, act: Act): Promise<void> {
  const { instruction, digest } = act;
  const request = { power: 'release', class: 'payment-corrected', instruction, reason: 'found out' } as const;
  if ((await decide(world, `act ${digest}`, request)) === undefined) return;
  for (let attempt = 1; attempt <= MAX_TRIES && !act.isDone; attempt += 1) {
    act.isDone = await send(money, instruction).then(
      () => true,
      (error: unknown) => isCodedError(error) && !PASSING.includes(error.code),
    );
    await world.scheduler.clock().sleep(500 * Math.min(attempt, 8));
  }
}

const SILENT = 'network.unreachable';
/** The distributor may not have read the decision yet; and may be away. */
const PASSING = [SILENT, 'settlement.decision-missing'];

function send({ lines, distributor }: Money, instruction: Instruction): Promise<void> {
  return lines.door.ask(
    () => distributor.running,
    (running) => running.distributor.act(instruction),
    () => new CodedError(SILENT, 'No answer.'),
  );
}

/** Somebody with the operator's key and no decision: whatever is open, in their own way; and what was decided, once more. */
async function overreach(money: Money, random: Random): Promise<void> {
  const { running } = money.distributor;
  const { handoffs } = (await running?.settling.openHandoffs()) ?? { handoffs: [] };
  const done = money.acts.filter(({ isDone }) => isDone);
  for (const { instruction } of done) await send(money, instruction).catch(() => undefined);
  const open = handoffs.filter(({ attempts }) => attempts.length > 0);
  if (open.length === 0) return;
  const { transferId, attempts } = random.pick(open);
  const [, program = ''] = transferId.split('.');
  const about = { program, payment: transferId, attempt: attempts.length };
  const instruction: Instruction = { ...about, act: random.pick(['settle', 'cancel', 'retry'] as const) };
  const isDecided = money.acts.some(({ digest }) => digest === bindingDigest(instruction));
  if (!isDecided) await send(money, instruction).catch(() => undefined);
}
