import { createNetworkState, encodeVkey, parseStatement } from '@holdfast/core';
import { tryEntries } from '@holdfast/verifier';
import { describe, expect, it } from 'vitest';
import { testRulebook } from '../../../../core/test/log-builder.ts';
import { createTestEngine, ORIGIN } from '../../../../verifier/test/test-feed.ts';
import { createTestSigner } from '../../../test/test-network.ts';
import { createGenesis } from './genesis.ts';

function founding() {
  const { signatures, signer, log } = createTestSigner();
  const rulebook = testRulebook(signatures, { log: { origin: ORIGIN, vkey: encodeVkey(log.vkey) } });
  return { signer, rulebook };
}

describe('createGenesis', () => {
  it('makes an entry that the fold takes as the first, and that names the network', async () => {
    const { signer, rulebook } = founding();
    const { statement, network } = await createGenesis(rulebook, signer);
    const state = createNetworkState();
    const { results } = await tryEntries(state, [parseStatement(statement)], { engine: createTestEngine() });
    expect(results).toMatchObject([{ ok: true }]);
    expect(state.name).toBe(network);
    expect(state.rulebook?.body).toEqual(rulebook);
  });

  it('refuses a rulebook that no follower could read', async () => {
    const { signer, rulebook } = founding();
    const malformed = { code: 'genesis.malformed' };
    await expect(createGenesis({ ...rulebook, tickMs: 1 }, signer)).rejects.toMatchObject(malformed);
    await expect(createGenesis({ ...rulebook, officers: [] }, signer)).rejects.toMatchObject(malformed);
    const renamed = { ...rulebook, log: { ...rulebook.log, origin: 'another.example' } };
    await expect(createGenesis(renamed, signer)).rejects.toMatchObject(malformed);
  });

  it('refuses to sign with another governor than the rulebook names', async () => {
    const { signer, rulebook } = founding();
    const keys = { ...rulebook.keys, governor: rulebook.keys.network };
    await expect(createGenesis({ ...rulebook, keys }, signer)).rejects.toMatchObject({ code: 'genesis.other-key' });
  });
});
