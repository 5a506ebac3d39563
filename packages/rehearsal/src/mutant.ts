import type { ReliefName } from './money/relief-programs.ts';
import type { OracleName } from './oracles.ts';
import type { Ending } from './succession/ending.ts';

/** A wrong version of the product: one text replaced by another, in one file that has it exactly once. */
export type Mutant = {
  readonly name: string;
  /** From the root of the repository. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly mode:
    | 'checks'
    | 'clients'
    | 'core'
    | 'doubts'
    | 'governance'
    | 'load'
    | 'money'
    | 'networks'
    | 'orders'
    | 'pruned'
    | 'powers'
    | 'refreshing'
    | 'roles'
    | 'roles-of-two'
    | 'rotating'
    | 'split'
    | 'succession';
  /** Virtual minutes under faults until it shows, where the usual number is more than it takes. */
  readonly minutes?: number;
  /** `succession`: how the log ends. */
  readonly ending?: Ending;
  /** Under a rulebook that names witnesses. */
  readonly isWitnessed?: boolean;
  /** `money`: the programs that it takes; all when absent. */
  readonly programs?: readonly ReliefName[];
  /** A seed under which it shows early, tried before those that were asked for. */
  readonly seed?: number;
  /** What is wrong is kept by somebody as they are loaded: it takes a process that starts with it. */
  readonly isAlone?: boolean;
  /** Oracles any of which may be the one that notices. */
  readonly noticedBy: readonly OracleName[];
};
