import {
  CodedError,
  canonicalJson,
  copyCompactTree,
  createNetworkState,
  encodeBase64url,
  encodeVkey,
  isCodedError,
  isStolen,
  type JsonObject,
  type KeyProof,
  type LogKeysAt,
  logKeysFor,
  type NetworkState,
  openKeyProof,
  parseBase64url,
  parseJsonObject,
  parseLineage,
  parseStatement,
  parseVkey,
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
import { foundingOf, type LogFounding } from './log-key.ts';
import { assertEntries, isProved, isSignedBy, logKeyOf, parseSigned, unproved } from './proved-entries.ts';

/** One of two entries that two signed trees have at one index: hashes of the leaf and of the path to the root, base64url. */
export type DifferingLeaf = { readonly leaf: string; readonly inclusion: readonly string[] };

/**
 * What somebody needs who was not there, to see that a log or its network has lied; text, so that it can be passed on.
 * `two-histories`: two checkpoints that the log has signed and that cannot both be; of different sizes with the entry in which
 * they differ. `wrong-epoch`: an epoch that does not say what the log's own entries say, with the state that the epoch before
 * it committed to (base64url of a snapshot; absent at the log's beginning) and the entries since.
 */
export type FraudProof = {
  readonly type: 'fraud-proof';
  readonly v: 1;
  readonly genesis: string;
  /** How the network came to this log, where it is not its first; then `genesis` is the succession that opened it. */
  readonly lineage?: string;
  /** What an epoch says of the log's keys, where the first is no longer the one in force. */
  readonly keys?: KeyProof;
} & (
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
  /** The keys of the log (vkeys) that signed it. Of one that was stolen since, a thief may have made all of this. */
  readonly keys: readonly string[];
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
 * Checks a proof from anybody, with nothing but the keys that the genesis in it names: whoever believes the answer compares the
 * network's name. Who knows more of the log's keys says so (`known`): what a stolen key has signed then accuses nobody. Throws
 * `fraud.malformed` for what is no proof, `fraud.unproved` for one that proves nothing.
 */
export async function checkFraudProof(
  text: string,
  engine: SignatureEngine,
  known: readonly LogKeysAt[] = [],
): Promise<ProvedFraud> {
  const proof = parseFraudProof(text);
  const { lineage } = proof;
  try {
    const network = sha256Base64url(lineage === undefined ? proof.genesis : parseLineage(lineage).genesis);
    const founding = await foundingOf(proof.genesis, { network, lineage, engine });
    const told = proof.keys === undefined ? known : [...known, await openKeys(proof.keys, founding, engine)];
    const judging = { founding, engine, known: told };
    return proof.kind === 'two-histories' ? await checkHistories(proof, judging) : await checkEpoch(proof, judging);
  } catch (error) {
    if (!isCodedError(error) || error.code === 'fraud.unproved') throw error;
    if (!/^(feed|lineage|log|replay|snapshot|encoding|note|checkpoint)\./.test(error.code)) throw error;
    throw nothing(`${error.message}`, { why: error.code }, error);
  }
}

type Judging = {
  readonly founding: LogFounding;
  readonly engine: SignatureEngine;
  readonly known: readonly LogKeysAt[];
};

async function openKeys(proof: KeyProof, founding: LogFounding, engine: SignatureEngine): Promise<LogKeysAt> {
  const { known, check } = openKeyProof(proof, founding);
  const [isSigned] = await engine.verify([check]);
  if (isSigned !== true) throw unproved('The epoch that names the keys of the log is not signed by the network.');
  return known;
}

/** The keys by whose word the log can be accused of what it signed at this size. */
function accusing({ founding, known }: Judging, size: number): Vkey[] {
  const named = [...known.flatMap((at) => logKeysFor(at, size)), encodeVkey(founding.first)];
  const trusted = named.filter((vkey) => !known.some(({ log }) => isStolen(log, vkey)));
  return [...new Set(trusted)].map(parseVkey);
}

/** Opens a checkpoint by one of those keys; `more` are others that the log is known to have had there. */
async function openAccusing(note: string, judging: Judging, more: readonly Vkey[] = []) {
  const signed = parseSigned(note, judging.founding.origin);
  for (const vkey of [...more, ...accusing(judging, signed.size)]) {
    if (await isSignedBy(signed, vkey, judging.engine)) return { ...signed, vkey: encodeVkey(vkey) };
  }
  throw unproved('No key that this log is known to have had at that size has signed the checkpoint.');
}

type Of<Kind extends FraudProof['kind']> = Extract<FraudProof, { kind: Kind }>;

async function checkHistories(
  { kind, checkpoints, differ }: Of<'two-histories'>,
  judging: Judging,
): Promise<ProvedFraud> {
  const [a, b] = [await openAccusing(checkpoints[0], judging), await openAccusing(checkpoints[1], judging)];
  const keys = [...new Set([a.vkey, b.vkey])];
  const proved: ProvedFraud = { network: judging.founding.network, kind, keys, sizes: [a.size, b.size] };
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

async function checkEpoch(proof: Of<'wrong-epoch'>, judging: Judging): Promise<ProvedFraud> {
  const { kind, snapshot, entries } = proof;
  const { founding, engine } = judging;
  const bytes = snapshot === undefined ? undefined : parseBase64url(snapshot);
  const state = bytes === undefined ? createNetworkState() : (await openSnapshot(bytes, judging)).state;
  assertEntries(entries);
  const parses = entries.map(parseStatement);
  const named = namedKeys(state);
  if (bytes !== undefined && parses.some(isBelieved)) {
    throw nothing(
      'What these entries do depends on more than an epoch commits to. Audit the log from its first entry.',
    );
  }
  const tree = copyCompactTree(state.tree);
  const { applied, refusedEpoch } = await foldEntries(state, parses, engine);
  // Also by a key that this very epoch was to put in force.
  const coming = parses.flatMap((parse, i) => (applied[i]?.ok === true ? keyNamedBy(parse) : []));
  const checkpoint = await openAccusing(proof.checkpoint, judging, [...named, ...coming]);
  if (!isProved(tree, entries, checkpoint)) throw unproved('The entries do not give the root that was signed.');
  if (refusedEpoch === undefined) throw nothing('The epoch says what its log says.');
  if (refusedEpoch.index !== checkpoint.size - 1 || !LIES.has(refusedEpoch.why)) {
    throw nothing('It is not the last epoch that is wrong, or not by a lie of the network.', { ...refusedEpoch });
  }
  const { network } = founding;
  return { network, kind, keys: [checkpoint.vkey], sizes: [checkpoint.size], why: refusedEpoch.why };
}

/** In force, or announced. */
function namedKeys({ rulebook, scheduled }: NetworkState): Vkey[] {
  return [...(rulebook === undefined ? [] : [rulebook]), ...scheduled].map(({ body }) => logKeyOf(body));
}

function keyNamedBy(parse: StatementParse): Vkey[] {
  return parse.ok && parse.statement.body.type === 'rulebook' ? [logKeyOf(parse.statement.body.body)] : [];
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
  const lineage = more.lineage === undefined ? {} : { lineage: textsOf([more.lineage], 1)[0] ?? '' };
  const keys = more.keys === undefined ? {} : { keys: parseKeys(more.keys) };
  const common = { type, v, genesis, ...lineage, ...keys } as const;
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

function parseKeys(value: unknown): KeyProof {
  const { epoch, rulebook } = (value ?? {}) as JsonObject;
  if (typeof epoch !== 'string') throw malformed();
  return { epoch, rulebook: textsOf(rulebook) };
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
