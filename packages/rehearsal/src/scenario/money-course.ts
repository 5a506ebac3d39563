import { encodeDestination } from '@holdfast/core';
import type { Money } from '../money/money.ts';
import type { World } from '../world.ts';
import type { Coming } from './arriving.ts';

/** When what became of one application, by the rehearsal's own clock, unix milliseconds; seen at most a quarter of a second late. */
export type Times = { reservedAt?: number; postedAt?: number; voidedAt?: number; arrivedAt?: number };

/** The money of one program at one moment: how many have it in hand, how much is set aside and not paid. */
export type CoursePoint = { readonly at: number; readonly arrived: number; readonly reserved: bigint };

/** How far apart two looks are at least, milliseconds. */
const GLANCE_MS = 250;

/** Looks at the stores whenever they change, and remembers when each person's money was set aside, paid, and there. */
export class MoneyCourse {
  readonly times = new Map<string, Times>();
  readonly points: CoursePoint[] = [];
  readonly #world: World;
  readonly #money: Money;
  readonly #coming: readonly Coming[];
  readonly #program: string;
  #open: Coming[];
  #arrived = 0;
  #known = '';
  #lookedAt = 0;

  constructor(world: World, money: Money, program: string, coming: readonly Coming[]) {
    this.#world = world;
    this.#money = money;
    this.#program = program;
    this.#coming = coming;
    this.#open = [...this.#coming];
  }

  /** Looks where the last time is long enough ago: for those who call it whenever anything has changed. */
  async glance(): Promise<void> {
    if (this.#world.scheduler.now - this.#lookedAt >= GLANCE_MS) await this.look();
  }

  async look(): Promise<void> {
    this.#lookedAt = this.#world.scheduler.now;
    const sums = await this.#money.distributor.store.sumPayments(this.#program);
    const counts = Object.entries(sums).map(([state, { count }]) => `${state} ${count}`);
    const known = counts.join();
    if (known !== this.#known || sums.carried !== undefined) await this.#lookAtEach();
    this.#known = known;
    const reserved = sums.reserved?.total ?? 0n;
    const last = this.points.at(-1);
    if (last?.arrived === this.#arrived && last.reserved === reserved) return;
    this.points.push({ at: this.#world.scheduler.now, arrived: this.#arrived, reserved });
  }

  async #lookAtEach(): Promise<void> {
    const left: Coming[] = [];
    for (const one of this.#open) if (!(await this.#lookAt(one))) left.push(one);
    this.#open = left;
  }

  /** Whether nothing more can become of it. */
  async #lookAt({ sent }: Coming): Promise<boolean> {
    const { distributor, bank } = this.#money;
    const { now } = this.#world.scheduler;
    const payment = (await distributor.store.read(sent.program.id, sent.digest))?.payment;
    if (payment === undefined) return false;
    const times = this.times.get(sent.digest) ?? {};
    this.times.set(sent.digest, times);
    if (payment.state === 'voided') times.voidedAt ??= now;
    if (payment.state !== 'planned') times.reservedAt ??= now;
    const isPosted = payment.state === 'posted' || payment.state === 'carried';
    if (isPosted) times.postedAt ??= now;
    const { destination } = sent.application;
    const isThere = destination.kind === 'internal' || bank.paidTo(encodeDestination(destination)) > 0n;
    if (!isPosted || !isThere) return payment.state === 'voided';
    times.arrivedAt ??= now;
    this.#arrived += 1;
    return true;
  }
}
