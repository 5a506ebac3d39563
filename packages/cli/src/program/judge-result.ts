import {
  appendLeaf,
  type Checkpoint,
  CodedError,
  compactRoot,
  createCompactTree,
  createNetworkState,
  encodeBase64url,
  encodeUtf8,
  equalBytes,
  isCodedError,
  leafHash,
  type NetworkState,
  type ProgramRecord,
  parseAcknowledgement,
  parseBase64url,
  parseCheckpoint,
  parseCredential,
  parseLineage,
  parseNote,
  parseStatement,
  pastKey,
  sha256,
  sha256Base64url,
  signatureCheck,
} from '@holdfast/core';
import {
  type CheckedAdmission,
  type CheckedResult,
  checkAdmission,
  checkResult,
  compileProgramRules,
  type ResultQuestion,
} from '@holdfast/core/program';
import {
  foldEntries,
  foundingOf,
  genesisLogKey,
  logKeyOf,
  MAX_ENTRIES_PER_READ,
  openCheckpoint,
  openSnapshot,
} from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import { digestOf } from './collect-result.ts';
import { judgeReceipt, type PaidReceipt } from './judge-receipt.ts';
import {
  type BeginningLines,
  type ResultFile,
  readResultBeginning,
  readResultEntries,
  readResultFile,
} from './result-file.ts';

const engine = createNodeEngine();

export type ResultReport = {
  /** Digest of the application. */
  readonly application: string;
  /** Where it was sent. */
  readonly origin: string;
  readonly program: { readonly id: string; readonly title: string; readonly asset: { code: string; decimals: number } };
  readonly result: CheckedResult;
  /** What a case or a decision has said of it beside the lists: in the log, like those. */
  readonly admission?: CheckedAdmission;
  /**
   * What whoever runs the program says of the money, which the log does not: `isLess` than the entitlement. `receipt`: what
   * the ledger has signed for, once that is proved; `none` when what was shown as one proves nothing.
   */
  readonly payment?: {
    readonly state: string;
    readonly amount: bigint;
    readonly isLess: boolean;
    /** It goes to an account of this ledger, so nobody has to carry it on. */
    readonly isInside: boolean;
    readonly receipt?: PaidReceipt | 'none';
  };
  /**
   * How far the log was read; `time` is its own, unix milliseconds. `begunAt`: what lies before so many entries, in the logs before
   * this one too, was not folded here: it is the network's word, as its epoch there commits to it.
   */
  readonly log: {
    readonly network: string;
    readonly entries: number;
    readonly time: number;
    readonly begunAt?: number;
  };
};

/**
 * Checks what became of an application from its file alone. Throws `result.uncollected`, `result.log` for entries that are
 * not those that the log has signed, `result.program` for a program that this log does not have, and what reading throws.
 */
export async function judgeResult(
  file: string,
  network: string | undefined,
  onProgress: (done: number, total: number) => void,
): Promise<ResultReport> {
  const kept = await readResultFile(file);
  if (kept.log === undefined) {
    throw new CodedError(
      'result.uncollected',
      'There is nothing to check this by yet. Collect the log and the proofs once: --fetch ORIGIN',
    );
  }
  const { state, begunAt } = await foldFile(file, kept.log, network, onProgress);
  const record = findRecord(state, kept);
  const question = await questionOf(state, record, kept);
  const result = checkResult(question);
  const admission = checkAdmission(state, question);
  const { id, title, asset } = record.program;
  const application = digestOf(kept.application, kept.presentation);
  const receipt = kept.receipt && ((await judgeReceipt(state, record, application, kept.receipt)) ?? 'none');
  const payment = paymentOf(kept, owedBy(result, admission), receipt);
  return {
    application,
    origin: new URL(kept.url).origin,
    program: { id, title, asset },
    result,
    ...(admission === undefined ? {} : { admission }),
    ...(payment === undefined ? {} : { payment }),
    log: {
      ...{ network: state.name, entries: state.tree.size, time: state.time },
      ...(begunAt === 0 ? {} : { begunAt }),
    },
  };
}

/** Folds the entries of the file once they are shown to be all that its signed checkpoint covers. */
async function foldFile(
  file: string,
  { checkpoint: note, entries: total, beginning }: NonNullable<ResultFile['log']>,
  network: string | undefined,
  onProgress: (done: number, total: number) => void,
): Promise<{ readonly state: NetworkState; readonly begunAt: number }> {
  const state = beginning === undefined ? createNetworkState() : await beginAt(file, beginning, network);
  const begunAt = state.tree.size;
  const begun = createCompactTree();
  let checkpoint: Checkpoint | undefined;
  let batch: string[] = [];
  const fold = async () => {
    const { refusedEpoch } = await foldEntries(state, batch.map(parseStatement), engine);
    batch = [];
    if (refusedEpoch !== undefined)
      throw unsound(`The epoch at entry #${refusedEpoch.index} is not what it should be.`);
    onProgress(state.tree.size, total);
  };
  for await (const entry of readResultEntries(file, beginning)) {
    checkpoint ??= beginning === undefined ? openFirst(entry, note, network) : parseCheckpoint(parseNote(note).text);
    if (begun.size < begunAt) {
      appendLeaf(begun, leafHash(encodeUtf8(entry)));
      if (begun.size < begunAt || equalBytes(compactRoot(begun), compactRoot(state.tree))) continue;
      throw unsound('It begins with other entries than the network has folded.');
    }
    batch.push(entry);
    // A file may have more lines than it says, and than the log has signed.
    if (state.tree.size + batch.length > checkpoint.size) throw unsound('It has more entries than the log has signed.');
    if (batch.length >= MAX_ENTRIES_PER_READ) await fold();
  }
  await fold();
  const isWhole = checkpoint !== undefined && equalBytes(compactRoot(state.tree), checkpoint.root);
  if (checkpoint === undefined || state.tree.size !== checkpoint.size || !isWhole) {
    throw unsound('Its entries are not those that the log has signed.');
  }
  // By the key that the entries leave in force: one that they give up says nothing any more.
  if (state.rulebook !== undefined) await openCheckpoint(note, logKeyOf(state.rulebook.body), engine);
  return { state, begunAt };
}

