import {
  encodeBase64url,
  encodeJws,
  encodeSigningInput,
  encodeUtf8,
  orderSigningParts,
  type TransferOrder,
} from '@holdfast/core';
import type { Random } from '../random.ts';
import type { OrderLaws } from './order-laws.ts';
import { ASSET, type OrderHolder, type OrdersWorld, PARTY, type Wanted } from './ordering.ts';

/** Answers after which whoever asks knows all there is to know. */
const FINAL = new Set(['order.signature', 'order.other-ledger', 'order.expired', 'order.expiry', 'order.malformed']);
const GOOD_MS = 120_000;
const MAX_ATTEMPTS = 80;

/** Each holder orders one thing after the other, and asks until they know what became of it. */
export function startHolders(world: OrdersWorld, orders: number, laws: OrderLaws): { readonly open: () => number } {
  let open = world.holders.length;
  for (const holder of world.holders) {
    const random = world.random.fork(`holder ${holder.number}`);
    void live(world, { holder, random, orders, laws }).finally(() => {
      open -= 1;
    });
  }
  return { open: () => open };
}

type Living = {
  readonly holder: OrderHolder;
  readonly random: Random;
  readonly orders: number;
  readonly laws: OrderLaws;
};

async function live(world: OrdersWorld, living: Living): Promise<void> {
  const clock = world.scheduler.clock();
  const { holder, random, orders, laws } = living;
  for (let i = 0; i < orders; i += 1) {
    await clock.sleep(random.below(10_000));
    const wanted = want(world, holder, random);
    laws.ordered(wanted);
    // At once, signed anew each time: there are many signatures for the same bytes.
    const copies = 1 + random.below(3);
    await Promise.all(Array.from({ length: copies }, () => askUntilKnown(world, wanted, living)));
    // Somebody has kept it, and sends it again after everybody was told.
    if (random.chance(0.3)) await askUntilKnown(world, wanted, living);
  }
}

function want({ holders, scheduler }: OrdersWorld, from: OrderHolder, random: Random): Wanted {
  const to = random.pick(holders.filter((other) => other !== from));
  const kind = random.chance(0.7) ? 'own' : random.pick(['of-another-key', 'of-another-ledger', 'late'] as const);
  const order: TransferOrder = {
    ...{ v: 1, kind: 'transfer', asset: ASSET.code, to: to.name, salt: encodeBase64url(random.bytes(16)) },
    ledger: kind === 'of-another-ledger' ? 'town' : PARTY,
    amount: `${1 + random.below(random.chance(0.2) ? 400 : 40)}`,
    expiresAt: scheduler.now + (kind === 'late' ? -1 - random.below(GOOD_MS) : GOOD_MS),
  };
  return { order, from, to, kind };
}

async function askUntilKnown(world: OrdersWorld, wanted: Wanted, { random, laws }: Living): Promise<void> {
  const clock = world.scheduler.clock();
  for (let i = 0; i < MAX_ATTEMPTS; i += 1) {
    await clock.sleep(random.below(random.chance(0.1) ? 20_000 : 500));
    const answer = await ask(world, wanted, random);
    // What comes back may be lost; who has not heard it asks again.
    if (random.chance(0.2)) world.faults.add('answer lost');
    else if (answer !== undefined) {
      laws.told(wanted, answer);
      world.trace.add(`${wanted.from.number} ${wanted.order.salt} ${answer}`);
      if (answer.startsWith('order.') ? FINAL.has(answer) || answer === 'order.no-account' : true) return;
    }
  }
}

/** The ledger's answer or a code; undefined when there is none. */
async function ask(world: OrdersWorld, wanted: Wanted, random: Random): Promise<string | undefined> {
  const cashier = world.cashier();
  if (cashier === undefined || random.chance(0.1)) {
    world.faults.add('unheard');
    return undefined;
  }
  try {
    return (await cashier.carryOut(sign(world, wanted, random))).answer;
  } catch (error) {
    const { code } = error as { readonly code?: string };
    return code?.startsWith('order.') === true && code !== 'order.too-many' ? code : undefined;
  }
}

function sign({ signatures, holders }: OrdersWorld, { order, from, kind }: Wanted, random: Random): string {
  // A thief names the key of whoever has something, and signs with the one that they have.
  const named = kind === 'of-another-key' ? random.pick(holders.filter((other) => other !== from)) : from;
  const input = encodeSigningInput(...orderSigningParts(order, named.key));
  return encodeJws(input, signatures.sign(from.key, encodeUtf8(input)));
}
