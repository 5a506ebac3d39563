import { join } from 'node:path';
import {
  CodedError,
  type NetworkState,
  parseBase64url,
  parseLineage,
  parseSnapshot,
  parseStatement,
  parseSuccessionDraft,
  successionOf,
} from '@holdfast/core';
import { openSuccessionDraft, proveOpening, type SignatureEngine } from '@holdfast/verifier';
import { readOptional, writeWhole } from '../adapters/home-folder/home-folder.ts';
import type { LogEnd } from '../roles/network/former-log.ts';
import { GOVERNOR_KEY } from '../roles/network/genesis.ts';
import { signStatement } from '../roles/network/statement-signing.ts';
import { GOVERNOR_KEYS } from './governing.ts';
import { openKeys } from './keyring.ts';

/** The log that a network is in now, where it is not its first: 1 for the one that succeeded it, and so on. */
export type Succeeded = {
  readonly place: number;
  /** Its first entry. */
  readonly opening: string;
  readonly lineage: string;
  readonly predecessor: NetworkState;
};

const MAX_PLACES = 64;

type Folder = { readonly dataFolder: string; readonly keysFolder: string };

/** What was taken last, of at most so many; undefined for a network in its first log. */
export async function readSucceeded(
  { dataFolder }: Pick<Folder, 'dataFolder'>,
  atMost = MAX_PLACES,
): Promise<Succeeded | undefined> {
  for (let place = atMost; place > 0; place -= 1) {
    const lineage = await readOptional(lineageFile(dataFolder, place));
    if (lineage === undefined) continue;
    const opening = parseLineage(lineage).successions.at(-1)?.opening ?? '';
    const snapshot = (await readOptional(snapshotFile(dataFolder, place))) ?? '';
    return { place, opening, lineage, predecessor: parseSnapshot(parseBase64url(snapshot.trim())).state };
  }
  return undefined;
}

/** Where the log ended that the one in this place goes on from; undefined where that is not known here. */
export async function readEnd({ dataFolder }: Pick<Folder, 'dataFolder'>, place: number): Promise<LogEnd | undefined> {
  const snapshot = await readOptional(snapshotFile(dataFolder, place));
  if (snapshot === undefined) return undefined;
  const { state, checkpoint } = parseSnapshot(parseBase64url(snapshot.trim()));
  return { state, checkpoint };
}

/**
 * Takes a succession that officers have approved, once: the governor of this machine signs its entry, and what the new log goes on
 * from is kept beside the keys. The same one again is taken already; another from the same log is refused, as there would be two
 * histories. Gives the network's genesis. Throws `succession.*`, `feed.unproved` where there is no quorum.
 */
export async function takeSuccession(
  text: string,
  { dataFolder, keysFolder, genesis }: Folder & { readonly genesis: string | undefined },
  engine: SignatureEngine,
): Promise<string> {
  const draft = parseSuccessionDraft(text);
  const before = await readSucceeded({ dataFolder });
  if (before !== undefined && fromOf(before.opening)?.log === draft.from.log) {
    if (JSON.stringify(fromOf(before.opening)) === JSON.stringify(draft.from)) return draft.genesis;
    throw new CodedError('succession.exists', 'This network has gone over to another log from there already.');
  }
  if (genesis !== undefined && genesis !== draft.genesis) {
    throw new CodedError(
      'network.other-genesis',
      'This succession is of another network than the one in the data folder.',
    );
  }
  const opened = await openSuccessionDraft(draft, { network: draft.network, engine });
  const signer = await openKeys(keysFolder, GOVERNOR_KEYS);
  const signing = { signer, name: GOVERNOR_KEY, key: await signer.readPublicKey(GOVERNOR_KEY) };
  const opening = await signStatement(successionOf(draft), signing);
  const lineage = await proveOpening(draft, opened, opening, engine);
  const place = (before?.place ?? 0) + 1;
  await writeWhole(snapshotFile(dataFolder, place), `${draft.snapshot}\n`);
  // This one last: what it stands for is whole once it is there.
  await writeWhole(lineageFile(dataFolder, place), lineage);
  return draft.genesis;
}

function fromOf(opening: string) {
  const parse = parseStatement(opening);
  return parse.ok && parse.statement.body.type === 'succession' ? parse.statement.body.from : undefined;
}

const lineageFile = (dataFolder: string, place: number) => join(dataFolder, `log-${place}.lineage`);
const snapshotFile = (dataFolder: string, place: number) => join(dataFolder, `log-${place}.predecessor`);
