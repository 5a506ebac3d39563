import { type NetworkView, type ProgramRecord, versionsFor } from '@holdfast/core';
import {
  createFollower,
  createFollowerStoreMemory,
  createHttpFeed,
  createPlatformClock,
  createSnapshotStoreMemory,
  createVerifier,
  createWebEngine,
  fetchNetworkName,
  type HttpFeed,
  parsePolicy,
  type SignatureEngine,
  type Verifier,
} from '@holdfast/verifier';

/** A network as this browser has read it by itself. */
export type ReadNetwork = {
  readonly view: NetworkView;
  readonly verifier: Pick<Verifier, 'verify'>;
  readonly engine: SignatureEngine;
  /** One entry of the log, as the log hands it to anybody. */
  readonly fetchEntry: (index: number) => Promise<string | undefined>;
  /** A program by the digest of any of its versions, as the log has it. */
  readonly findProgram: (digest: string) => ProgramRecord | undefined;
  /** Root of the log at this size, base64url; undefined where this browser has not kept it. */
  readonly rootAt: (size: number) => string | undefined;
};

const READ_TIMEOUT_MS = 60_000;

/**
 * Reads the log at this origin, proves it to itself, and can judge by it from then on. Which network it is is this origin's
 * word: whoever has its name from elsewhere compares it.
 */
export async function openNetwork(url: string): Promise<() => Promise<ReadNetwork>> {
  const clock = createPlatformClock();
  const engine = createWebEngine();
  const source: HttpFeed = createHttpFeed({ url, clock });
  const network = await fetchNetworkName(source, AbortSignal.timeout(READ_TIMEOUT_MS));
  const entropy = { bytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)) };
  const [store, snapshots] = [createFollowerStoreMemory(), createSnapshotStoreMemory()];
  const follower = createFollower({ network, source, store, snapshots, engine, clock, entropy });
  const policy = parsePolicy({ id: 'nobody' });
  const verifier = createVerifier({ follower, engine, policy, clock });
  return async () => {
    // To the log's end, each time somebody asks: what was revoked a moment ago is seen.
    await follower.pull(AbortSignal.timeout(READ_TIMEOUT_MS));
    const view = follower.view();
    if (view === undefined) throw new Error('The record could not be read.');
    const fetchEntry = async (index: number) =>
      (await source.fetchEntries(index, index + 1, AbortSignal.timeout(READ_TIMEOUT_MS)))[0];
    const findProgram = (digest: string) =>
      [...follower.state.programs.values()].find((record) => versionsFor(record, digest) !== undefined);
    const { position } = view;
    const rootAt = (size: number) => (size === position.size ? position.root : undefined);
    return { view, verifier, engine, fetchEntry, findProgram, rootAt };
  };
}
