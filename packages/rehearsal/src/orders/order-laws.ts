import { holderAccount } from '@holdfast/core';
import { ASSET, type OrdersWorld, type Wanted } from './ordering.ts';

/** What became of one order, as its holder was told. */
type Course = { readonly wanted: Wanted; isDone: boolean; refused: string | undefined };

/** Counts by itself what each account must have, from what holders have ordered and been told, and from nothing in the ledger. */
export class OrderLaws {
  readonly #world: OrdersWorld;
  readonly #paid: bigint;
  readonly #courses = new Map<string, Course>();

  constructor(world: OrdersWorld, paid: bigint) {
    this.#world = world;
    this.#paid = paid;
  }

  ordered(wanted: Wanted): void {
    this.#courses.set(wanted.order.salt, { wanted, isDone: false, refused: undefined });
  }

  told({ order, kind, from }: Wanted, answer: string): void {
    const course = this.#courses.get(order.salt);
    if (course === undefined) return;
    const isDone = answer === 'created' || answer === 'exists';
    const what = () => `${from.number}'s order of ${order.amount} (${kind}) is told: ${answer}`;
    if (kind === 'of-another-key') this.#expect('only-its-key-moves-an-account', answer === 'order.signature', what);
    if (kind === 'late' || kind === 'of-another-ledger') {
      this.#expect('done-only-where-and-while-it-says', !isDone && !answer.startsWith('refused'), what);
    }
    if (kind !== 'own') return;
    // What was done is done, and what was refused is refused, whenever it is asked.
    const before = course.isDone ? 'done' : course.refused;
    const now = isDone ? 'done' : answer;
    const isFirst = answer !== 'created' || !course.isDone;
    if (before !== undefined) this.#expect('one-order-one-transfer', before === now && isFirst, what);
    if (isDone) course.isDone = true;
    else if (answer.startsWith('refused')) course.refused = answer;
  }

  /** After everything durable: nobody has less than nothing, and all of it together is what was paid. */
  async look(): Promise<void> {
    const { store, holders } = this.#world;
    const accounts = await store.readAccounts(holders.map(({ account }) => account));
    for (const account of accounts) {
      if (account === undefined) continue;
      const left = account.creditsPosted - account.debitsPosted;
      this.#expect('never-more-than-is-there', left >= 0n, () => `${account.id} has ${left}`);
    }
  }

  async prove(open: number): Promise<void> {
    const { store, holders, ledger } = this.#world;
    this.#expect('every-order-is-answered', open === 0, () => `${open} still ask`);
    const audit = await ledger()?.audit();
    if (audit !== undefined) this.#expect('ledger-sums-to-zero', audit.holds, () => JSON.stringify(audit.assets));
    for (const { number, name } of holders) {
      const [account] = await store.readAccounts([holderAccount(ASSET.code, name)]);
      const left = account === undefined ? 0n : account.creditsPosted - account.debitsPosted;
      const expected = this.#expected(number);
      const what = () => `${number} has ${left}, and by what was ordered and told ${expected}`;
      this.#expect('one-order-one-transfer', left === expected, what);
    }
  }

  #expected(number: number): bigint {
    let sum = number < this.#world.holders.length / 2 ? this.#paid : 0n;
    for (const { wanted, isDone } of this.#courses.values()) {
      if (!isDone) continue;
      if (wanted.from.number === number) sum -= BigInt(wanted.order.amount);
      if (wanted.to.number === number) sum += BigInt(wanted.order.amount);
    }
    return sum;
  }

  #expect(oracle: Parameters<OrdersWorld['oracles']['expect']>[0], holds: boolean, what: () => string): void {
    this.#world.oracles.expect(oracle, holds, this.#world.scheduler.now, what);
  }
}
