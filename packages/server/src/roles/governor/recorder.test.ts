import { CodedError, decisionDigest, encodeUtf8 } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { testRulebook } from '../../../../core/test/log-builder.ts';
import { createIdealSignatures } from '../../../../core/test/test-keys.ts';
import {
  approve,
  bodies,
  createGovernorWorld,
  decided,
  type GovernorWorld,
  officerParty,
  revoke,
  settle,
  suspend,
  target,
} from '../../../test/governor-world.ts';
import type { Proposal } from './proposal.ts';
import { Recorder } from './recorder.ts';
import type { ProposalRequest } from './request.ts';

describe('the network', () => {
  test('that refuses ends the proposal, and the approver is told why', async () => {
    const world = await createGovernorWorld();
    const proposal = await world.governor.propose(revoke(7), 'key-1');
    await approve(world, proposal, 'officer-a');
    world.log.revoke([target(7)]);
    const refused = { state: 'refused', why: 'already-final' };
    expect(await approve(world, proposal, 'officer-b')).toMatchObject(refused);
    expect(await (await world.restart()).find(proposal.id)).toMatchObject(refused);
    expect(world.appended).toEqual([]);
  });

  test('that cannot be reached is tried again until it answers', async () => {
    const world = await createGovernorWorld();
    const proposal = await world.governor.propose(revoke(7), 'key-1');
    world.fail('unreachable', 'unreachable', 'unreachable');
    await approve(world, proposal, 'officer-a');
    const answer = world.governor.approve(proposal.id, world.approval(proposal.digest, 'officer-b'));
    await world.clock.advance(10_000);
    expect((await answer).state).toBe('carried-out');
    expect([world.asked(), world.appended.length]).toEqual([4, 1]);
  });

  test('that stays away keeps nobody waiting for ever, and loses nothing', async () => {
    const world = await createGovernorWorld();
    const proposal = await world.governor.propose(revoke(7), 'key-1');
    world.fail(...Array<'unreachable'>(40).fill('unreachable'));
    await approve(world, proposal, 'officer-a');
    const answer = world.governor.approve(proposal.id, world.approval(proposal.digest, 'officer-b'));
    await world.clock.advance(8_000);
    expect(await answer).toMatchObject({ state: 'authorised', owner: 'governor' });
    await world.clock.advance(300_000);
    expect((await world.governor.find(proposal.id)).state).toBe('carried-out');
  });

  test('whose answer is lost has it once', async () => {
    const world = await createGovernorWorld();
    const proposal = await world.governor.propose(revoke(7), 'key-1');
    world.fail('answer-lost');
    await approve(world, proposal, 'officer-a');
    const answer = world.governor.approve(proposal.id, world.approval(proposal.digest, 'officer-b'));
    await world.clock.advance(10_000);
    expect((await answer).state).toBe('carried-out');
    expect([world.asked(), world.appended.length]).toEqual([2, 1]);
  });
});

