import { randomBytes } from 'node:crypto';
import { CodedError, canonicalJson, encodeBase64url, encodeUtf8, sha256 } from '@holdfast/core';
import { REASONS } from '@holdfast/server/spec';
import {
  createFollower,
  createFollowerStoreMemory,
  createHttpFeed,
  createPlatformClock,
  createVerifier,
  type Follower,
  type FollowerStore,
  makeBundle,
  openBundle,
  type Policy,
  recordFetch,
} from '@holdfast/verifier';
import { createNodeEngine, createNodeSources, type SyncSignatureEngine } from '@holdfast/verifier/node';
import { readBounded } from '../bounded-file.ts';
import { createOutputFile } from '../lists/output-file.ts';
import { EXIT, type Output } from '../output.ts';
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
  const found = credential === undefined ? {} : await findNeeded(credential, { follower, engine, policy });
  const text = await makeBundle({ store, engine, policy, reasons: digestOfReasons(), ...found });
  const bundle = await openBundle(text, { engine });
  const file = await createOutputFile(options.out, 0o644);
  try {
    await file.write(text);
    await file.publish();
  } finally {
    await file.discard();
  }
  const described = describeBundle(bundle, text.length, Date.now());
  output.data({ file: options.out, ...described });
  output.say(`Written to ${options.out}`);
  for (const line of bundleLines(described)) output.say(line);
  return EXIT.yes;
}

type Read = { readonly follower: Follower; readonly store: FollowerStore };

async function readNetwork({ url, network }: MakeOptions, engine: SyncSignatureEngine): Promise<Read> {
  const clock = createPlatformClock();
  const source = createHttpFeed({ url, clock });
  const signal = AbortSignal.timeout(READ_TIMEOUT_MS);
  const [genesis = ''] = await source.fetchEntries(0, 1, signal);
  const name = encodeBase64url(sha256(encodeUtf8(genesis)));
  if (network !== undefined && network !== name) {
    throw new CodedError('bundle.other-network', `The network at ${url} is ${name}.`, {
      expected: network,
      found: name,
    });
  }
  const store = createFollowerStoreMemory();
  const entropy = { bytes: (count: number) => new Uint8Array(randomBytes(count)) };
  const follower = createFollower({ network: name, source, store, engine, clock, entropy });
  await follower.pull(signal);
  return { follower, store };
}

/** The list that one credential names, and what strangers had to be asked to judge it. */
async function findNeeded(
  credential: string,
  { follower, engine, policy }: { follower: Follower; engine: SyncSignatureEngine; policy: Policy },
) {
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
  const verifier = createVerifier({ follower, engine, foreign, policy, clock: createPlatformClock() });
  const request = { class: 'view', freshness: { mode: 'any' } } as const;
  const { parse } = await verifier.verify(credential, request, { deadlineMs: DEADLINE_MS });
  if (!parse.ok) throw new CodedError('usage.file', `The file given by --for is no credential: ${parse.detail}`);
  const lists = parse.status === undefined ? [] : [parse.status.uri];
  return { lists, documents: documents.flatMap((recorded) => recorded.documents()) };
}

/** Which words its maker had for the reasons a verdict can give. */
function digestOfReasons(): string {
  return encodeBase64url(sha256(encodeUtf8(canonicalJson([...REASONS.values()]))));
}
