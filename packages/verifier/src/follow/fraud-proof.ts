import {
  CodedError,
  canonicalJson,
  createNetworkState,
  encodeBase64url,
  isCodedError,
  type JsonObject,
  parseBase64url,
  parseJsonObject,
  parseStatement,
  type Refusal,
  type StatementParse,
  sha256Base64url,
  type Vkey,
  verifyInclusion,
} from '@holdfast/core';
import type { SignatureEngine } from '../signatures/engine.ts';
import { foldEntries } from './epoch-fold.ts';
import { MAX_ENTRIES_PER_EPOCH } from './feed-source.ts';
import { openSnapshot } from './foreign-snapshot.ts';
import { assertEntries, genesisLogKey, isProved, openCheckpoint, unproved } from './proved-entries.ts';

/** One of two entries that two signed trees have at one index: hashes of the leaf and of the path to the root, base64url. */
export type DifferingLeaf = { readonly leaf: string; readonly inclusion: readonly string[] };

/**
 * What somebody needs who was not there, to see that a log or its network has lied; text, so that it can be passed on.
 * `two-histories`: two checkpoints that the log has signed and that cannot both be; of different sizes with the entry in which
 * they differ. `wrong-epoch`: an epoch that does not say what the log's own entries say, with the state that the epoch before
 * it committed to (base64url of a snapshot; absent at the log's beginning) and the entries since.
 */
export type FraudProof = { readonly type: 'fraud-proof'; readonly v: 1; readonly genesis: string } & (
  | {
      readonly kind: 'two-histories';
      readonly checkpoints: readonly [string, string];
      readonly differ?: { readonly index: number; readonly leaves: readonly [DifferingLeaf, DifferingLeaf] };
    }
  | {
      readonly kind: 'wrong-epoch';
      readonly checkpoint: string;
      readonly snapshot?: string;
      readonly entries: readonly string[];
    }
);

export type ProvedFraud = {
  /** The network that it is about: compare it with the name you have pinned. */
  readonly network: string;
  readonly kind: FraudProof['kind'];
  /** Sizes of the two histories, or of the log with the wrong epoch. */
  readonly sizes: readonly number[];
  /** Of a wrong epoch: why the fold refuses it. */
  readonly why?: Refusal;
};

/** A state with a hundred full lists fits; one that is longer is not made, and its alarm stands alone. */
export const MAX_FRAUD_PROOF_LENGTH = 96_000_000;

/** What a network can sign about its log that is not so. Another refusal would be of an entry that anybody may have written. */
const LIES: ReadonlySet<Refusal> = new Set(['epoch-size', 'epoch-time', 'epoch-sections']);
/** These are folded by what no epoch commits to (`parseSnapshot`), which whoever makes a proof could invent. */
const BELIEVED: ReadonlySet<string> = new Set(['seal', 'draw']);

export function encodeFraudProof(proof: FraudProof): string {
  return canonicalJson(proof);
}

/**
 * Checks a proof from anybody, with nothing but the key that the genesis in it names: whoever believes the answer compares the
 * network's name. Throws `fraud.malformed` for what is no proof, `fraud.unproved` for one that proves nothing.
 */
export async function checkFraudProof(text: string, engine: SignatureEngine): Promise<ProvedFraud> {
  const proof = parseFraudProof(text);
  const network = sha256Base64url(proof.genesis);
  try {
    const vkey = genesisLogKey(proof.genesis, network);
    return proof.kind === 'two-histories'
      ? await checkHistories(proof, { network, vkey, engine })
      : await checkEpoch(proof, { network, vkey, engine });
  } catch (error) {
    if (!isCodedError(error) || error.code === 'fraud.unproved') throw error;
    if (!/^(feed|snapshot|encoding|note|checkpoint)\./.test(error.code)) throw error;
    throw nothing(`${error.message}`, { why: error.code }, error);
  }
}

type Judging = { readonly network: string; readonly vkey: Vkey; readonly engine: SignatureEngine };
type Of<Kind extends FraudProof['kind']> = Extract<FraudProof, { kind: Kind }>;

