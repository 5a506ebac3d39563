import { assert, type BeaconTerms, isCodedError, parseAccountId, parseAmount, parseTransferId } from '@holdfast/core';
import { sealedListsOf } from '@holdfast/server/roles';
import type { World } from '../world.ts';
import { accountOf, type Money } from './money.ts';
import { REVEAL_ROUNDS, REVEALERS, secretOf } from './relief-programs.ts';

/** Mean time between two acts of each, milliseconds. */
const SPENDING_MS = 6000;
const NAGGING_MS = 15_000;
const REVEALING_MS = 7000;

/** Those who are about money without deciding anything: all of them try what they should not. */
export function startBystanders(world: World, money: Money): void {
  repeat(world, 'spender', SPENDING_MS, () => spendReserved(world, money));
  repeat(world, 'operator', NAGGING_MS, () => retryEverything(money));
  for (const party of REVEALERS) repeat(world, party, REVEALING_MS, () => reveal(world, money, party));
}

/**
 * Those alone who do what they should: the parties whose secrets make the seed of a lottery, none of whom is ever silent, and an
 * operator who has what a bank did not pay tried again.
 */
export function startHelpers(world: World, money: Money): void {
  repeat(world, 'operator', NAGGING_MS, () => retryEverything(money));
  for (const party of REVEALERS) repeat(world, party, REVEALING_MS, () => reveal(world, money, party, 0));
}

function repeat(world: World, name: string, meanMs: number, act: () => Promise<void>): void {
  const { scheduler } = world;
  const random = world.random.fork(name);
  const next = () => {
    act().catch(() => undefined);
    scheduler.after(1 + random.below(2 * meanMs), next);
  };
  scheduler.after(random.below(meanMs), next);
}

/** A payee who sees money coming spends it at once: posted and reserved together. */
async function spendReserved({ scheduler }: World, { ledger, sent }: Money): Promise<void> {
  for (const one of sent) {
    const { program, digest } = one;
    const from = accountOf(one);
    if (from === undefined) continue;
    const [account] = await ledger.store.readAccounts([from]);
    if (account === undefined || account.creditsPending === 0n) continue;
    const shop = parseAccountId(`shop.${program.asset.code}`);
    await ledger.role?.createAccounts([{ id: shop, asset: program.asset, rule: 'none' }]);
    const amount = parseAmount(account.creditsPending);
    const id = parseTransferId(`spend.${digest}.${scheduler.now}`);
    await ledger.role?.transfer([{ kind: 'posted', id, debit: from, credit: shop, amount }]);
  }
}

/** An operator with more zeal than knowledge has everything that is not paid tried again. */
async function retryEverything({ distributor }: Money): Promise<void> {
  const { running } = distributor;
  if (running === undefined) return;
  const { handoffs } = await running.settling.openHandoffs();
  for (const { transferId } of handoffs) await running.settling.retry(transferId).catch(() => undefined);
}

/** A party of a lottery brings its secrets too early, and keeps silent in the first round now and then. */
async function reveal(world: World, { distributor, programs }: Money, party: string, shy = 0.4): Promise<void> {
  const { running, follower } = distributor;
  const lottery = programs.find(({ beacon }) => beacon !== undefined);
  const record = lottery === undefined ? undefined : follower?.state.programs.get(lottery.id);
  if (running === undefined || record === undefined || record.draw !== undefined) return;
  const terms = record.program.beacon as BeaconTerms;
  assert(terms.kind === 'commit-reveal', 'the lottery of a rehearsal is of secrets');
  const seal = sealedListsOf(record);
  const isShy = world.random.fork(`shy ${party}`).chance(shy);
  for (let round = isShy && seal !== undefined ? 1 : 0; round < REVEAL_ROUNDS; round += 1) {
    const question = { terms, program: record.digest, ...(seal === undefined ? {} : { seal }) };
    try {
      await running.beacon.reveal(question, { party, round, secret: secretOf(world, party, round) });
    } catch (error) {
      // Too early for this round is too early for those after it.
      if (!isCodedError(error) || error.code === 'beacon.early') return;
    }
  }
}
