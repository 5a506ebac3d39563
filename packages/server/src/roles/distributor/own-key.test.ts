import { type PartyKey, parseAcknowledgement, parseJws, pastKey } from '@holdfast/core';
import { afterEach, describe, expect, test } from 'vitest';
import { distributorParty, ORGANISER } from '../../../../core/test/test-program.ts';
import { createDistributorWorld, type DistributorWorld } from '../../../test/distributor-world.ts';

const worlds: DistributorWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world[Symbol.asyncDispose]();
});

type Options = NonNullable<Parameters<typeof createDistributorWorld>[0]>;

async function open(options: Options = {}) {
  const world = await createDistributorWorld(options);
  worlds.push(world);
  const { log } = world.verifiers.feed;
  const [first] = distributorParty(log.signatures).keys;
  if (first === undefined) throw new Error('it has a key');
  const name = async (keys: readonly PartyKey[]) => {
    log.accredit(distributorParty(log.signatures, { keys: [...keys] }));
    await world.epoch();
  };
  const next = async () => ({ use: 'statement' as const, key: (await world.options.keys.prepare()).key });
  const apply = async () => (await world.distributor.apply('relief', world.sent(world.person()))).acknowledgement;
  return { world, first, name, next, apply };
}

const kidOf = (jws: string) => String(parseJws(jws).header.kid);

describe('the key of a distributor', () => {
  test('is the one that the log names last, from the epoch on that says so', async () => {
    const { world, first, name, next, apply } = await open();
    const before = kidOf(await apply());
    const key = await next();
    expect(await next()).toEqual(key);
    expect(kidOf(await apply())).toBe(before);
    await name([first, key]);
    const { inUse, prepared, missing } = await world.options.keys.read();
    expect([kidOf(await apply()), prepared, missing]).toEqual([inUse?.kid, [], undefined]);
    expect(inUse?.kid).not.toBe(before);
    await world.close();
    await world.work();
    expect((await world.distributor.find('relief')).payments.carried?.count).toBe(3);
    expect(world.events).toEqual([]);
  });

  test('that was declared stolen signs no acknowledgement and no step; without another one it says so and waits', async () => {
    const { world, first, name, next, apply } = await open();
    const early = parseAcknowledgement(await apply());
    const key = await next();
    const stolen = { ...first, compromised: world.verifiers.clock.now() };
    await name([stolen]);
    await expect(apply()).rejects.toMatchObject({ code: 'key.not-held' });
    await world.close();
    await world.work();
    expect(world.record().intake).toBeUndefined();
    expect(world.events[0]).toMatchObject({ code: 'key.not-held' });
    expect((await world.options.keys.read()).inUse).toBeUndefined();
    await name([stolen, key]);
    await world.work();
    expect((await world.distributor.find('relief')).payments.carried?.count).toBe(1);
    const { kid, acknowledgement } = early;
    const party = world.verifiers.feed.log.state.parties.get(ORGANISER);
    expect(pastKey(party, { use: 'statement', kid, signedAt: acknowledgement.iat * 1000 })?.isStolen).toBe(true);
  });

  test('a step that was signed and not recorded when its key ended is signed anew, and says the same', async () => {
    let isCut = true;
    const sent: string[] = [];
    const { world, first, name, next, apply } = await open({
      network: (network) => ({
        append: async (statements) => {
          sent.push(...statements);
          if (isCut) throw new TypeError('the network is away');
          return network.append(statements);
        },
      }),
    });
    await apply();
    const key = await next();
    await world.close();
    await world.work(world.distributor, 1);
    const kept = (await world.store.readProgram('relief'))?.statements.intake ?? '';
    await name([{ ...first, compromised: world.verifiers.clock.now() }, key]);
    isCut = false;
    // Another process, begun after the change, with nothing in mind.
    const after = world.restart();
    await world.work(after);
    const intakes = sent.filter((text) => parseJws(text).payload.type === 'intake');
    const last = intakes.at(-1) ?? '';
    expect(kidOf(last)).not.toBe(kidOf(kept));
    expect(parseJws(last).payload).toEqual(parseJws(kept).payload);
    expect(world.record().intake).toBeDefined();
    expect((await after.find('relief')).payments.carried?.count).toBe(1);
  });

  test('a key that the log names and that is not held here is named, and the one before goes on', async () => {
    const { world, first, name, apply } = await open();
    const before = kidOf(await apply());
    const foreign = { use: 'statement' as const, key: world.verifiers.feed.log.signatures.key('elsewhere').jwk };
    await name([first, foreign]);
    expect(kidOf(await apply())).toBe(before);
    expect((await world.options.keys.read()).missing).toBeDefined();
  });
});
