import type { Program } from '@holdfast/core';
import {
  createFollower,
  createFollowerStoreMemory,
  createPastLog,
  createVerifier,
  EMPTY_POLICY,
  type FollowedNetwork,
  type Follower,
} from '@holdfast/verifier';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { settle } from '../../../../verifier/test/manual-clock.ts';
import type { TestFeed } from '../../../../verifier/test/test-feed.ts';
import { createTownFeed, TOWN, TOWN_LIST, TOWN_ORIGIN, townRecognition } from '../../../../verifier/test/town-feed.ts';
import { createRealKey, issue } from '../../../../verifier/test/verify-world.ts';
import { type Applicant, createDistributorWorld, type DistributorWorld } from '../../../test/distributor-world.ts';
import { START } from '../../../test/verifier-world.ts';
import { createInProcessVerification } from '../../adapters/in-process-verifier/in-process-verifier.ts';
import type { Verification } from '../../ports/verification.ts';
import { createVerifierRole } from '../verifier/verifier-role.ts';
import type { Distributor } from './distributor.ts';
import { readSealLists } from './seal-lists.ts';

const life = new AbortController();
let world: DistributorWorld;
let town: TestFeed;
let theirs: Follower;
/** Code of what is wrong with the town's log, as the verifier sees it. */
let doubt: string | undefined;
let distributor: Distributor;
let verification: Verification;

beforeEach(async () => {
  doubt = undefined;
  world = await createDistributorWorld({ program: bothNetworks });
  town = createTownFeed(START);
  const { clock, engine, follower, store } = world.verifiers;
  const townStore = createFollowerStoreMemory();
  const entropy = { bytes: (count: number) => new Uint8Array(count).fill(7) };
  const { network, source } = town;
  theirs = createFollower({ network, source, store: townStore, engine, clock, entropy });
  await theirs.start(life.signal);
  await theirs.pull(life.signal);
  world.verifiers.feed.log.recognise(townRecognition(town, START));
  await world.epoch();
  const past = createPastLog(store, engine);
  const townPast = createPastLog(townStore, engine);
  const seen: FollowedNetwork = {
    view: () => theirs.view(),
    get contradiction() {
      return doubt;
    },
    now: () => theirs.now(),
    awaitSize: (size, signal) => theirs.awaitSize(size, signal),
  };
  const verifier = createVerifier({
    ...{ follower, past, engine, policy: EMPTY_POLICY, clock },
    followers: new Map([[network, seen]]),
    pastOf: () => townPast,
  });
  const others = new Map([[network, { follower: seen, past: townPast }]]);
  const role = createVerifierRole(await world.verifiers.role('north', { verifier, others }));
  verification = createInProcessVerification(role);
  distributor = world.restart({ verification });
});
afterEach(() => world[Symbol.asyncDispose]());

function bothNetworks(program: Program): Program {
  const { uniqueness, window } = program;
  return {
    ...program,
    window: { ...window, closesAt: window.closesAt + 60_000 },
    uniqueness: { ...uniqueness, issuers: [...uniqueness.issuers, TOWN] },
  };
}

/** Somebody whom the other network attests, at this index of its list. */
function neighbour(index: number, residentId = `T-${index}`): Applicant {
  const holder = createRealKey();
  const key = town.log.signatures.key('civic credential');
  const seconds = START / 1000;
  const claims = { iss: TOWN, vct: 'inhabitant', iat: seconds - 60, exp: seconds + 86_400, resident_id: residentId };
  const credential = issue({
    ...{ key, header: { kid: key.kid }, holder: holder.jwk, claims },
    status: { uri: TOWN_LIST, index },
    network: { log: TOWN_ORIGIN, size: 6 },
  });
  return { holder, credential, index };
}

async function apply(...people: readonly Applicant[]): Promise<readonly string[]> {
  const digests: string[] = [];
  for (const person of people) {
    digests.push((await distributor.apply('relief', world.sent(person))).application);
  }
  return digests;
}

async function mintTown(): Promise<void> {
  town.log.epoch(Math.max(world.verifiers.clock.now(), town.log.state.time + 1));
  await theirs.pull(life.signal);
  await settle();
}

async function revokeInTown(index: number): Promise<void> {
  town.log.revoke([{ list: TOWN_LIST, index }]);
  await mintTown();
}

/** While both networks go on. */
async function work(rounds = 6): Promise<void> {
  for (let i = 0; i < rounds; i += 1) {
    await world.work(distributor, 1);
    await mintTown();
  }
}

/** Of those admitted, whether they are held. */
async function readHeld(): Promise<ReadonlyMap<string, boolean>> {
  const { admitted } = await readSealLists(world.store, 'relief');
  return new Map(admitted.map(({ application, held }) => [application, held]));
}

