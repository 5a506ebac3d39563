import { createHash } from 'node:crypto';
import { CodedError, encodeUtf8, isCodedError } from '@holdfast/core';
import { type CosignedEvent, type FeedEvent, rejectOnAbort } from '@holdfast/verifier';
import {
  type ConsumerMessages,
  DeliverPolicy,
  DiscardPolicy,
  type JetStreamClient,
  jetstream,
  jetstreamManager,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { fitMessage, MAX_MESSAGE_BYTES, nameOf, parseChannelEvent } from '../../channel/channel-event.ts';
import type { EpochChannel } from '../../ports/epoch-channel.ts';
import { parseNatsUrl } from './nats-url.ts';

export type NatsChannelOptions = {
  /** `nats://host:4222`, `tls://…`; also several with commas. A name and a password may stand before the host. */
  readonly url: string;
  /** The name of the network. */
  readonly network: string;
};

/** How long a call to NATS may take. */
const TIMEOUT_MS = 3000;
/** A stream that was just made takes its first message a moment later; ids keep a repeat out. */
const PUBLISH_TRIES = 3;
/** A connection that answers no ping twice is gone. */
const PING_EVERY_MS = 10_000;
/** The server says so often that it is there while nothing is published. */
const IDLE_HEARTBEAT_MS = 5000;
/** Taken from the server ahead of who listens. */
const MAX_AHEAD = 8;
/** The stream: what is older is dropped. A follower that missed it reads the log. */
const MAX_MESSAGES = 1024;
const MAX_STREAM_BYTES = 67_108_864;
const DUPLICATE_WINDOW_NS = 120_000_000_000;
const STREAM_NOT_FOUND = 10_059;

type Opened = { readonly connection: NatsConnection; readonly stream: JetStreamClient };

/**
 * A channel over a JetStream stream of NATS: `HOLDFAST_<network>`, made if it is not there. One connection, made when it is
 * first needed and again when it is needed after it was lost; what does not work is thrown, and never waited out here.
 */
export function createNatsEpochChannel({ url, network }: NatsChannelOptions): EpochChannel & AsyncDisposable {
  const place = parseNatsUrl(url);
  const name = `HOLDFAST_${network}`;
  const subject = `holdfast.${network}`;
  let opening: Promise<Opened> | undefined;

  async function open(): Promise<Opened> {
    const connection = await connect({
      ...place,
      ...{ name: 'holdfast', timeout: TIMEOUT_MS, reconnect: false, ignoreClusterUpdates: true },
      ...{ pingInterval: PING_EVERY_MS, maxPingOut: 2 },
    });
    try {
      await ensureStream(connection, configOf(name, subject));
    } catch (error) {
      await connection.close();
      throw error;
    }
    const opened = { connection, stream: jetstream(connection, { timeout: TIMEOUT_MS }) };
    void connection.closed().then(() => forget(opened));
    return opened;
  }

  let current: Opened | undefined;

  async function reach(): Promise<Opened> {
    opening ??= open();
    try {
      current = await opening;
      return current;
    } catch (error) {
      opening = undefined;
      throw error;
    }
  }

  /** The next call makes a new connection, and the stream where that is gone. */
  function forget(opened: Opened): void {
    if (current !== opened) return;
    [current, opening] = [undefined, undefined];
    void opened.connection.close();
  }

  async function publish(event: FeedEvent | CosignedEvent): Promise<void> {
    const fitted = fitMessage(event);
    const kind = 'cosigned' in fitted ? 'cosigned' : 'epoch';
    const msgID = 'cosigned' in fitted ? digestOf(fitted.cosigned) : nameOf(fitted);
    try {
      const opened = await reach();
      const payload = encodeUtf8(JSON.stringify(fitted));
      const options = { msgID, timeout: TIMEOUT_MS, retries: PUBLISH_TRIES };
      await opened.stream.publish(`${subject}.${kind}`, payload, options).catch((error) => {
        forget(opened);
        throw error;
      });
    } catch (error) {
      throw lost(error);
    }
  }

  async function* listen(signal: AbortSignal): AsyncGenerator<FeedEvent | CosignedEvent> {
    let messages: ConsumerMessages | undefined;
    try {
      const { connection, stream } = await reach();
      const consumer = await stream.consumers.get(name, {
        // A text and not a list: servers before 2.10 know only one.
        ...{ filter_subjects: `${subject}.>`, deliver_policy: DeliverPolicy.LastPerSubject },
      });
      messages = await consumer.consume({
        ...{ max_messages: MAX_AHEAD, idle_heartbeat: IDLE_HEARTBEAT_MS, abort_on_missing_resource: true },
      });
      const closed = connection.closed().then((error) => {
        throw error ?? new Error('the connection was closed');
      });
      yield* read(messages, Promise.race([closed, silence(messages), rejectOnAbort(signal)]));
      throw new Error('the consumer ended');
    } catch (error) {
      if (!signal.aborted) throw lost(error);
    } finally {
      await messages?.close().catch(() => undefined);
    }
  }

  return {
    publish,
    listen,
    async [Symbol.asyncDispose]() {
      const opened = await opening?.catch(() => undefined);
      await opened?.connection.close();
    },
  };
}

/** An operator who wants replicas, or other bounds, makes the stream first; it is taken as it is. */
async function ensureStream(connection: NatsConnection, config: Partial<StreamConfig> & { name: string }) {
  const manager = await jetstreamManager(connection, { timeout: TIMEOUT_MS });
  try {
    await manager.streams.info(config.name);
  } catch (error) {
    if ((error as { code?: unknown }).code !== STREAM_NOT_FOUND) throw error;
    await manager.streams.add(config);
  }
}

function configOf(name: string, subject: string) {
  return {
    ...{ name, subjects: [`${subject}.>`], storage: StorageType.File, discard: DiscardPolicy.Old },
    ...{ max_msgs: MAX_MESSAGES, max_bytes: MAX_STREAM_BYTES, max_msg_size: MAX_MESSAGE_BYTES },
    duplicate_window: DUPLICATE_WINDOW_NS,
  };
}

async function* read(messages: ConsumerMessages, lost: Promise<never>): AsyncGenerator<FeedEvent | CosignedEvent> {
  lost.catch(() => undefined);
  const iterator = messages[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([iterator.next(), lost]);
    if (next.done === true) return;
    yield parseChannelEvent(next.value.data);
  }
}

/** Rejects when the server has not even said for a while that there is nothing. */
async function silence(messages: ConsumerMessages): Promise<never> {
  for await (const { type } of messages.status()) {
    if (type === 'heartbeats_missed') throw new Error('no heartbeat came');
  }
  return new Promise<never>(() => undefined);
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function lost(cause: unknown): CodedError {
  if (isCodedError(cause) && cause.code === 'feed.channel') return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new CodedError('feed.channel', `NATS cannot be used for the feed: ${why}.`, {}, cause);
}
