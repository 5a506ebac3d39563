import { commitmentOf } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { createManualClock } from '../../../../verifier/test/manual-clock.ts';
import { describeBeacon } from '../../ports/beacon.contract.ts';
import { createRevealStoreMemory } from '../memory/reveal-store.ts';
import { createCommitRevealBeacon } from './beacon.ts';

const ROUND_MS = 60_000;
const PARTIES = ['city', 'union'];
const PROGRAM = 'p'.repeat(43);
const secretOf = (party: string, round: number) => `${party} ${round}`.padEnd(43, '.');
const terms = {
  kind: 'commit-reveal' as const,
  parties: PARTIES.map((id) => ({ id, commitments: [0, 1].map((round) => commitmentOf(secretOf(id, round))) })),
  revealWithinMs: ROUND_MS,
  exhausted: 'cancel' as const,
};

function start() {
  const clock = createManualClock();
  const store = createRevealStoreMemory();
  const seal = { program: PROGRAM, root: 'r'.repeat(43), sealedAt: clock.now() };
  const beacon = createCommitRevealBeacon({ store, clock });
  const reveal = (party: string, round: number, secret = secretOf(party, round)) =>
    beacon.reveal({ terms, seal, program: PROGRAM }, { party, round, secret });
  return { clock, store, seal, beacon, reveal, read: () => beacon.read({ terms, seal }) };
}

describeBeacon('beacon of revealed secrets', async () => {
  const { clock, store, seal, reveal } = start();
  return {
    open: async () => createCommitRevealBeacon({ store, clock }),
    terms,
    seal,
    happen: async () => {
      for (const party of PARTIES) await reveal(party, 0);
    },
  };
});

describe('parties of a draw', () => {
  it('who keep silent are named, and move it to the next round', async () => {
    const { clock, reveal, read } = start();
    await reveal('city', 0);
    expect(await read()).toMatchObject({ state: 'waiting', missing: ['union'] });
    await clock.advance(ROUND_MS);
    expect(await read()).toMatchObject({ state: 'waiting', missing: ['city', 'union'] });
    for (const party of PARTIES) await reveal(party, 1);
    expect(await read()).toMatchObject({ state: 'drawn', evidence: { round: 1 } });
  });

  it('who keep silent to the end leave no draw', async () => {
    const { clock, reveal, read } = start();
    await clock.advance(ROUND_MS);
    await reveal('city', 1);
    await clock.advance(ROUND_MS);
    expect(await read()).toEqual({ state: 'exhausted', missing: ['union'] });
    await expect(reveal('union', 1)).rejects.toMatchObject({ code: 'beacon.late' });
  });

  it('may come twice, and change nothing by it', async () => {
    const { clock, reveal, read } = start();
    for (const party of PARTIES) await reveal(party, 0);
    const drawn = await read();
    await clock.advance(2 * ROUND_MS);
    await reveal('city', 0);
    expect(await read()).toEqual(drawn);
  });

  it('who lie, are early, or give away the next secret are refused, and nothing is kept', async () => {
    const { beacon, reveal } = start();
    await expect(reveal('city', 0, 'x'.repeat(43))).rejects.toMatchObject({ code: 'beacon.secret' });
    await expect(reveal('city', 1)).rejects.toMatchObject({ code: 'beacon.early' });
    const early = beacon.reveal({ terms, program: PROGRAM }, { party: 'city', round: 0, secret: secretOf('city', 0) });
    await expect(early).rejects.toMatchObject({ code: 'beacon.early' });
    expect(await beacon.reveals(PROGRAM)).toEqual([]);
  });
});
