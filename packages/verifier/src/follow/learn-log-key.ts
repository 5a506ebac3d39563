import {
  type KeyProof,
  type LogTerms,
  openKeyProof,
  parseBase64url,
  parseVkey,
  type Vkey,
  verifyConsistency,
  verifyInclusion,
} from '@holdfast/core';
import type { SignatureEngine } from '../signatures/engine.ts';
import type { FeedSource } from './feed-source.ts';
import type { LogFounding } from './log-key.ts';
import { openCheckpoint, type SignedCheckpoint, unproved } from './proved-entries.ts';

/** What a log says of its own keys: its latest checkpoint, and the epoch that is the last entry below it. */
export type ShownKeys = KeyProof & {
  /** The signed note. */
  readonly checkpoint: string;
  /** RFC 6962 path of the epoch to the root, base64url. */
  readonly inclusion: readonly string[];
};

export type LearnedKey = { readonly vkey: Vkey; readonly log: LogTerms; readonly signed: SignedCheckpoint };

export type LearningFrom = Pick<FeedSource, 'fetchConsistencyProof'> & {
  fetchKeys(signal: AbortSignal): Promise<ShownKeys>;
};

/**
 * The key that a log has in force, for somebody who does not fold it, such as a witness: proved by the last entry of the log,
 * an epoch that the network has signed, in a tree that this very key has signed and that only adds to the one `held`. Undefined
 * when the log shows less than is held. Throws `log.keys-unproved`, `feed.unproved`, and what the source throws.
 */
export async function learnLogKey(
  source: LearningFrom,
  of: {
    readonly founding: Pick<LogFounding, 'origin' | 'keys'>;
    readonly held: { readonly size: number; readonly root: Uint8Array } | undefined;
    readonly engine: SignatureEngine;
  },
  signal: AbortSignal,
): Promise<LearnedKey | undefined> {
  const { founding, held, engine } = of;
  const shown = await source.fetchKeys(signal);
  const { known, leaf, check } = openKeyProof(shown, founding);
  const [isSigned] = await engine.verify([check]);
  if (isSigned !== true) throw unproved('The epoch that names the key of the log is not signed by the network.');
  const vkey = parseVkey(known.log.vkey);
  const signed = await openCheckpoint(shown.checkpoint, vkey, engine);
  const { size, root } = signed;
  const proof = shown.inclusion.map(parseBase64url);
  const isLast = size === known.size && verifyInclusion({ leafHash: leaf, index: size - 1, size, root, proof });
  if (!isLast)
    throw unproved('The epoch that names the key of the log is not the last entry that this key has signed.');
  if (held !== undefined && held.size > size) return undefined;
  if (held !== undefined) await assertAdds(source, held, signed, signal);
  return { vkey, log: known.log, signed };
}

async function assertAdds(
  source: LearningFrom,
  held: { readonly size: number; readonly root: Uint8Array },
  { size, root }: SignedCheckpoint,
  signal: AbortSignal,
): Promise<void> {
  const proof = held.size === size ? [] : await source.fetchConsistencyProof?.(held.size, size, signal);
  const sizes = { from: held.size, to: size };
  if (proof !== undefined && verifyConsistency({ ...sizes, fromRoot: held.root, toRoot: root, proof })) return;
  throw unproved('The log that names another key is not the one that was seen so far.', { held: held.size, size });
}
