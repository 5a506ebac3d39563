import { randomBytes } from 'node:crypto';
import {
  CodedError,
  canonicalJson,
  encodeBase64url,
  encodeUtf8,
  isRecognising,
  MAX_OFFLINE_NETWORKS,
  type NetworkView,
  sha256,
} from '@holdfast/core';
import { REASONS } from '@holdfast/server/spec';
import {
  type BundleOptions,
  createFollower,
  createFollowerStoreMemory,
  createHttpFeed,
  createPlatformClock,
  createSnapshotStoreMemory,
  createVerifier,
  type Follower,
  fetchNetworkName,
  makeBundle,
  mayFollow,
  openBundle,
  type Policy,
  recordFetch,
  type VerifierOptions,
} from '@holdfast/verifier';
import { createNodeEngine, createNodeSources, type SyncSignatureEngine } from '@holdfast/verifier/node';
import { readBounded } from '../bounded-file.ts';
import { createOutputFile } from '../lists/output-file.ts';
import { createProgress, EXIT, type Output } from '../output.ts';
import { defaultPolicy, readPolicy } from '../policy-file.ts';
import { bundleLines, describeBundle } from './words.ts';

export type MakeOptions = {
  json?: boolean;
  url: string;
  for?: string;
  trust?: string;
  network?: string;
  out: string;
};

/** Reading a whole log takes its time; nothing of it may take longer. */
const READ_TIMEOUT_MS = 120_000;
const DEADLINE_MS = 5000;

/** `holdfast bundle make -o FILE`: reads the network's log to its end, checks it, and writes what verifying needs of it. */
export async function make(output: Output, options: MakeOptions): Promise<number> {
  const policy = options.trust === undefined ? defaultPolicy() : await readPolicy(options.trust);
  const credential = options.for === undefined ? undefined : (await readBounded(options.for)).trim();
  const engine = createNodeEngine();
  const { follower, store } = await readNetwork(options, engine);
  const { read: others, left } = await readRecognised(follower.view(), engine, output);
  const followers = new Map([...others].map(([name, other]) => [name, other.follower]));
  const found: Needed =
    credential === undefined ? {} : await findNeeded(credential, { follower, followers, engine, policy });
  const { issuer, ...needed } = found;
  const recognised = new Map(
    [...others]
      .filter(([, other]) => issuer === undefined || other.follower.view()?.parties.has(issuer) === true)
      .map(([name, other]) => [name, other.store]),
  );
  const text = await makeBundle({ store, recognised, engine, policy, reasons: digestOfReasons(), ...needed });
  const bundle = await openBundle(text, { engine });
  const file = await createOutputFile(options.out, 0o644);
  try {
    await file.write(text);
    await file.publish();
  } finally {
    await file.discard();
  }
  const described = describeBundle(bundle, text.length, Date.now());
  output.data({ file: options.out, ...described, left });
  output.say(`Written to ${options.out}`);
  for (const line of bundleLines(described)) output.say(line);
  for (const { network, why } of left) output.say(`  Left out  ${network}, which is recognised: ${why}`);
  return EXIT.yes;
}

type Read = { readonly follower: Follower; readonly store: BundleOptions['store'] };

type LeftOut = { readonly network: string; readonly why: string };

/** Those that the network recognises and that can be had: without the others its bundle is still of use. */
async function readRecognised(
  view: NetworkView | undefined,
  engine: SyncSignatureEngine,
  output: Output,
): Promise<{ readonly read: ReadonlyMap<string, Read>; readonly left: readonly LeftOut[] }> {
  const read = new Map<string, Read>();
  const left: LeftOut[] = [];
  const progress = createProgress('reading what the network recognises', output.json, 'networks');
  for (const record of view?.recognitions?.values() ?? []) {
    const { network, url } = record.recognition;
    if (!isRecognising(record, view?.position.time ?? 0)) continue;
    if (read.size >= MAX_OFFLINE_NETWORKS)
      left.push({ network, why: `a bundle holds at most ${MAX_OFFLINE_NETWORKS}` });
    else if (url === undefined || !mayFollow(url))
      left.push({ network, why: 'the log says no address to read it from' });
    else {
      progress.step(read.size + left.length, view?.recognitions?.size);
      try {
        read.set(network, await readNetwork({ url, network }, engine));
      } catch (error) {
        left.push({ network, why: error instanceof Error ? error.message : 'it could not be read' });
      }
    }
  }
  progress.end();
  return { read, left };
}

async function readNetwork(
  { url, network }: Pick<MakeOptions, 'url' | 'network'>,
  engine: SyncSignatureEngine,
): Promise<Read> {
  const clock = createPlatformClock();
  const source = createHttpFeed({ url, clock });
  const signal = AbortSignal.timeout(READ_TIMEOUT_MS);
  const name = await fetchNetworkName(source, signal);
  if (network !== undefined && network !== name) {
    throw new CodedError('bundle.other-network', `The network at ${url} is ${name}.`, {
      expected: network,
      found: name,
    });
  }
  const store = createFollowerStoreMemory();
  const entropy = { bytes: (count: number) => new Uint8Array(randomBytes(count)) };
  const snapshots = createSnapshotStoreMemory();
  const follower = createFollower({ network: name, source, store, snapshots, engine, clock, entropy });
  await follower.pull(signal);
  return { follower, store: { ...store, past: follower.past } };
}

type Needed = Pick<BundleOptions, 'lists' | 'documents'> & { readonly issuer?: string };

/** The list that one credential names, and what strangers had to be asked to judge it. */
async function findNeeded(
  credential: string,
  {
    engine,
    policy,
    ...network
  }: Pick<VerifierOptions, 'follower' | 'followers'> & {
    readonly engine: SyncSignatureEngine;
    readonly policy: Policy;
  },
): Promise<Needed> {
  const documents: { readonly documents: () => ReturnType<ReturnType<typeof recordFetch>['documents']> }[] = [];
  const foreign = await createNodeSources({
    policy,
    engine,
    around: (fetch) => {
      const recorded = recordFetch(fetch, () => Date.now());
      documents.push(recorded);
      return recorded.fetch;
    },
  });
  const verifier = createVerifier({ ...network, engine, foreign, policy, clock: createPlatformClock() });
  const request = { class: 'view', freshness: { mode: 'any' } } as const;
  const { parse } = await verifier.verify(credential, request, { deadlineMs: DEADLINE_MS });
  if (!parse.ok) throw new CodedError('usage.file', `The file given by --for is no credential: ${parse.detail}`);
  const lists = parse.status === undefined ? [] : [parse.status.uri];
  return { issuer: parse.issuer ?? '', lists, documents: documents.flatMap((recorded) => recorded.documents()) };
}

/** Which words its maker had for the reasons a verdict can give. */
function digestOfReasons(): string {
  return encodeBase64url(sha256(encodeUtf8(canonicalJson([...REASONS.values()]))));
}
