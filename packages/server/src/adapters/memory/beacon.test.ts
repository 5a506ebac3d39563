import { commitmentOf } from '@holdfast/core';
import { createManualClock } from '../../../../verifier/test/manual-clock.ts';
import { describeBeacon } from '../../ports/beacon.contract.ts';
import { createBeaconMemory } from './beacon.ts';

const secretOf = (party: string, round: number) => `${party} ${round}`.padEnd(43, '.');

describeBeacon('beacon in memory', async () => {
  const clock = createManualClock();
  const beacon = createBeaconMemory({ clock, secretOf, afterMs: 500 });
  return {
    open: async () => beacon,
    terms: {
      kind: 'commit-reveal',
      parties: ['city', 'union'].map((id) => ({ id, commitments: [commitmentOf(secretOf(id, 0))] })),
      revealWithinMs: 60_000,
      exhausted: 'cancel',
    },
    seal: { program: 'p'.repeat(43), root: 'r'.repeat(43), sealedAt: clock.now() },
    happen: () => clock.advance(500),
  };
});
