import { type BeaconTerms, type SealedLists, seedOf } from '@holdfast/core';
import { judgeBeacon } from '@holdfast/core/program';
import { describe, expect, it } from 'vitest';
import type { Beacon } from './beacon.ts';

export type BeaconUnderTest = {
  /** The same beacon, also after a restart. */
  readonly open: () => Promise<Beacon>;
  readonly terms: BeaconTerms;
  readonly seal: SealedLists;
  /** Lets the world go on until chance is out for the seal. */
  readonly happen: () => Promise<void>;
};

/** Every beacon runs this suite. `create` gives one whose chance is not out yet. */
export function describeBeacon(name: string, create: () => Promise<BeaconUnderTest>): void {
  describe(name, () => {
    it('waits, and says until when, as long as chance is not out', async () => {
      const { open, terms, seal } = await create();
      const answer = await (await open()).read({ terms, seal });
      expect(answer).toMatchObject({ state: 'waiting', until: expect.any(Number) });
      expect(answer.state === 'waiting' && answer.until > seal.sealedAt).toBe(true);
    });

    it('draws what anybody can check, and the same again after a restart', async () => {
      const { open, terms, seal, happen } = await create();
      await happen();
      const answer = await (await open()).read({ terms, seal });
      if (answer.state !== 'drawn') throw new Error(`was ${answer.state}`);
      expect(answer.seed).toBe(seedOf(seal, answer.evidence));
      expect(judgeBeacon(terms, seal, answer.evidence)).toEqual({ ok: true, seed: answer.seed });
      expect(await (await open()).read({ terms, seal })).toEqual(answer);
    });

    it('draws another seed for another seal and another program', async () => {
      const { open, terms, seal, happen } = await create();
      await happen();
      const beacon = await open();
      const seals = [seal, { ...seal, root: 'q'.repeat(43) }];
      const answers = await Promise.all(seals.map((one) => beacon.read({ terms, seal: one })));
      const seeds = answers.map((answer) => (answer.state === 'drawn' ? answer.seed : answer.state));
      expect(new Set(seeds).size).toBe(2);
    });

    it('refuses a beacon of another kind', async () => {
      const { open, terms, seal } = await create();
      const drand: BeaconTerms = { kind: 'drand', chain: '', publicKey: '', genesisTime: 1, periodS: 1, stepMs: 1 };
      const secrets: BeaconTerms = { kind: 'commit-reveal', parties: [], revealWithinMs: 1, exhausted: 'cancel' };
      const other = terms.kind === 'drand' ? secrets : drand;
      await expect((await open()).read({ terms: other, seal })).rejects.toMatchObject({ code: 'beacon.kind' });
    });
  });
}
