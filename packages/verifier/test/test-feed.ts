import { createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto';
import {
  appendLeaf,
  type CompactTree,
  compactRoot,
  copyCompactTree,
  createCompactTree,
  encodeBase64url,
  encodeCheckpoint,
  encodeNote,
  encodeUtf8,
  encodeVkey,
  leafHash,
  noteMessage,
  parsePublicJwk,
  type Rulebook,
  sha256,
  vkeyOf,
} from '@holdfast/core';
import { buildLog, type LogBuilder, type LogOptions, testRulebook } from '../../core/test/log-builder.ts';
import { createIdealSignatures } from '../../core/test/test-keys.ts';
import type { CosignedEvent, FeedEvent, FeedSource } from '../src/follow/feed-source.ts';
import type { SignatureEngine } from '../src/signatures/engine.ts';
import { createNodeEngine } from '../src/signatures/node-engine.ts';

export const ORIGIN = 'log.example/test';

export type LogKey = ReturnType<typeof createLogKey>;

/** What comes before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410 section 7). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A real Ed25519 key that signs checkpoints; from the same seed the same key. */
export function createLogKey(origin = ORIGIN, seed?: string) {
  const secret = seed === undefined ? randomBytes(32) : sha256(encodeUtf8(seed));
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8, secret]), format: 'der', type: 'pkcs8' });
  const jwk = parsePublicJwk(createPublicKey(privateKey).export({ format: 'jwk' }));
  const vkey = vkeyOf(origin, jwk);
  const signBytes = (data: Uint8Array) => new Uint8Array(sign(null, data, privateKey));
  return {
    jwk,
    vkey,
    sign: signBytes,
    signNote: (text: string): string => {
      const signature = signBytes(noteMessage(text));
      return encodeNote({ text, signatures: [{ name: vkey.name, keyId: vkey.keyId, signature }] });
    },
  };
}

/** Ideal signatures for statements, real ones for checkpoints. */
export function createTestEngine(): SignatureEngine & { asked: number } {
  const ideal = createIdealSignatures();
  const node = createNodeEngine();
  const engine = {
    asked: 0,
    verify: async (checks: Parameters<SignatureEngine['verify']>[0]) => {
      engine.asked += checks.length;
      return checks.map((check) =>
        check.alg === 'EdDSA' ? node.verifySync([check])[0] === true : ideal.verify(check),
      );
    },
  };
  return engine;
}

/** A log of the builder, with its feed: an honest one, whose parts a test replaces to lie. */
export type TestFeed = {
  readonly log: LogBuilder;
  readonly key: LogKey;
  readonly network: string;
  readonly engine: ReturnType<typeof createTestEngine>;
  /** The signed checkpoint of the first `size` entries, the whole log by default. */
  readonly checkpoint: (size?: number) => string;
  /** Mints an epoch and pushes it to the open streams. */
  readonly mint: () => FeedEvent;
  readonly push: (event: FeedEvent | CosignedEvent) => void;
  /** Ends the open streams. */
  readonly hangUp: () => void;
  readonly streams: () => number;
  readonly source: FeedSource;
  readonly calls: { checkpoints: number; reads: number; streams: number };
};

export type TestFeedOptions = {
  readonly key?: LogKey;
  readonly log?: LogOptions;
  /** What the rulebook has otherwise. */
  readonly rules?: Partial<Rulebook>;
};

export function createTestFeed(options: TestFeedOptions = {}): TestFeed {
  const key = options.key ?? createLogKey();
  const signatures = createIdealSignatures();
  const terms = { origin: key.vkey.name, vkey: encodeVkey(key.vkey) };
  const rulebook = testRulebook(signatures, { log: terms, ...options.rules });
  const log = buildLog({ signatures, rulebook, ...options.log });
  const calls = { checkpoints: 0, reads: 0, streams: 0 };
  const open = new Set<(event: FeedEvent | CosignedEvent | undefined) => void>();
  const checkpoint = (size = log.entries.length) =>
    key.signNote(checkpointText(log.entries.slice(0, size), key.vkey.name));
  const epochSizes = () => log.entries.flatMap((entry, i) => (isEpoch(entry) ? [i + 1] : []));
  const push = (event: FeedEvent | CosignedEvent) => {
    for (const send of open) send(event);
  };
  const source: FeedSource = {
    fetchCheckpoint: async (_signal, atMost = Number.MAX_SAFE_INTEGER) => {
      calls.checkpoints += 1;
      return checkpoint(epochSizes().findLast((size) => size <= atMost) ?? 0);
    },
    fetchEntries: async (from, to) => {
      calls.reads += 1;
      return log.entries.slice(from, Math.min(to, from + 256));
    },
    stream: (from, signal) => {
      calls.streams += 1;
      return streamOf(open, signal, () => {
        const size = epochSizes().at(-1) ?? 0;
        return size > from ? { checkpoint: checkpoint(size), from: size } : undefined;
      });
    },
  };
  return {
    log,
    key,
    network: encodeBase64url(sha256(encodeUtf8(log.entries[0] ?? ''))),
    engine: createTestEngine(),
    checkpoint,
    mint: () => {
      const from = epochSizes().at(-1) ?? 0;
      log.epoch();
      const event = { checkpoint: checkpoint(), from, entries: log.entries.slice(from) };
      push(event);
      return event;
    },
    push,
    hangUp: () => {
      for (const send of open) send(undefined);
    },
    streams: () => open.size,
    source,
    calls,
  };
}

export function checkpointText(entries: readonly string[], origin = ORIGIN): string {
  const root = compactRoot(treeOf(entries));
  return encodeCheckpoint({ origin, size: entries.length, root, extensions: [] });
}

export function treeOf(entries: readonly string[], before: CompactTree = createCompactTree()): CompactTree {
  const tree = copyCompactTree(before);
  for (const entry of entries) appendLeaf(tree, leafHash(encodeUtf8(entry)));
  return tree;
}

function isEpoch(entry: string): boolean {
  const [, payload = ''] = entry.split('.');
  return Buffer.from(payload, 'base64url').toString('utf8').includes('"type":"epoch"');
}

async function* streamOf(
  open: Set<(event: FeedEvent | CosignedEvent | undefined) => void>,
  signal: AbortSignal,
  first: () => FeedEvent | undefined,
): AsyncGenerator<FeedEvent | CosignedEvent> {
  const queue: (FeedEvent | CosignedEvent | undefined)[] = [];
  let wake = () => {};
  const send = (event: FeedEvent | CosignedEvent | undefined) => {
    queue.push(event);
    wake();
  };
  open.add(send);
  signal.addEventListener('abort', () => wake(), { once: true });
  try {
    const present = first();
    if (present !== undefined) yield present;
    while (!signal.aborted) {
      if (queue.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      const event = queue.shift();
      if (event === undefined) throw new Error('the connection was lost');
      yield event;
    }
  } finally {
    open.delete(send);
  }
}

/** A note that is no note of this log, in every part the same but for one letter. */
export function withOneLetterChanged(text: string, at: number): string {
  const letter = text[at] === 'A' ? 'B' : 'A';
  return text.slice(0, at) + letter + text.slice(at + 1);
}
