import { randomUUID } from 'node:crypto';
import { encodeUtf8 } from '@holdfast/core';
import { createFollower, createFollowerStoreMemory, type FeedSource } from '@holdfast/verifier';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LIST_URI } from '../../../../core/test/log-builder.ts';
import { hasNats, type NatsServer, NO_NATS, startNatsServer } from '../../../test/nats-server.ts';
import { startTestNetwork, TEST_TICK_MS, type TestNetwork } from '../../../test/test-network.ts';
import { CHANNEL_REST_MS, feedOverChannel } from '../../channel/channelled-feed.ts';
import { publishEpochs } from '../../channel/publish-epochs.ts';
import { describeEpochChannel, epochOf, listenTo } from '../../ports/epoch-channel.contract.ts';
import { networkContract } from '../../ports/network.contract.ts';
import { createNatsEpochChannel } from './epoch-channel.ts';

let nats: NatsServer;
const closing: (() => PromiseLike<unknown>)[] = [];

beforeAll(async () => {
  if (hasNats) nats = await startNatsServer();
});
beforeEach((context) => context.skip(!hasNats, NO_NATS));
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(async () => nats?.[Symbol.asyncDispose]());

function openChannel(network: string) {
  const channel = createNatsEpochChannel({ url: nats.url, network });
  closing.push(() => channel[Symbol.asyncDispose]());
  return channel;
}

describeEpochChannel('a channel over NATS', async () => {
  const network = randomUUID();
  return { channel: openChannel(network), again: () => openChannel(network) };
});

/** A network whose epochs go over NATS, and that network as a follower elsewhere sees it. */
function overNats({ role, clock, options }: TestNetwork, stream: FeedSource['stream'] = silence) {
  const network = randomUUID();
  const stop = new AbortController();
  const faults: unknown[] = [];
  const report = (error: unknown) => faults.push(error);
  const publishing = publishEpochs({ network: role, channel: openChannel(network), clock, report }, stop.signal);
  closing.push(async () => {
    stop.abort();
    await publishing;
  });
  const source = feedOverChannel({ ...role, stream }, { channel: openChannel(network), clock, report });
  return { network, faults, source, engine: options.engine };
}

/** Nothing comes any other way: what is heard was heard over NATS. */
async function* silence(): AsyncGenerator<never> {
  await new Promise(() => undefined);
}

describe('a network whose epochs come over NATS', () => {
  networkContract(async () => {
    const started = await startTestNetwork();
    const { source } = overNats(started);
    let made = 0;
    const next = () => {
      made += 1;
      return made;
    };
    return {
      network: source,
      decide: () => started.write.revoke(next()),
      list: () => started.write.list(`https://civic.example/lists/${next()}`),
      novelty: () => started.write.any({ type: 'novelty', v: 1, critical: [`${next()}`] }),
      refused: async () => [[await started.write.decision(['officer-a']), 'quorum']],
      tick: async () => {
        await started.tick();
        await new Promise((resolve) => setTimeout(resolve, 10));
      },
    };
  });
});

/** A follower over NATS, and how many streams of the network itself it has open. */
async function followOverNats() {
  const started = await startTestNetwork();
  const own = { open: 0, ever: 0 };
  async function* stream(from: number, signal: AbortSignal) {
    own.open += 1;
    own.ever += 1;
    try {
      yield* started.role.stream(from, signal);
    } finally {
      own.open -= 1;
    }
  }
  const over = overNats(started, stream);
  const follower = createFollower({
    ...{ network: started.name, source: over.source, store: createFollowerStoreMemory(), engine: over.engine },
    ...{ clock: started.clock, entropy: { bytes: (count) => new Uint8Array(count) } },
  });
  closing.push(() => follower[Symbol.asyncDispose]());
  await follower.start(started.stop.signal);
  /** Whoever was let down rests by the clock of the network. */
  const hasCaughtUp = async () => {
    const wanted = started.role.state.position?.size ?? 0;
    let looks = 0;
    const size = async () => {
      looks += 1;
      if (looks % 20 === 0) await started.tick();
      return follower.position?.size ?? 0;
    };
    await expect.poll(size, { interval: 10 }).toBeGreaterThanOrEqual(wanted);
  };
  await hasCaughtUp();
  let index = 0;
  /** A revocation, and whether the follower has it. */
  const revoke = async () => {
    index += 1;
    await started.role.append(await started.write.revoke(index));
    await started.tick();
    await hasCaughtUp();
    expect(follower.state.lists.get(LIST_URI)?.values[index]).toBe(1);
  };
  return { ...over, started, follower, own, revoke };
}