async function checkHistories(
  { kind, checkpoints, differ }: Of<'two-histories'>,
  { network, vkey, engine }: Judging,
): Promise<ProvedFraud> {
  const [a, b] = [
    await openCheckpoint(checkpoints[0], vkey, engine),
    await openCheckpoint(checkpoints[1], vkey, engine),
  ];
  const proved: ProvedFraud = { network, kind, sizes: [a.size, b.size] };
  if (a.size === b.size && encodeBase64url(a.root) !== encodeBase64url(b.root)) return proved;
  if (differ === undefined) throw nothing('One of these checkpoints may well be followed by the other.');
  const { index, leaves } = differ;
  if (leaves[0].leaf === leaves[1].leaf) throw nothing('The entry is the same in both histories.');
  const isInBoth = [a, b].every(({ size, root }, i) => {
    const { leaf, inclusion } = leaves[i === 0 ? 0 : 1];
    return verifyInclusion({ leafHash: parseBase64url(leaf), index, size, root, proof: inclusion.map(parseBase64url) });
  });
  if (!isInBoth) throw nothing('An entry said to differ is not in the tree it is said to be of.');
  return proved;
}

async function checkEpoch(proof: Of<'wrong-epoch'>, { network, vkey, engine }: Judging): Promise<ProvedFraud> {
  const { kind, snapshot, entries } = proof;
  const bytes = snapshot === undefined ? undefined : parseBase64url(snapshot);
  const state =
    bytes === undefined ? createNetworkState() : (await openSnapshot(bytes, { network, vkey, engine })).state;
  const checkpoint = await openCheckpoint(proof.checkpoint, vkey, engine);
  assertEntries(entries);
  if (!isProved(state.tree, entries, checkpoint)) throw unproved('The entries do not give the root that was signed.');
  const parses = entries.map(parseStatement);
  if (bytes !== undefined && parses.some(isBelieved)) {
    throw nothing(
      'What these entries do depends on more than an epoch commits to. Audit the log from its first entry.',
    );
  }
  const { refusedEpoch } = await foldEntries(state, parses, engine);
  if (refusedEpoch === undefined) throw nothing('The epoch says what its log says.');
  if (refusedEpoch.index !== checkpoint.size - 1 || !LIES.has(refusedEpoch.why)) {
    throw nothing('It is not the last epoch that is wrong, or not by a lie of the network.', { ...refusedEpoch });
  }
  return { network, kind, sizes: [checkpoint.size], why: refusedEpoch.why };
}

function isBelieved(parse: StatementParse): boolean {
  return parse.ok && BELIEVED.has(parse.statement.body.type);
}

function nothing(sentence: string, details: Record<string, unknown> = {}, cause?: unknown): CodedError {
  return new CodedError('fraud.unproved', `This proves nothing. ${sentence}`, details, cause);
}

function parseFraudProof(text: string): FraudProof {
  const { type, v, genesis, kind, ...more } = parseObject(text);
  if (type !== 'fraud-proof' || v !== 1 || typeof genesis !== 'string') throw malformed();
  const common = { type, v, genesis } as const;
  if (kind === 'two-histories') {
    const [a, b] = textsOf(more.checkpoints, 2);
    const differ = more.differ === undefined ? {} : { differ: parseDiffer(more.differ) };
    return { ...common, kind, checkpoints: [a ?? '', b ?? ''], ...differ };
  }
  const { checkpoint, snapshot } = more;
  const isSnapshot = snapshot === undefined || typeof snapshot === 'string';
  if (kind !== 'wrong-epoch' || typeof checkpoint !== 'string' || !isSnapshot) throw malformed();
  const entries = textsOf(more.entries);
  if (entries.length > MAX_ENTRIES_PER_EPOCH) throw malformed();
  return { ...common, kind, checkpoint, entries, ...(snapshot === undefined ? {} : { snapshot }) };
}

function parseDiffer(value: unknown): NonNullable<Of<'two-histories'>['differ']> {
  const { index, leaves } = (value ?? {}) as JsonObject;
  if (typeof index !== 'number' || !Number.isSafeInteger(index) || !Array.isArray(leaves)) throw malformed();
  const [a, b] = leaves.map((item: unknown) => {
    const { leaf, inclusion } = (item ?? {}) as JsonObject;
    if (typeof leaf !== 'string') throw malformed();
    return { leaf, inclusion: textsOf(inclusion) };
  });
  if (a === undefined || b === undefined || leaves.length !== 2) throw malformed();
  return { index, leaves: [a, b] };
}

function textsOf(value: unknown, count?: number): readonly string[] {
  const isTexts = Array.isArray(value) && value.every((item) => typeof item === 'string');
  if (!isTexts || (count !== undefined && value.length !== count)) throw malformed();
  return value;
}

function parseObject(text: string): JsonObject {
  try {
    return parseJsonObject(text, { maxLength: MAX_FRAUD_PROOF_LENGTH, maxDepth: 6 });
  } catch (error) {
    if (!isCodedError(error)) throw error;
    throw malformed(error);
  }
}

function malformed(cause?: unknown): CodedError {
  return new CodedError('fraud.malformed', 'This is not a proof of fraud.', {}, cause);
}
