import { z } from 'zod';
import { canonicalJson, type JsonObject, parseJsonObject } from '../encoding/json.ts';
import { CodedError, isCodedError } from '../errors.ts';
import { type Position, parsePosition } from '../log/position.ts';
import { type OpenedNetwork, openNetwork, type ProvedList, type ProvedNetwork } from './replay.ts';

/** Characters of an offline bundle: some seven hundred lists of 131,072 entries. A longer one is refused. */
export const MAX_OFFLINE_BUNDLE_LENGTH = 32 * 1024 * 1024;
/** Lists in one bundle, of all networks in it. */
export const MAX_OFFLINE_LISTS = 1024;
/** Networks in one bundle beside its own. */
export const MAX_OFFLINE_NETWORKS = 16;
/** Strangers' documents in one bundle. */
export const MAX_OFFLINE_DOCUMENTS = 64;

const text = z.string();
const hashes = z.array(z.string().max(64)).max(64);
const leaves = z.array(z.string().max(262_144)).max(65_536);
const count = z.int().min(0);

const documentSchema = z.object({
  url: text.max(2048),
  contentType: text.max(256),
  cacheControl: text.max(1024).optional(),
  body: text,
  at: count,
});

const epochSchema = z.object({ entry: text.max(65_536), inclusion: hashes });
export const successionsSchema = z
  .array(z.object({ opening: text.max(65_536), epoch: epochSchema, rulebook: leaves, parties: leaves }))
  .max(64);

const networkSchema = z.object({
  position: z.unknown(),
  checkpoint: text.max(524_288),
  network: z.object({
    genesis: text.max(65_536),
    successions: successionsSchema.optional(),
    epoch: epochSchema,
    rulebook: leaves,
    parties: leaves,
    critical: leaves,
    recognitions: leaves.optional(),
    incidents: leaves.optional(),
    witnessed: z
      .object({
        notes: z.array(z.object({ note: z.string().max(524_288), consistency: hashes })).max(64),
        policy: z.string().max(262_144).optional(),
      })
      .optional(),
  }),
  lists: z
    .array(z.object({ leaf: text.max(8192), index: count, count, proof: hashes, packed: text }))
    .max(MAX_OFFLINE_LISTS),
});

const bundleSchema = networkSchema.extend({
  type: z.literal('offline-bundle'),
  v: z.literal(1),
  recognised: z.array(networkSchema).min(1).max(MAX_OFFLINE_NETWORKS).optional(),
  policy: z.record(text, z.unknown()),
  reasons: text.max(64).optional(),
  documents: z.array(documentSchema).max(MAX_OFFLINE_DOCUMENTS).optional(),
});

/** What a stranger served, as it was fetched: nothing proves it but where it lies in the bundle. */
export type RecordedDocument = {
  readonly url: string;
  readonly contentType: string;
  readonly cacheControl?: string;
  /** base64url. */
  readonly body: string;
  /** When it was fetched, unix milliseconds. */
  readonly at: number;
};

/** One network as of one position, with the proofs of a replay. */
export type OfflineNetwork = {
  readonly position: Position;
  /** The log's signed note of the tree at the position. */
  readonly checkpoint: string;
  readonly network: Omit<ProvedNetwork, 'list'>;
  readonly lists: readonly ProvedList[];
};

/**
 * Everything a verifier needs to judge without a network, as of one position: what it reads of the network with the proofs
 * of a replay, and its maker's word for the rest (the policy, the documents of strangers).
 */
export type OfflineBundle = OfflineNetwork & {
  readonly type: 'offline-bundle';
  readonly v: 1;
  /** Networks that it recognises, each as of a position of its own log; no two are one network. */
  readonly recognised?: readonly OfflineNetwork[];
  /** As `parsePolicy` of the verifier takes it. */
  readonly policy: JsonObject;
  /** Digest of the words for reasons that its maker would show. */
  readonly reasons?: string;
  readonly documents?: readonly RecordedDocument[];
};

/** Reads an offline bundle from outside; proves nothing. Throws `bundle.malformed` naming the member. */
export function parseOfflineBundle(source: string): OfflineBundle {
  const value = read('text', () => parseJsonObject(source, { maxLength: MAX_OFFLINE_BUNDLE_LENGTH, maxDepth: 12 }));
  const parsed = bundleSchema.safeParse(value);
  if (!parsed.success) throw malformed(parsed.error.issues[0]?.path.join('.') ?? '');
  const position = read('position', () => parsePosition(parsed.data.position));
  const others = parsed.data.recognised?.map((other, i) => {
    return { ...other, position: read(`recognised.${i}.position`, () => parsePosition(other.position)) };
  });
  const recognised = others === undefined ? {} : { recognised: others };
  const count = [parsed.data, ...(others ?? [])].reduce((sum, { lists }) => sum + lists.length, 0);
  if (count > MAX_OFFLINE_LISTS) throw malformed('lists');
  // The schema says which members there are and of which kind; what it does not name is dropped.
  return { ...parsed.data, ...recognised, position, policy: value.policy as JsonObject } as OfflineBundle;
}

export function encodeOfflineBundle(bundle: OfflineBundle): string {
  return canonicalJson(bundle);
}

/**
 * Checks the proofs of one network of a bundle against its position, and its genesis against the name of the network that is expected.
 * What is left to the caller: the signature checks, and that the log signed the position (the checkpoint). Throws
 * `bundle.unproved` naming the part that does not hold.
 */
export function openOfflineBundle({ network, lists, position }: OfflineNetwork, name: string): OpenedNetwork {
  try {
    return openNetwork(network, lists, { position, name });
  } catch (error) {
    if (!isCodedError(error)) throw error;
    throw bundleUnproved(String(error.details.what ?? 'encoding'), error);
  }
}

/** What is said of a bundle in which something does not hold. */
export function bundleUnproved(part: string, cause?: unknown): CodedError {
  return new CodedError('bundle.unproved', `This bundle does not prove its ${part}.`, { part }, cause);
}

function read<Value>(member: string, step: () => Value): Value {
  try {
    return step();
  } catch (cause) {
    if (!isCodedError(cause)) throw cause;
    throw malformed(member, cause);
  }
}

function malformed(member: string, cause?: unknown): CodedError {
  return new CodedError(
    'bundle.malformed',
    `This is no offline bundle of version 1${member === '' ? '' : `: ${member}`}.`,
    { member },
    cause,
  );
}
