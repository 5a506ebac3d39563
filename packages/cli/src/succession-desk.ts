import { randomBytes } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  approvalSigningInput,
  CodedError,
  copyNetworkState,
  encodeBase64url,
  encodeJws,
  encodeSnapshot,
  encodeSuccessionDraft,
  encodeUtf8,
  encodeVkey,
  grantOf,
  isCodedError,
  isSamePosition,
  MAX_SUCCESSION_DRAFT_LENGTH,
  type NetworkState,
  type Position,
  parseSuccessionDraft,
  type SuccessionDraft,
  saltedRoot,
  sha256Base64url,
  successionDigest,
  successionDraftDigest,
  vkeyOf,
} from '@holdfast/core';
import { createKeyFilesSigner, type Signer } from '@holdfast/server/client';
import {
  createFollower,
  createFollowerStoreMemory,
  createPlatformClock,
  createSnapshotStoreMemory,
  type Follower,
  type FollowerStore,
  fetchNetworkName,
  openSuccessionDraft,
  type PastFold,
} from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import { readBounded } from './bounded-file.ts';
import { openLogSource } from './log-source.ts';
import { createProgress, EXIT, formatDateTime, type Output } from './output.ts';
import { DEFAULTS, placeFlags } from './settings.ts';

export type SuccessionOptions = {
  readonly json?: boolean;
  readonly url: string;
  readonly data: string;
  readonly as: string;
  readonly class?: string;
  /** Copies of the old log: a mirror, a folder, the database of a follower. */
  readonly from?: readonly string[];
  readonly logName?: string;
};

type Officer = { readonly id: string; readonly signer: Signer };

/**
 * `holdfast decide succeed FILE --from LOG --as OFFICER`: the network goes on in a new log from the last position of a copy of the old
 * one. The first officer makes the file, the others add their approval; nobody has to be reached for it.
 */
export async function succeed(
  output: Output,
  options: SuccessionOptions,
  { file, officer }: { readonly file: string; readonly officer: Officer },
): Promise<number> {
  const isThere = await stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
  const draft = isThere ? parseSuccessionDraft(await readBounded(file, MAX_SUCCESSION_DRAFT_LENGTH)) : undefined;
  const copy = options.from === undefined ? undefined : await readCopies(output, options.from);
  const made = draft ?? (copy === undefined ? undefined : await createDraft(copy, options));
  if (made === undefined) {
    throw new CodedError(
      'usage.succeed',
      `There is no ${file} yet. To make it: a copy of the old log, --from FOLDER|URL.`,
    );
  }
  const engine = createNodeEngine();
  const opened = await openSuccessionDraft(made, { network: await pinnedName(options.data, made), engine });
  if (copy !== undefined) assertFromCopy(made.from, copy);
  const approved = await approve(made, officer);
  await writeFile(file, encodeSuccessionDraft(approved), { mode: 0o600 });
  return tell(output, approved, { file, quorum: opened.quorum, options, isChecked: copy !== undefined });
}

/** As it was pinned on this machine; without that the file is believed about whose it is, and says so. */
async function pinnedName(data: string, { network }: SuccessionDraft): Promise<string> {
  const genesis = await readFile(join(data, 'genesis.jws'), 'utf8').catch(() => undefined);
  return genesis === undefined ? network : sha256Base64url(genesis.trim());
}

type Copy = Pick<PastFold, 'genesis' | 'epoch' | 'successions'> & {
  readonly network: string;
  readonly state: NetworkState;
  readonly position: Position;
  readonly checkpoint: string;
};

/** Entries proved at once: what a follower has kept has no checkpoint but its last. */
const MAX_TAIL = 16_384;

/**
 * The last position that any of these copies proves: each is read to its end, after what those before it had, proving and folding
 * everything. One that ends before them adds nothing; one of another history is for the officers to judge (`succession.copies-differ`).
 */
async function readCopies(output: Output, copies: readonly string[]): Promise<Copy> {
  const progress = createProgress('entries read', output.json);
  const { signal } = new AbortController();
  const sources = await Promise.all(copies.map(openLogSource));
  const [first] = sources;
  if (first === undefined) throw noCopy();
  let source = first;
  const [store, snapshots] = [createFollowerStoreMemory(), createSnapshotStoreMemory()];
  const network = await fetchNetworkName(first, signal);
  const follower = createFollower({
    ...{ network, store, snapshots, engine: createNodeEngine(), clock: createPlatformClock() },
    source: {
      fetchCheckpoint: (...asked) => source.fetchCheckpoint(...asked),
      fetchEntries: (...asked) => source.fetchEntries(...asked),
      fetchSnapshot: async (...asked) => source.fetchSnapshot?.(...asked),
      fetchLineage: async (...asked) => source.fetchLineage?.(...asked),
      stream: async function* () {},
    },
    entropy: { bytes: (count) => new Uint8Array(randomBytes(count)) },
    bounds: { maxEntriesPerStep: MAX_TAIL },
  });
  const stop = follower.subscribe(({ position }) => progress.step(position.size));
  for (const [i, next] of sources.entries()) {
    source = next;
    await follower.pull(signal).catch((error: unknown) => refuseCopy(error, copies[i] ?? '', i === 0));
  }
  stop();
  progress.end();
  return endOf(follower, network, store);
}

function refuseCopy(error: unknown, from: string, isFirst: boolean): void {
  if (isFirst || !isCodedError(error)) throw error;
  // It ends before another one: the same log all the same, as far as it goes.
  if (error.code === 'feed.rollback') return;
  const sentence = `${from} does not go on from the copies named before it: it is of another history of this log, or damaged (${error.code}). Officers agree on one history, and name copies of that.`;
  throw new CodedError('succession.copies-differ', sentence, { from, why: error.code }, error);
}

