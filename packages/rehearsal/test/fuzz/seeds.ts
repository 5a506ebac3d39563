import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { encodeLineage, encodeSuccessionDraft, parseStatement, proveSuccession } from '@holdfast/core';
import {
  appendRecipient,
  createDistribution,
  createRecipientTable,
  encodeUniswapClaims,
  parseAddress,
} from '@holdfast/core/lists';
import { createFollower, createFollowerStoreMemory, EMPTY_POLICY, type FollowerStore } from '@holdfast/verifier';
import { encodeSnapshot } from '../../../core/src/fold/snapshot.ts';
import { buildLog, LIST_URI } from '../../../core/test/log-builder.ts';
import { succeedLog } from '../../../core/test/succession.ts';
import { makeBundle } from '../../../verifier/src/offline/make-bundle.ts';
import { createManualClock, type ManualClock } from '../../../verifier/test/manual-clock.ts';
import { createTestFeed, type TestFeed } from '../../../verifier/test/test-feed.ts';
import { createTownFeed, townRecognition } from '../../../verifier/test/town-feed.ts';
import { createWorldEngine } from '../../../verifier/test/verify-world.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');

export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8').trim();
}

type Vector = { readonly input: Readonly<Record<string, unknown>> };

/** One member of the inputs of a file of vectors; from those that have it. */
export function inputs<Input>(path: string, member: string): Input[] {
  const vectors = JSON.parse(read(`spec/vectors/${path}`)) as readonly Vector[];
  return vectors.flatMap(({ input }) => (member in input ? [input[member] as Input] : []));
}

export function json(path: string): unknown {
  return JSON.parse(read(path));
}

/** Entries of a small log: its rulebook, an issuer, a list, a revocation. */
export function statements(): string[] {
  return [...buildLog().entries];
}

/** The folded state of a small log, without the digest at its end: what is changed in it is sealed again. */
export function snapshot(): Uint8Array {
  const log = buildLog();
  log.revoke([{ list: LIST_URI, index: 9 }]);
  log.epoch(log.state.time + 5000);
  const bytes = encodeSnapshot(log.state, { epoch: log.entries.at(-1) ?? '', checkpoint: 'a checkpoint' });
  return bytes?.slice(0, -32) ?? new Uint8Array();
}

/** A compact JWS whose signature nobody has to believe yet. */
export function unsigned(header: object, payload: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part(payload)}.${Buffer.alloc(64, 1).toString('base64url')}`;
}

export function uniswapClaims(): object {
  const table = createRecipientTable();
  for (const fill of ['ab', 'cd']) appendRecipient(table, parseAddress(`0x${fill.repeat(20)}`), 100n);
  return JSON.parse([...encodeUniswapClaims(createDistribution('uniswap', table, {}))].join('')) as object;
}

export const worldEngine = createWorldEngine();

/** A small network that recognises another one, both followed to their ends and put into a file. */
export async function offlineBundle(): Promise<string> {
  const clock = createManualClock(1_700_000_100_000);
  const [feed, town] = [createTestFeed(), createTownFeed(clock.now())];
  feed.log.revoke([{ list: LIST_URI, index: 9 }]);
  feed.log.recognise(townRecognition(town, clock.now()));
  feed.log.epoch(clock.now());
  const [store, other] = [await keep(feed, clock), await keep(town, clock)];
  const recognised = new Map([[town.network, other]]);
  return makeBundle({ store, recognised, engine: worldEngine, policy: EMPTY_POLICY });
}

async function keep({ network, source }: TestFeed, clock: ManualClock): Promise<FollowerStore> {
  const store = createFollowerStoreMemory();
  const entropy = { bytes: (count: number) => new Uint8Array(count).fill(128) };
  await using follower = createFollower({ network, source, store, engine: worldEngine, clock, entropy });
  const life = new AbortController();
  await follower.start(life.signal);
  await follower.pull(life.signal);
  return store;
}

/** How a network came to be in its second log. */
export const lineage = lineageOf();

function lineageOf(): string {
  const log = buildLog();
  const { opening } = succeedLog(log);
  const step = proveSuccession({ state: log.state, epoch: log.entries.at(-1) ?? '' }, opening);
  return encodeLineage({ genesis: log.entries[0] ?? '', successions: [step] });
}

/** A succession on the way to its quorum. */
export const successionDraft = draftOf();

function draftOf(): string {
  const log = buildLog();
  const { opening } = succeedLog(log);
  const parse = parseStatement(opening);
  if (!parse.ok || parse.statement.body.type !== 'succession') throw new Error('it opens a log');
  const { network, from, rulebook, decision } = parse.statement.body;
  const genesis = log.entries[0] ?? '';
  const { approvals, ...decided } = decision;
  return encodeSuccessionDraft({
    network,
    from,
    rulebook,
    genesis,
    successions: [],
    snapshot: 'AA',
    decision: decided,
    approvals,
  });
}
