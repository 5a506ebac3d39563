import {
  canonicalJson,
  checkTerms,
  encodeVkey,
  type NetworkState,
  parseStatement,
  thumbprint,
  vkeyOf,
} from '@holdfast/core';
import { createFollower, createFollowerStoreMemory, type Follower } from '@holdfast/verifier';
import { afterEach, describe, expect, test } from 'vitest';
import { createNodeEngine } from '../../../verifier/src/signatures/node-engine.ts';
import { createManualClock, settle } from '../../../verifier/test/manual-clock.ts';
import { createTestEntropy } from '../../test/governor-world.ts';
import { createDecisionStoreMemory } from '../adapters/memory/decision-store.ts';
import { createLogStoreMemory } from '../adapters/memory/log-store.ts';
import { createMemorySigner } from '../adapters/memory/signer.ts';
import { createGovernor, type Governor, type GovernorPorts } from '../roles/governor/governor.ts';
import type { Proposal } from '../roles/governor/proposal.ts';
import { createApproval } from '../roles/governor/signed-approval.ts';
import { signStatement } from '../roles/governor/statements.ts';
import { createGenesis } from '../roles/network/genesis.ts';
import { createNetwork, type NetworkRole } from '../roles/network/network-role.ts';
import { foundNetwork } from './founding.ts';
import { sampleParties } from './parties.ts';
import { sampleRulebook } from './rulebook.ts';

const ORIGIN = 'localhost:4600/log';
const CIVIC = 'http://localhost:4600/i/civic';
const LIST = 'http://localhost:4600/status/civic/1';
const lives: AbortController[] = [];
afterEach(() => {
  for (const life of lives.splice(0)) life.abort(new Error('the test is over'));
});

type Sample = {
  readonly clock: ReturnType<typeof createManualClock>;
  readonly signer: ReturnType<typeof createMemorySigner>;
  readonly network: NetworkRole;
  readonly follower: Follower;
  readonly governor: Governor;
  readonly ports: GovernorPorts;
};

/** The real roles over memory adapters and real signatures; only time is the test's. */
async function startSample(): Promise<Sample> {
  const clock = createManualClock();
  const signer = createMemorySigner({ seed: 'sample' });
  const log = await signer.create('log', 'EdDSA');
  const [networkKey, governorKey, ...rest] = await Promise.all(
    ['network', 'governor', 'officer-a', 'officer-b', 'civic', 'civic-credential', 'north', 'south'].map((name) =>
      signer.create(name, 'ES256'),
    ),
  );
  const [a, b, statementKey, credentialKey, north, south] = rest;
  if (!networkKey || !governorKey || !a || !b || !statementKey || !credentialKey || !north || !south) {
    throw new Error('every key was made');
  }
  const rulebook = sampleRulebook({
    origin: ORIGIN,
    logVkey: encodeVkey(vkeyOf(ORIGIN, log)),
    networkKey,
    governorKey,
    officers: [
      { id: 'officer-a', key: a },
      { id: 'officer-b', key: b },
    ],
  });
  const parties = sampleParties({
    issuer: { id: CIVIC, name: 'Civic', types: ['residence'], statementKey, credentialKeys: [credentialKey] },
    verifiers: [
      { id: 'north', name: 'North', verdictKey: north },
      { id: 'south', name: 'South', verdictKey: south },
    ],
  });
  const life = new AbortController();
  lives.push(life);
  const store = createLogStoreMemory();
  const engine = createNodeEngine();
  const genesis = await createGenesis(rulebook, signer);
  const network = createNetwork({ clock, signer, store, engine, genesis: genesis.statement });
  await network.start(life.signal);
  const entropy = createTestEntropy();
  const common = { source: network, engine, clock, entropy };
  const follower = createFollower({ ...common, network: genesis.network, store: createFollowerStoreMemory() });
  await follower.start(life.signal);
  const ports: GovernorPorts = {
    clock,
    entropy,
    signer,
    engine,
    network,
    follower,
    store: createDecisionStoreMemory(),
  };
  const governor = createGovernor(ports);
  await governor.start();
  const officers = ['officer-a', 'officer-b'].map((key) => ({ signer, key }));
  const sample = { clock, signer, network, follower, governor, ports };
  await during(sample, foundNetwork({ governor, follower, clock, officers }, parties, life.signal));
  await openList(sample, thumbprint(credentialKey));
  return sample;
}

/** Lets time pass until the work is done. */
async function during<Result>({ clock }: Pick<Sample, 'clock'>, work: Promise<Result>): Promise<Result> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  done.catch(() => undefined);
  for (let i = 0; i < 300 && !isDone; i += 1) await clock.advance(100);
  return done;
}

async function openList(sample: Sample, key: string): Promise<void> {
  const { network, signer, follower, clock } = sample;
  const body = { type: 'list', v: 1, list: LIST, issuer: CIVIC, bits: 2, size: 131_072, key };
  const asCivic = {
    readPublicKey: () => signer.readPublicKey('civic'),
    sign: (_: string, data: Uint8Array) => signer.sign('civic', data),
  };
  await during(sample, network.append([await signStatement(body, asCivic)]));
  while (!follower.state.lists.has(LIST)) await clock.advance(100);
}