/** As long as a follower reads elsewhere that was let down by it. */
async function restFromIt(started: Awaited<ReturnType<typeof startTestNetwork>>): Promise<void> {
  for (let at = 0; at <= CHANNEL_REST_MS; at += TEST_TICK_MS) await started.tick();
}

async function withManager(work: (connection: Awaited<ReturnType<typeof connect>>) => Promise<unknown>): Promise<void> {
  const connection = await connect({ servers: nats.url.replace('nats://', '') });
  await work(connection);
  await connection.close();
}

describe('a follower over NATS', () => {
  it('hears of a decision over it, and of nothing any other way', async () => {
    const { revoke, own } = await followOverNats();
    await revoke();
    expect(own.ever).toBe(0);
  });

  it('goes on without it when nats-server is killed, and comes back to it', async () => {
    const { revoke, own, faults, started } = await followOverNats();
    await revoke();
    await nats.kill();
    await expect.poll(() => own.open).toBe(1);
    await revoke();
    await expect.poll(() => faults).toContainEqual(expect.objectContaining({ code: 'feed.channel' }));
    await nats.start();
    // It may need a moment after it takes connections: whoever was too early rests once more.
    await expect.poll(() => restFromIt(started).then(() => own.open), { interval: 50 }).toBe(0);
    const before = own.ever;
    await revoke();
    expect(own).toEqual({ open: 0, ever: before });
  });

  it('misses nothing when the stream is purged, or deleted', async () => {
    const { revoke, network } = await followOverNats();
    await revoke();
    await withManager(async (connection) => (await jetstreamManager(connection)).streams.purge(`HOLDFAST_${network}`));
    await revoke();
    await withManager(async (connection) => (await jetstreamManager(connection)).streams.delete(`HOLDFAST_${network}`));
    await revoke();
  });

  it('believes nothing that somebody else puts on it', async () => {
    const { revoke, network, started, follower } = await followOverNats();
    await revoke();
    const { checkpoint, ...rest } = epochOf(1_000_000);
    const signed = await started.role.fetchCheckpoint(started.stop.signal);
    const [origin, size, root] = signed.split('\n');
    const forgeries = [
      'nothing of the kind',
      '{"checkpoint":7}',
      JSON.stringify({ checkpoint, ...rest }),
      JSON.stringify({ checkpoint: signed.replace(`\n${size}\n`, `\n${Number(size) + 1}\n`), from: 0 }),
      JSON.stringify({ checkpoint: signed.replace(root ?? '', `${'A'.repeat(43)}=`), from: 0, entries: [origin] }),
      JSON.stringify({ cosigned: checkpoint }),
    ];
    const publish = (forged = '') =>
      withManager((connection) => jetstream(connection).publish(`holdfast.${network}.epoch`, encodeUtf8(forged)));
    for (const forged of forgeries) {
      await publish(forged);
      await revoke();
    }
    // Whoever heard nothing for a while on a busy machine had turned away, and hears none of them before it has rested.
    const codes = async () => {
      const known = follower.health().alarms.map(({ code }) => code);
      if (known.includes('feed.unproved')) return known;
      await restFromIt(started);
      await publish(forgeries[3]);
      return known;
    };
    await expect.poll(codes).toContain('feed.unproved');
    expect(follower.health().phase).not.toBe('halted');
    expect(follower.contradiction).toBeUndefined();
  });

  it('is told at once that there is no NATS', async () => {
    const channel = createNatsEpochChannel({ url: 'nats://127.0.0.1:1', network: 'any' });
    await expect(channel.publish(epochOf(1))).rejects.toMatchObject({ code: 'feed.channel' });
    const heard = listenTo(channel);
    await expect(heard.until(() => false)).rejects.toMatchObject({ code: 'feed.channel' });
    await channel[Symbol.asyncDispose]();
  });
});
