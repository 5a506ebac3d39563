import { runUntilDone } from '../founding.ts';
import type { World } from '../world.ts';
import { startOfficers } from './acting.ts';
import { type Arrivals, prepareApplications, startApplying } from './applying.ts';
import { startBystanders } from './bystanders.ts';
import { startChangingOwnKey } from './changing-own-key.ts';
import { createMoney, endMoneyFaults, type Money, startMoneyFaults } from './money.ts';
import { endPrograms, readFigures, readOutcomes } from './money-ending.ts';
import type { MoneyFigures, PersonOutcome } from './money-figures.ts';
import { MoneyLaws } from './money-laws.ts';
import { type ReliefName, releasePrograms } from './relief-programs.ts';
import { startRivals } from './rivals.ts';

/** Programs from their release to their end, in a rehearsed network. */
export type MoneyLife = {
  readonly money: Money;
  /** Has programs released and people come; the laws are held from here on. */
  readonly begin: (arrivals: Arrivals) => Promise<void>;
  readonly startFaults: (isRotating: boolean) => void;
  /** Ends the faults, and sees every program to its end, or to where it `isEnough`. */
  readonly end: (isEnough: () => boolean) => Promise<void>;
  readonly read: () => Promise<{ readonly money: MoneyFigures; readonly outcomes: readonly PersonOutcome[] }>;
};

export function createMoneyLife(world: World, names?: readonly ReliefName[]): MoneyLife {
  const money = createMoney(world);
  return {
    money,
    async begin(arrivals) {
      money.programs.push(...(await runUntilDone(world, releasePrograms(world, money, names))));
      money.sent.push(...prepareApplications(world, money.programs, arrivals));
      const laws = new MoneyLaws(world, money);
      world.scheduler.watch(() => laws.check());
      startApplying(world, money);
      startBystanders(world, money);
      startOfficers(world, money);
    },
    startFaults(isRotating) {
      if (isRotating) startChangingOwnKey(world, money);
      startRivals(world, money.rivals);
      startMoneyFaults(world, money);
    },
    async end(isEnough) {
      endMoneyFaults(money);
      await endPrograms(world, money, isEnough);
    },
    read: async () => ({ money: await readFigures(world, money), outcomes: await readOutcomes(money) }),
  };
}