/** The state of a log that is not its network's first, proved by how the network came to it and by what its epoch commits to. */
async function beginAt(file: string, lines: BeginningLines, network: string | undefined): Promise<NetworkState> {
  const { lineage, snapshot } = await readResultBeginning(file, lines);
  const { genesis, successions } = parseLineage(lineage);
  const of = { network: network ?? sha256Base64url(genesis), lineage, engine };
  try {
    const founding = await foundingOf(successions.at(-1)?.opening ?? '', of);
    return (await openSnapshot(parseBase64url(snapshot), { founding, engine })).state;
  } catch (error) {
    if (!isCodedError(error)) throw error;
    throw unsound('It does not prove how the network came to this log, or it is another network than the one named.');
  }
}

/** What the checkpoint says, once the file begins with the network that is asked for; who signed it is seen at the end. */
function openFirst(genesis: string, note: string, network: string | undefined): Checkpoint {
  genesisLogKey(genesis, network ?? encodeBase64url(sha256(encodeUtf8(genesis))));
  return parseCheckpoint(parseNote(note).text);
}

function unsound(sentence: string): CodedError {
  return new CodedError(
    'result.log',
    `The log in this file does not hold. ${sentence} Collect it again: --fetch ORIGIN`,
  );
}

function findRecord(state: NetworkState, { application }: ResultFile): ProgramRecord {
  for (const record of state.programs.values()) if (record.digest === application.program) return record;
  throw new CodedError('result.program', 'This log has no program of the rules that the application names.');
}

async function questionOf(state: NetworkState, record: ProgramRecord, kept: ResultFile): Promise<ResultQuestion> {
  const { application, presentation, acknowledgement, intake, seal } = kept;
  const own = ownFacts(record, presentation);
  const signed = acknowledgement === undefined ? undefined : await openAcknowledgement(state, record, acknowledgement);
  return {
    record,
    time: state.time,
    application,
    presented: sha256Base64url(presentation),
    ...(signed === undefined ? {} : { acknowledgement: signed }),
    ...(intake === undefined ? {} : { intake }),
    ...(seal === undefined ? {} : { seal }),
    ...(own === undefined ? {} : { own }),
  };
}

async function openAcknowledgement(
  state: NetworkState,
  { program }: ProgramRecord,
  text: string,
): Promise<NonNullable<ResultQuestion['acknowledgement']>> {
  const { jws, kid, acknowledgement: content } = parseAcknowledgement(text);
  const signed = { use: 'statement', kid, signedAt: content.iat * 1000 } as const;
  const found = pastKey(state.parties.get(program.organiser), signed);
  if (found === undefined) return { content, isSigned: false };
  const [isSigned = false] = await engine.verify([signatureCheck(jws, found.key)]);
  return { content, isSigned, isStolen: found.isStolen };
}

/**
 * What applicants know of themselves, so that nobody can seal another issuer or a smaller weight for them. Undefined when a
 * weight depends on what only the verdict knew.
 */
function ownFacts({ program }: ProgramRecord, presentation: string): ResultQuestion['own'] {
  const credential = parseCredential(presentation);
  if (!credential.ok) return undefined;
  const { issuer, claims, vct: type } = credential;
  if (issuer === undefined || !program.uniqueness.issuers.includes(issuer)) return undefined;
  const { allocation } = program;
  if (allocation.mode !== 'sealed' || allocation.rule !== 'pro-rata') return { issuer };
  if (/\b(assurance|at)\b/.test(allocation.weight)) return undefined;
  const facts = { claims, issuer, type, assurance: program.assurance, at: 0 };
  const weight = compileProgramRules(program).weight?.(facts);
  return weight?.ok === true ? { issuer, weight: weight.value.toString() } : undefined;
}

/** By the lists; or, where those refuse, by whatever admits it all the same. */
function owedBy(result: CheckedResult, admission: CheckedAdmission | undefined): bigint | undefined {
  if (result.outcome === 'entitled') return result.amount;
  return result.outcome === 'refused' ? admission?.due : undefined;
}

/** More can be right, where what comes back goes to the next in the draw; less cannot, unless it was returned. */
function paymentOf(
  { payment, application }: ResultFile,
  owed: bigint | undefined,
  receipt: PaidReceipt | 'none' | undefined,
): ResultReport['payment'] {
  if (payment === undefined) return undefined;
  // What is signed outweighs what is said.
  const amount = typeof receipt === 'object' ? receipt.amount : BigInt(payment.amount);
  const isLess = owed !== undefined && payment.state !== 'voided' && amount < owed;
  const isInside = application.destination.kind === 'internal';
  return { state: payment.state, amount, isLess, isInside, ...(receipt === undefined ? {} : { receipt }) };
}
