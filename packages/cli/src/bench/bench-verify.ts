import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { PublicJwk } from '@holdfast/core';
import { createPlatformClock, createVerifier, EMPTY_POLICY, type Verifier } from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import { benchBesideHanging } from './bench-checks.ts';
import { benchVerifyHttp } from './bench-verify-http.ts';
import { atLeast, atMost, createFigure, type Figure, type Goal, measure, median } from './figure.ts';
import { AUDIENCE, createSubject, NONCE, type Subject } from './presentations.ts';
import { createPeer } from './sd-jwt-peer.ts';

const PRESENTATIONS = 256;
export const REQUEST = { class: 'view', freshness: { mode: 'any' }, nonce: NONCE, audience: AUDIENCE } as const;

export function createBenchVerifier({ view }: Subject): Verifier {
  const clock = createPlatformClock();
  const follower = {
    view: () => view,
    contradiction: undefined,
    now: () => clock.now(),
    awaitSize: async () => false,
  };
  return createVerifier({ follower, engine: createNodeEngine(), policy: EMPTY_POLICY, clock });
}

/** What no verifier can do without: two P-256 verifications, and the import of a holder's key it has never seen. */
export function createFloor({ presentations, issuerKey, holderKeys }: Subject): (i: number) => boolean {
  const parts = presentations.map((text) => {
    const [jwt = ''] = text.split('~', 1);
    const binding = text.slice(text.lastIndexOf('~') + 1);
    return [splitJws(jwt), splitJws(binding)] as const;
  });
  return (i) => {
    const [jwt, binding] = parts[i % parts.length] ?? [];
    const holder = holderKeys[i % holderKeys.length];
    if (jwt === undefined || binding === undefined || holder === undefined) throw new Error('no presentation');
    const key = createPublicKey({ key: holder, format: 'jwk' });
    return check(jwt, issuerKey.public) && check(binding, key);
  };
}

/**
 * The same two checks by our own engine and nothing else. It asks less of Node than the floor's plain calls do, which alone
 * would flatter us: what everything but the signatures costs is seen beside this.
 */
function createEngineFloor({ presentations, issuerKey, holderKeys }: Subject): (i: number) => readonly boolean[] {
  const engine = createNodeEngine();
  const checkOf = (jws: string, key: PublicJwk) => ({ alg: 'ES256' as const, key, ...splitJws(jws) });
  const pairs = presentations.map((text, i) => {
    const [jwt = ''] = text.split('~', 1);
    const binding = text.slice(text.lastIndexOf('~') + 1);
    return [checkOf(jwt, issuerKey.jwk), checkOf(binding, holderKeys[i] ?? issuerKey.jwk)];
  });
  return (i) => engine.verifySync(pairs[i % pairs.length] ?? []);
}

function splitJws(jws: string): { data: Buffer; signature: Buffer } {
  const dot = jws.lastIndexOf('.');
  return { data: Buffer.from(jws.slice(0, dot)), signature: Buffer.from(jws.slice(dot + 1), 'base64url') };
}

function check({ data, signature }: { data: Buffer; signature: Buffer }, key: KeyObject): boolean {
  return verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature);
}

/** `holdfast bench verify`: a full verification beside its floor, beside the usual library, and on two cores. */
export async function benchVerify(): Promise<Figure[]> {
  const subject = createSubject(PRESENTATIONS, Date.now());
  const verifier = createBenchVerifier(subject);
  const pick = (i: number) => subject.presentations[i % PRESENTATIONS] ?? '';
  const first = await verifier.verify(pick(0), REQUEST);
  if (first.verdict.outcome !== 'valid') throw new Error(`the bench credential is ${first.verdict.outcome}`);
  const { us, ratios } = await measure([
    { name: 'ours', work: (i) => verifier.verify(pick(i), REQUEST) },
    { name: 'floor', work: createFloor(subject) },
    { name: 'engine', work: createEngineFloor(subject) },
  ]);
  const beside = (what: string, goal: Goal, name: string, at: 1 | 2) =>
    createFigure(what, 'us', goal, { ours: us[0] ?? 0, name, other: us[at] ?? 0, ratio: ratios[at] ?? 0 });
  const full = 'full SD-JWT VC verification (8 disclosures, key binding, fresh holder key, status, trust)';
  const floor = beside(full, atMost(1.25), 'two P-256 verifications and one key import (node:crypto)', 1);
  const engine = beside('the same beside its signatures alone', atMost(1.5), 'the same two by our own engine', 2);
  const pinned = await benchAtPosition(subject, verifier);
  const hanging = await benchBesideHanging(subject, verifier, REQUEST);
  const http = await benchVerifyHttp(subject, verifier);
  return [floor, engine, pinned, http, hanging, ...(await benchBesidePeer(subject, verifier)), await benchTwoCores()];
}

