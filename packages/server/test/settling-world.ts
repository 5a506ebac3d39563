import type { Destination } from '@holdfast/core';
import { createManualClock, type ManualClock } from '../../verifier/test/manual-clock.ts';
import { createMemorySealer } from '../src/adapters/memory/sealer.ts';
import {
  createSettlementRailMemory,
  type MemoryRail,
  type ScriptedAnswer,
} from '../src/adapters/memory/settlement-rail.ts';
import { createSettlementStoreMemory } from '../src/adapters/memory/settlement-store.ts';
import type { SettlementRail } from '../src/ports/settlement-rail.ts';
import type { SettlementStore } from '../src/ports/settlement-store.ts';
import type { SettlementIntent } from '../src/roles/distributor/settling/sealed-line.ts';
import { createSettling, type Settling, type SettlingOptions } from '../src/roles/distributor/settling/settling.ts';

/** A distributor's way out with one rail for accounts of the ledger, which says what its script says. */
export type SettlingWorld = {
  readonly settling: Settling;
  readonly rail: MemoryRail;
  readonly store: SettlementStore;
  readonly clock: ManualClock;
  /** Another one on the same store and rails, as after a crash; the first is not asked to stop. */
  readonly restart: (changes?: Partial<SettlingOptions>) => Settling;
};

type WorldOptions = {
  /** What the rail says of each line by itself. Default: nothing. */
  readonly answers?: (lineId: string) => readonly ScriptedAnswer[];
  readonly bounds?: SettlingOptions['bounds'];
  readonly rails?: readonly SettlementRail[];
};

export function createSettlingWorld({ answers = () => [], bounds = {}, rails = [] }: WorldOptions = {}): SettlingWorld {
  const clock = createManualClock();
  const store = createSettlementStoreMemory();
  const rail = createSettlementRailMemory({ answers: ({ lineId }) => answers(lineId) });
  const options = { clock, store, sealer: createMemorySealer(), rails: [rail, ...rails], bounds };
  const restart = (changes: Partial<SettlingOptions> = {}) => createSettling({ ...options, ...changes });
  return { settling: restart(), rail, store, clock, restart };
}

export function intent(number: number, changes: Partial<SettlementIntent> = {}): SettlementIntent {
  const destination: Destination = { kind: 'internal', account: `holder:${number}` };
  return {
    transferId: `t-${number}`,
    destination,
    amount: 1000n + BigInt(number),
    asset: { code: 'EUR', decimals: 2 },
    reference: 'winter relief',
    ...changes,
  };
}
