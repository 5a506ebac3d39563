import { type DestinationKind, encodeDestination, parseAttemptId } from '@holdfast/core';
import { createSettlementRailMemory, type MemoryRail, type SettlementRail } from '@holdfast/server/roles';
import { createLife } from '../lives.ts';
import type { Random } from '../random.ts';
import type { World } from '../world.ts';

/** What was paid outside, whatever anybody in the house believes. */
export type Bank = {
  readonly rail: MemoryRail;
  /** The rail as it runs now; undefined while the bank is down. */
  readonly running: () => SettlementRail | undefined;
  /** Minor units that have reached a destination, by `encodeDestination`. */
  readonly paidTo: (destination: string) => bigint;
  /** What has become of one attempt, told to whoever comes to its counter; `open` while it may still be paid. */
  readonly inquire: (attemptId: string) => Fate;
};

type Fate = 'paid' | 'unpaid' | 'open';

export const BANK = 'bank';
/** After this long without an answer, a distributor here no longer knows what became of a payment. */
export const BANK_PATIENCE_MS = 60_000;

const USUAL_MS = 30_000;
const LATE_MS = 90_000;

/** How a bank is with the payments that it takes just now: chances of each. */
export type BankManners = {
  /** It answers when nobody believes in it any more. */
  readonly late: number;
  /** It turns down a first attempt. */
  readonly rejects: number;
  /** It never says a word. */
  readonly mute: number;
  /** What it says nothing of, it has not paid either. */
  readonly lost: number;
};

const USUAL: BankManners = { late: 0.2, rejects: 0.2, mute: 0.4, lost: 0.5 };

export type BankOptions = {
  readonly kinds?: readonly DestinationKind[];
  readonly manners?: () => BankManners;
};

/**
 * A bank that answers in its own time: most payments within half a minute, some only when nobody believes in them any more;
 * some first attempts it turns down, and of some it never says a word, whether it has paid them or lost them.
 */
export function createBank(
  { scheduler, crossings }: World,
  random: Random,
  { kinds = ['eip155'], manners = () => USUAL }: BankOptions = {},
): Bank {
  const paid = new Map<string, bigint>();
  const fates = new Map<string, Fate>();
  const restart = () => {
    life = createLife(() => scheduler.after(100 + random.below(5000), restart));
  };
  let life = createLife(restart);
  const rail = createSettlementRailMemory({
    id: BANK,
    kinds,
    answers(line) {
      const own = random.fork(`payment ${line.lineId}`);
      const { late, rejects, mute, lost } = manners();
      const isLate = own.chance(late);
      const delayMs = isLate ? LATE_MS + own.below(LATE_MS) : 500 + own.below(USUAL_MS);
      const isRejected = !isLate && parseAttemptId(line.lineId)?.attempt === 1 && own.chance(rejects);
      const quiet = random.fork(`silence ${line.lineId}`);
      const [isMute, isLost] = [quiet.chance(mute), quiet.chance(lost)];
      scheduler.after(delayMs, () => {
        const { lineId, amount } = line;
        const isPaid = !isRejected && !(isMute && isLost);
        fates.set(lineId, isPaid ? 'paid' : 'unpaid');
        const to = encodeDestination(line.destination);
        if (isPaid) paid.set(to, (paid.get(to) ?? 0n) + amount);
        if (isMute) return;
        rail.say(isPaid ? { lineId, outcome: 'accepted' } : { lineId, outcome: 'rejected', code: 'AC04' });
      });
      return [];
    },
  });
  return {
    rail,
    // What it has taken outlives its process, and so does what it says later.
    running: () => {
      const { isOver } = life;
      if (isOver()) return undefined;
      const own = life;
      return { ...rail, submit: (batch) => crossings.pass(own, 'bank accept', () => rail.submit(batch)) };
    },
    inquire: (attemptId) => fates.get(attemptId) ?? 'open',
    paidTo: (destination) => paid.get(destination) ?? 0n,
  };
}