async function endOf(follower: Follower, network: string, store: FollowerStore): Promise<Copy> {
  const { position } = follower;
  const { checkpoint } = await store.readHead();
  if (position === undefined || checkpoint === undefined) throw noCopy();
  const read = await follower.past.at(position.size, ({ state, genesis, epoch, successions = [] }) => ({
    ...{ genesis, epoch, successions, network, position, checkpoint },
    state: copyNetworkState(state),
  }));
  if (read.ok) return read.value;
  throw noCopy();
}

function noCopy(): CodedError {
  return new CodedError(
    'succession.unproved',
    'This copy of the log does not end with an epoch that can be gone on from.',
  );
}

async function createDraft(copy: Copy, options: SuccessionOptions): Promise<SuccessionDraft> {
  const { state, network, position: from, genesis, epoch, successions = [], checkpoint } = copy;
  const current = state.rulebook;
  const grant = current === undefined ? undefined : grantOf(current.body, 'amend');
  const snapshot = encodeSnapshot(state, { epoch, checkpoint });
  if (current === undefined || grant === undefined || snapshot === undefined) throw noCopy();
  const origin = options.logName ?? nextName(from.log);
  const log = { origin, vkey: await createLogKey(options.data, origin) };
  const body = { network, from, rulebook: { ...current.body, log } };
  const salt = encodeBase64url(new Uint8Array(randomBytes(16)));
  const decision: SuccessionDraft['decision'] = {
    id: `succession-${encodeBase64url(new Uint8Array(randomBytes(8)))}`,
    parameters: { succession: successionDigest(body) },
    targets: { root: saltedRoot([{ salt, kind: 'target', value: { succession: from.log } }]), count: 1 },
    class: options.class ?? grant.classes[0] ?? 'founding',
    rulebook: current.index,
    expiry: state.time + grant.expiresInMs,
  };
  return {
    ...body,
    genesis,
    successions,
    snapshot: encodeBase64url(snapshot),
    decision,
    approvals: [],
  };
}

/** `host/log`, `host/log-2`, `host/log-3`... */
function nextName(name: string): string {
  const [, stem = name, place = '1'] = /^(.*?)(?:-([1-9][0-9]{0,3}))?$/.exec(name) ?? [];
  return `${stem}-${Number(place) + 1}`;
}

/** A key that no log has had, among the network's own on this machine. */
async function createLogKey(data: string, origin: string): Promise<string> {
  const keys = join(data, 'keys');
  const isHere = await stat(join(keys, 'network')).then(
    () => true,
    () => false,
  );
  if (!isHere)
    throw new CodedError('usage.succeed', `The keys of the network do not lie in ${keys}: begin where they do.`);
  const signer = await createKeyFilesSigner({
    directory: join(keys, 'network'),
    passphrasePath: join(keys, 'network.passphrase'),
  });
  const places = (await signer.readNames()).map((name) => Number(/^log-([1-9][0-9]{0,5})$/.exec(name)?.[1] ?? 1));
  const jwk = await signer.create(`log-${Math.max(1, ...places) + 1}`, 'EdDSA');
  return encodeVkey(vkeyOf(origin, jwk));
}

/** What the officer has read of the log, against what the file goes on from. */
function assertFromCopy(from: Position, { position }: Copy): void {
  if (isSamePosition(from, position)) return;
  const sentence = `It goes on from #${from.size - 1}, and your copy of the log ends with #${position.size - 1}: other officers would lose what comes after, or have read something else.`;
  throw new CodedError('succession.unproved', `This succession cannot be approved. ${sentence}`, {
    from,
    copy: position,
  });
}

async function approve(draft: SuccessionDraft, { signer }: Officer): Promise<SuccessionDraft> {
  const input = approvalSigningInput(successionDraftDigest(draft), await signer.readPublicKey('approval'));
  const [head] = input.split('.');
  // One approval of each officer: the second would be the same person.
  const others = draft.approvals.filter((approval) => approval.split('.')[0] !== head);
  const approval = encodeJws(input, await signer.sign('approval', encodeUtf8(input)));
  return { ...draft, approvals: [...others, approval] };
}

function tell(
  output: Output,
  draft: SuccessionDraft,
  told: {
    readonly file: string;
    readonly quorum: number;
    readonly options: SuccessionOptions;
    readonly isChecked: boolean;
  },
): number {
  const { from, rulebook, approvals } = draft;
  const { file, quorum, options, isChecked } = told;
  const missing = Math.max(0, quorum - approvals.length);
  output.data({ file, network: draft.network, from, log: rulebook.log, approvals: approvals.length, quorum, missing });
  output.say(`The network ${draft.network}`);
  output.say(`  goes on in the log ${rulebook.log.origin}, by the key ${rulebook.log.vkey},`);
  output.say(`  from #${from.size - 1} of ${from.log}, ${formatDateTime(from.time)}. Nothing after that counts.`);
  if (!isChecked) output.say('  Where it goes on from was not held against a copy of your own: --from FOLDER|URL.');
  if (missing > 0) {
    output.say(`${approvals.length} of ${quorum} officers have signed. Pass ${file} on; the next one types`);
    output.say(`  npx holdfast decide succeed ${file} --from THEIR-COPY --as ANOTHER-OFFICER`);
    return EXIT.unknown;
  }
  output.say(`${approvals.length} officers have signed, as many as it takes. Start the new log with`);
  output.say(`  npx holdfast up --succession ${file}${placeFlags({ url: DEFAULTS.url, data: options.data })}`);
  return EXIT.yes;
}