describe('a crash', () => {
  const waysToFail = ['unreachable', 'answer-lost'] as const;
  test.each(waysToFail)(
    'with the statements kept and the network %s: the next start ends it, exactly once',
    async (fault) => {
      const world = await createGovernorWorld();
      const proposal = await world.governor.propose(revoke(7), 'key-1');
      world.fail(fault);
      await approve(world, proposal, 'officer-a');
      void world.governor.approve(proposal.id, world.approval(proposal.digest, 'officer-b'));
      await settle();
      await world.governor[Symbol.asyncDispose]();
      const next = await world.restart();
      await settle();
      expect(await next.find(proposal.id)).toMatchObject({ state: 'carried-out' });
      expect(world.appended).toHaveLength(1);
      expect(world.value(7)).toBe(1);
      world.epoch();
      expect(world.log.state.decided.has(proposal.digest)).toBe(true);
    },
  );

  test('between the last approval and everything else: the next start carries it out', async () => {
    const world = await createGovernorWorld();
    const proposal = await world.governor.propose(revoke(7), 'key-1');
    for (const officer of ['officer-a', 'officer-b']) {
      await world.store.addApproval(proposal.id, {
        officer,
        approval: world.approval(proposal.digest, officer),
        at: 1,
      });
    }
    const next = await world.restart();
    await settle();
    expect(await next.find(proposal.id)).toMatchObject({ state: 'carried-out' });
  });

  test('with more approvals than needed: the decision carries as many as are needed', async () => {
    const world = await createGovernorWorld();
    const third = { power: 'accredit', class: 'founding', party: officerParty(world.signatures, 'officer-d') } as const;
    await decided(world, third, 'key-1');
    const proposal = await world.governor.propose(revoke(7), 'key-2');
    for (const officer of ['officer-d', 'officer-a', 'officer-b']) {
      await world.store.addApproval(proposal.id, {
        officer,
        approval: world.approval(proposal.digest, officer),
        at: 1,
      });
    }
    await world.restart();
    await settle();
    const [decision] = bodies(world.appended.at(-1));
    expect(decision?.type === 'decision' && decision.approvals).toHaveLength(2);
    expect(world.value(7)).toBe(1);
  });

  test('and a start before the follower has read anything: carried out once it has', async () => {
    const world = await createGovernorWorld();
    const proposal = await world.governor.propose(revoke(7), 'key-1');
    for (const officer of ['officer-a', 'officer-b']) {
      await world.store.addApproval(proposal.id, {
        officer,
        approval: world.approval(proposal.digest, officer),
        at: 1,
      });
    }
    const { follower } = world;
    const empty = await createGovernorWorld({ until: 'empty' });
    let current = empty.follower;
    const late = {
      get state() {
        return current.state;
      },
      get position() {
        return current.position;
      },
      subscribe: follower.subscribe,
      awaitSize: follower.awaitSize,
    };
    await world.governor[Symbol.asyncDispose]();
    Object.assign(world.ports, { follower: late });
    await world.restart();
    await settle();
    expect(world.asked()).toBe(0);
    current = follower;
    world.epoch();
    await settle();
    expect(world.appended).toHaveLength(1);
  });

  test('that took the store back to before it knew: what the log has is carried out', async () => {
    const world = await createGovernorWorld();
    const proposal = await world.governor.propose(revoke(7), 'key-1');
    for (const officer of ['officer-a', 'officer-b']) {
      await world.store.addApproval(proposal.id, {
        officer,
        approval: world.approval(proposal.digest, officer),
        at: 1,
      });
    }
    const { terms } = proposal;
    world.log.append(world.log.decision(terms, ['officer-b', 'officer-a']));
    world.log.status([decisionDigest(terms)], [{ ...target(7), value: 1 }]);
    world.epoch();
    const next = await world.restart();
    await settle();
    const found = await next.find(proposal.id);
    expect(found.state).toBe('carried-out');
    expect(found.entries).toBeUndefined();
    expect(world.appended).toEqual([]);
  });

  test('of the store for a moment is waited out', async () => {
    const world = await createGovernorWorld();
    const proposal = await world.governor.propose(revoke(7), 'key-1');
    await approve(world, proposal, 'officer-a');
    const { createBatch, settle: settleBatch } = world.store;
    let failures = 2;
    const flaky =
      <Rest extends readonly unknown[], Result>(work: (...rest: Rest) => Promise<Result>) =>
      async (...rest: Rest) => {
        failures -= 1;
        if (failures >= 0) throw new Error('the store is away');
        return work(...rest);
      };
    Object.assign(world.store, { createBatch: flaky(createBatch), settle: flaky(settleBatch) });
    const answer = world.governor.approve(proposal.id, world.approval(proposal.digest, 'officer-b'));
    await world.clock.advance(10_000);
    expect((await answer).state).toBe('carried-out');
    expect(world.appended).toHaveLength(1);
  });

  test.each(['createBatch', 'settle'] as const)('of the answer of %s, which was done, is waited out', async (name) => {
    const world = await createGovernorWorld();
    const proposal = await world.governor.propose(revoke(7), 'key-1');
    await approve(world, proposal, 'officer-a');
    const work = world.store[name] as (...rest: readonly unknown[]) => Promise<void>;
    let failures = 1;
    const lost = async (...rest: readonly unknown[]) => {
      await work(...rest);
      failures -= 1;
      if (failures >= 0) throw new CodedError('database.outcome-unknown', 'The connection broke.');
    };
    Object.assign(world.store, { [name]: lost });
    const answer = world.governor.approve(proposal.id, world.approval(proposal.digest, 'officer-b'));
    await world.clock.advance(10_000);
    expect((await answer).state).toBe('carried-out');
    expect(world.appended).toHaveLength(1);
  });
});