async function approve(sample: Sample, { id }: Proposal, officer: string, index: number): Promise<Proposal> {
  const { governor, follower, signer } = sample;
  const { terms, openings } = await governor.openings(id);
  const expected = { genesis: follower.state.name, power: terms.power, targets: [{ list: LIST, index }] };
  const approval = await createApproval(signer, officer, checkTerms(terms, openings, expected));
  return during(sample, governor.approve(id, approval));
}

const valueAt = (state: Readonly<NetworkState>, index: number) => state.lists.get(LIST)?.values[index];

describe('the sample network', () => {
  test('is founded by decisions that everyone can read in the log', async () => {
    const { network, follower } = await startSample();
    expect([...follower.state.parties.keys()].sort()).toEqual([CIVIC, 'north', 'officer-a', 'officer-b', 'south']);
    expect(follower.state.refused.size).toBe(0);
    const entries = await network.fetchEntries(0, follower.position?.size ?? 0, new AbortController().signal);
    const types = entries.map((entry) => {
      const parse = parseStatement(entry);
      return parse.ok ? parse.statement.body.type : 'unparsed';
    });
    expect(types.filter((type) => type !== 'epoch')).toEqual([
      'rulebook',
      ...['decision', 'party', 'decision', 'party', 'decision', 'party'],
      'list',
    ]);
  });

  test('revokes by two officers, and the last one is told where it can be read', async () => {
    const sample = await startSample();
    const { governor, follower } = sample;
    const targets = [{ list: LIST, index: 4711 }];
    const proposal = await governor.propose({ power: 'revoke', class: 'residence-ended', targets }, 'key-1');
    expect(await approve(sample, proposal, 'officer-a', 4711)).toMatchObject({ state: 'collecting' });
    expect(valueAt(follower.state, 4711)).toBe(0);
    const done = await approve(sample, proposal, 'officer-b', 4711);
    expect(done).toMatchObject({ state: 'carried-out' });
    expect(valueAt(follower.state, 4711)).toBe(1);
    expect(done.position?.size).toBeGreaterThan(done.entries?.carriedOut ?? Number.MAX_SAFE_INTEGER);
    const change = follower.state.changes.get(`${LIST} 4711`);
    expect(change).toEqual({ entry: done.entries?.carriedOut, decisions: [done.entries?.decision] });
  });

  test('suspends by one officer, and the suspension lapses by the time of epochs alone', async () => {
    const sample = await startSample();
    const { governor, follower, clock } = sample;
    const targets = [{ list: LIST, index: 5 }];
    const request = { power: 'suspend', class: 'under-review', targets, durationMs: 60_000 } as const;
    const done = await approve(sample, await governor.propose(request, 'key-1'), 'officer-a', 5);
    expect(done.state).toBe('carried-out');
    expect(valueAt(follower.state, 5)).toBe(2);
    await clock.advance(70_000);
    expect(valueAt(follower.state, 5)).toBe(0);
  });

  test('gives a governor that crashed after its append the receipt again', async () => {
    const sample = await startSample();
    const { governor, ports, network, follower } = sample;
    const targets = [{ list: LIST, index: 6 }];
    const proposal = await governor.propose({ power: 'revoke', class: 'residence-ended', targets }, 'key-1');
    await approve(sample, proposal, 'officer-a', 6);
    const lost = {
      append: (statements: readonly string[]) =>
        network.append(statements).then(() => new Promise<never>(() => undefined)),
    };
    const doomed = createGovernor({ ...ports, network: { ...network, ...lost } });
    const { terms } = await doomed.openings(proposal.id);
    expect(canonicalJson(terms)).toBe(canonicalJson(proposal.terms));
    const approval = await createApproval(sample.signer, 'officer-b', proposal.digest);
    void doomed.approve(proposal.id, approval);
    await sample.clock.advance(1_000);
    expect(await governor.find(proposal.id)).toMatchObject({ state: 'authorised', owner: 'governor' });
    const next = createGovernor(ports);
    await next.start();
    await settle();
    const done = await during(sample, next.approve(proposal.id, approval));
    expect(done.state).toBe('carried-out');
    expect(follower.state.changes.get(`${LIST} 6`)?.entry).toBe(done.entries?.carriedOut);
    expect(follower.state.refused.size).toBe(0);
  });

  test('refuses what the log has overtaken, and says so to the officer', async () => {
    const sample = await startSample();
    const targets = [{ list: LIST, index: 7 }];
    const request = { power: 'revoke', class: 'residence-ended', targets } as const;
    const first = await sample.governor.propose(request, 'key-1');
    const second = await sample.governor.propose(request, 'key-2');
    for (const officer of ['officer-a', 'officer-b']) await approve(sample, first, officer, 7);
    await approve(sample, second, 'officer-a', 7);
    expect(await approve(sample, second, 'officer-b', 7)).toMatchObject({ state: 'refused', why: 'already-final' });
  });
});