const stateOf = async (application: string) => {
  const { state, code } = await distributor.application('relief', application);
  return code === undefined ? state : `${state}: ${code}`;
};

describe('a program for people of two networks', () => {
  test('names where the other network stood, judges everybody there, and pays each person once', async () => {
    const [ours, both, same] = [world.person(), neighbour(1), neighbour(2, 'R-1')];
    const digests = await apply(ours, both, same);
    await mintTown();
    await world.close();
    const named = theirs.position;
    await work();
    expect(world.record().intake?.recognised).toEqual([named]);
    const states = await Promise.all(digests.map(stateOf));
    // One person in both networks counts once, whichever attests her.
    expect(states[1]).toBe('admitted');
    expect([states[0], states[2]].sort()).toEqual(['admitted', 'refused: application.duplicate_person']);
    expect((await distributor.find('relief')).payments.carried).toEqual({ count: 2, total: 200n });
  });

  test('whom the other network revokes before the intake is refused, after it admitted and never paid', async () => {
    const [before, after] = await apply(neighbour(1), neighbour(2));
    await revokeInTown(1);
    await world.close();
    // The intake stands in the log; the revocation comes before anybody is judged.
    await distributor.step();
    await revokeInTown(2);
    await world.epoch();
    await work();
    expect(await stateOf(before ?? '')).toBe('refused: application.credential_revoked');
    expect(await stateOf(after ?? '')).toBe('admitted');
    expect((await distributor.find('relief')).payments).toEqual({ voided: { count: 1, total: 100n } });
  });

  test('where the other network has been silent too long, its people are held, and ours are not', async () => {
    const [ours, held] = await apply(world.person(), neighbour(1));
    // Longer than anything may follow from what was read of it.
    await world.epoch(START + 31 * 60_000);
    await world.work(distributor);
    expect(await readHeld()).toEqual(new Map([ours, held].map((digest) => [digest, digest === held])));
    expect((await distributor.find('relief')).payments).toMatchObject({
      carried: { count: 1 },
      reserved: { count: 1 },
    });
  });

  test('where its log has shown two histories, its people are held by a verdict in conflict', async () => {
    const [held] = await apply(neighbour(1));
    await mintTown();
    doubt = 'feed.rollback';
    await world.close();
    const verdicts: unknown[] = [];
    const watching = world.restart({
      verification: {
        ...verification,
        verify: async (question) => {
          const given = await verification.verify(question);
          verdicts.push([given.verdict.outcome, given.verdict.conflict, given.verdict.basis.missing]);
          return given;
        },
      },
    });
    await world.work(watching, 2);
    expect(verdicts).toEqual([['unknown', true, ['recognition.fork']]]);
    expect(await readHeld()).toEqual(new Map([[held, true]]));
  });

  test('a verifier that does not answer is waited for, and the intake keeps its own promise', async () => {
    await apply(world.person(), neighbour(1));
    await world.close();
    const away = world.restart({
      verification: { ...verification, otherPositions: () => Promise.reject(silent()) },
    });
    await away.step();
    await world.epoch();
    expect(world.record().intake).toBeUndefined();
    await world.epoch(world.program.window.closesAt + world.program.intakeWithinMs / 2);
    await away.step();
    await world.epoch();
    expect(world.record().intake).toMatchObject({ count: 2 });
    expect(world.record().intake?.recognised).toBeUndefined();
    await work();
    const { applications } = await distributor.find('relief');
    expect(applications).toMatchObject({ admitted: 1, refused: 1, unjudged: 0 });
  });

  test('a verifier that has yet to work out the other position holds up the seal, and not for ever', async () => {
    await apply(neighbour(1));
    await mintTown();
    await world.close();
    const invented = async () => [{ ...(theirs.position ?? expect.fail('it has read')), size: 1000 }];
    const behind = world.restart({ verification: { ...verification, otherPositions: invented } });
    const work = async () => {
      const working = behind.step();
      for (let i = 0; i < 120; i += 1) {
        await settle();
        await world.verifiers.clock.advance(100);
      }
      await working;
    };
    await work();
    await world.epoch();
    await work();
    expect(world.record()).toMatchObject({ intake: { count: 1 } });
    expect(await distributor.find('relief')).toMatchObject({ applications: { unjudged: 1 } });
    expect(world.events.map(({ code }) => code)).toContain('verifier.behind');
    await world.epoch((world.record().judgedAt?.time ?? 0) + 3_600_000);
    await work();
    expect(await distributor.find('relief')).toMatchObject({ applications: { unjudged: 0, refused: 1 } });
  });
});

function silent(): Error {
  return Object.assign(new Error('The verifier does not answer.'), {
    name: 'CodedError',
    code: 'verifier.unreachable',
  });
}