describe('several decisions', () => {
  /** While the first append is under way, the others become ready, and `meanwhile` happens. */
  async function rush(
    world: GovernorWorld,
    requests: readonly ProposalRequest[],
    meanwhile: () => void = () => undefined,
  ): Promise<readonly Proposal[]> {
    const proposals: Proposal[] = [];
    for (const [i, request] of requests.entries()) proposals.push(await world.governor.propose(request, `rush-${i}`));
    const held = new AbortController();
    world.fail(new Promise((resolve) => held.signal.addEventListener('abort', () => resolve())));
    for (const officer of ['officer-a', 'officer-b']) {
      for (const { id, digest, needed } of proposals) {
        if (needed === 1 && officer === 'officer-b') continue;
        world.governor.approve(id, world.approval(digest, officer)).catch(() => undefined);
        await settle();
      }
    }
    meanwhile();
    held.abort();
    await settle();
    world.epoch();
    await settle();
    return Promise.all(proposals.map(({ id }) => world.governor.find(id)));
  }

  test('that become ready together are carried out by one statement of status', async () => {
    const world = await createGovernorWorld();
    const done = await rush(world, [revoke(1), revoke(2, 3), revoke(9), revoke(4)]);
    expect(done.map(({ state }) => state)).toEqual(Array(4).fill('carried-out'));
    expect(world.appended.map((statements) => bodies(statements).map((body) => body?.type))).toEqual([
      ['decision', 'status'],
      ['decision', 'decision', 'decision', 'status'],
    ]);
    const status = bodies(world.appended[1]).at(-1);
    expect(status).toMatchObject({ changes: [2, 3, 4, 9].map((index) => ({ ...target(index), value: 1 })) });
    expect(new Set(done.slice(1).map(({ entries }) => entries?.carriedOut)).size).toBe(1);
    expect(new Set(done.map(({ entries }) => entries?.decision)).size).toBe(4);
  });

  test('of which one is refused do not suffer for it', async () => {
    const world = await createGovernorWorld();
    const done = await rush(world, [revoke(1), revoke(2), revoke(3), revoke(4)], () => world.log.revoke([target(3)]));
    expect(done.map(({ state }) => state)).toEqual(['carried-out', 'carried-out', 'refused', 'carried-out']);
    expect(done[2]?.why).toBe('already-final');
    expect([1, 2, 4].map(world.value)).toEqual([1, 1, 1]);
  });

  test('about one credential follow each other', async () => {
    const world = await createGovernorWorld();
    const done = await rush(world, [revoke(1), suspend(2), revoke(2), revoke(2, 3)]);
    expect(done.map(({ state }) => state)).toEqual(['carried-out', 'carried-out', 'carried-out', 'refused']);
    expect(done[3]?.why).toBe('already-final');
    expect([world.value(2), world.value(3)]).toEqual([1, 0]);
  });

  test('are never more in one statement than it holds', async () => {
    const rules = testRulebook(createIdealSignatures());
    const powers = rules.powers.map((grant) => ({ ...grant, maxTargets: 4000 }));
    const world = await createGovernorWorld({ rulebook: { ...rules, powers } });
    const many = Array.from({ length: 3 }, (_, i) =>
      revoke(...Array.from({ length: 3500 }, (_unused, j) => 31 * j + i)),
    );
    const done = await rush(world, [revoke(131_000), ...many]);
    expect(done.map(({ state }) => state)).toEqual(Array(4).fill('carried-out'));
    for (const statements of world.appended) {
      for (const statement of statements) expect(encodeUtf8(statement).length).toBeLessThanOrEqual(16_384);
    }
    expect(world.appended.length).toBeGreaterThan(2);
  });

  test('and a party go each their own way', async () => {
    const world = await createGovernorWorld();
    const party = officerParty(world.signatures, 'officer-d');
    const done = await rush(world, [revoke(1), revoke(2), { power: 'accredit', class: 'founding', party }, revoke(3)]);
    expect(done.map(({ state }) => state)).toEqual(Array(4).fill('carried-out'));
    expect(world.appended.map((statements) => bodies(statements).at(-1)?.type)).toEqual(['status', 'status', 'party']);
  });
});

test('what becomes ready while something else turns out not to be is not forgotten', async () => {
  const world = await createGovernorWorld();
  const proposal = await world.governor.propose(revoke(7), 'key-1');
  for (const officer of ['officer-a', 'officer-b']) {
    await world.store.addApproval(proposal.id, { officer, approval: world.approval(proposal.digest, officer), at: 1 });
  }
  await using recorder = new Recorder(world.ports);
  recorder.offer('nothing');
  recorder.offer(proposal.id);
  await recorder.settled(proposal.id, new AbortController().signal);
  expect((await world.governor.find(proposal.id)).state).toBe('carried-out');
});