/** Thousands are judged at the one position of a seal: none of them pays for its being in the past. */
async function benchAtPosition({ view, presentations }: Subject, verifier: Verifier): Promise<Figure> {
  const pick = (i: number) => presentations[i % PRESENTATIONS] ?? '';
  const pinned = { ...REQUEST, freshness: { mode: 'at', position: view.position } } as const;
  const { us, ratios } = await measure([
    { name: 'at', work: (i) => verifier.verify(pick(i), pinned) },
    { name: 'any', work: (i) => verifier.verify(pick(i), REQUEST) },
  ]);
  return createFigure('the same at one pinned position', 'us', atMost(1.1), {
    ours: us[0] ?? 0,
    name: 'an ordinary verification',
    other: us[1] ?? 0,
    ratio: ratios[1] ?? 0,
  });
}

/** Beside the usual library, where it is installed: without status on credentials that have none, and with a list. */
async function benchBesidePeer(subject: Subject, verifier: Verifier): Promise<Figure[]> {
  const bare = createSubject(PRESENTATIONS, Date.now(), { withStatus: false });
  const [peer, barePeer] = [await createPeer(subject), await createPeer(bare)];
  if (peer === undefined || barePeer === undefined) return [];
  const bareVerifier = createBenchVerifier(bare);
  const pick = (i: number) => bare.presentations[i % PRESENTATIONS] ?? '';
  const { us, ratios } = await measure([
    { name: 'ours', work: (i) => bareVerifier.verify(pick(i), REQUEST) },
    { name: 'peer', work: (i) => barePeer.verify(pick(i)) },
  ]);
  const goal = { words: 'peer / ours >= 2', test: (ratio: number) => ratio >= 2 };
  const without = createFigure('credentials without status, times faster than the usual library', 'us', goal, {
    ours: us[0] ?? 0,
    name: peer.name,
    other: us[1] ?? 0,
    ratio: 1 / (ratios[1] ?? 1),
  });
  return [without, await benchWithList(subject, verifier, peer)];
}

async function benchWithList(
  subject: Subject,
  verifier: Verifier,
  peer: NonNullable<Awaited<ReturnType<typeof createPeer>>>,
): Promise<Figure> {
  const pick = (i: number) => subject.presentations[i % PRESENTATIONS] ?? '';
  const { us, ratios } = await measure([
    { name: 'ours', work: (i) => verifier.verify(pick(i), REQUEST) },
    { name: 'peer', work: (i) => peer.verify(pick(i)) },
  ]);
  const goal = { words: 'peer / ours >= 300', test: (ratio: number) => ratio >= 300 };
  return createFigure('with a status list of a million entries, times faster', 'us', goal, {
    ours: us[0] ?? 0,
    name: `${peer.name} with the list in memory`,
    other: us[1] ?? 0,
    ratio: 1 / (ratios[1] ?? 1),
  });
}

const THREAD_ROUNDS = 5;
const THREAD_SLICE_MS = 1000;

/** How much a second core brings us, beside how much it brings bare verification. */
async function benchTwoCores(): Promise<Figure> {
  const speedups: Record<'ours' | 'floor', number[]> = { ours: [], floor: [] };
  for (let round = 0; round < THREAD_ROUNDS; round += 1) {
    for (const mode of ['floor', 'ours'] as const) {
      const [one = 0] = await runThreads(mode, 1);
      const both = await runThreads(mode, 2);
      speedups[mode].push(both.reduce((sum, rate) => sum + rate, 0) / one);
    }
  }
  const [ours, floor] = [median(speedups.ours), median(speedups.floor)];
  return createFigure('speed-up by a second core', 'times', atLeast(0.95), {
    ours,
    name: 'speed-up of the bare verifications',
    other: floor,
  });
}

/** Verifications per second of each of `threads` workers running side by side. */
function runThreads(mode: 'ours' | 'floor', threads: number): Promise<number[]> {
  const workers = Array.from({ length: threads }, () => {
    const worker = new Worker(new URL('./verify-worker.ts', import.meta.url), {
      workerData: { mode, durationMs: THREAD_SLICE_MS },
    });
    return new Promise<number>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  });
  return Promise.all(workers);
}
