import type { Handoff } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import type { PartFacts, ToldFacts } from './part-facts.ts';

const HANDOFF: Handoff = {
  ...{ what: 'transfer', of: 'relief', giver: 'city', receiver: 'south', owner: 'south' },
  ...{ count: 14, amount: 2n ** 70n, since: 5, next: 'confirmed' },
};
/** One of everything that a role says of itself. */
export const TOLD: ToldFacts = {
  parts: [{ part: 'ledger', owner: 'city', state: 'ready' }],
  disk: { freeBytes: 5, leastBytes: 6, of: 'ledger' },
  log: { owner: 'ops', state: 'running', size: 4, lastEpochAt: 9, appendsWaiting: 0 },
  witnesses: [{ name: 'w', quorum: 1, why: 'witness.unreachable' }],
  frauds: [{ heldBy: 'north', digest: 'd' }],
  ledger: { owner: 'city', state: 'halted', why: 'ledger.broken' },
  ledgerHolds: false,
  lists: [{ list: '1', issuer: 'civic', owner: 'civic', asOf: 1, endsAt: 9, renewedWithinMs: 5, isBehind: true }],
  backlogs: [{ program: 'relief', owner: 'city', waiting: 3, since: 4, promisedBy: 5, clearsInMs: 6 }],
  handoffs: [HANDOFF],
  outlets: [{ part: 'ledger', outlet: 'telemetry', since: 3 }],
  keys: [{ part: 'ledger', owner: 'city', party: 'city', use: 'acceptance', missing: 'kid', signs: true }],
  moreHandoffs: 7,
};

/** Every way to what a role says of itself runs this suite; `said`: what it is asked when it is asked. */
export function describePartFacts(name: string, create: (said: () => Promise<ToldFacts>) => Promise<PartFacts>): void {
  describe(name, () => {
    it('says all that the role does, amounts to the last digit', async () => {
      const facts = await create(async () => TOLD);
      expect(await facts.read()).toEqual(TOLD);
    });

    it('names what the role itself cannot say, and still says the rest', async () => {
      const facts = await create(() => Promise.reject(new Error('gone')));
      const { silent = [] } = await facts.read();
      expect(silent).toMatchObject([{ part: 'what is said', owner: 'ops', needs: 'database' }]);
      expect(silent[0]?.since).toBeGreaterThan(0);
    });
  });
}
