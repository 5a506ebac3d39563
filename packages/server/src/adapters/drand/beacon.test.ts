import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { drandRoundTime } from '@holdfast/core';
import { afterEach, describe, expect, it } from 'vitest';
import { type LoopbackServer, startServer } from '../../../../verifier/test/loopback-server.ts';
import { createManualClock, settle } from '../../../../verifier/test/manual-clock.ts';
import { describeBeacon } from '../../ports/beacon.contract.ts';
import { createDrandBeacon } from './beacon.ts';

type Round = { round: number; publicKey: string; signature: string; randomness: string };
const rounds = JSON.parse(
  readFileSync(new URL('../../../../../spec/vectors/drand/valid/rounds.json', import.meta.url), 'utf8'),
) as Round[];
const [{ round, publicKey, signature, randomness } = { round: 0, publicKey: '', signature: '', randomness: '' }] =
  rounds;

const CHAIN = '52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971';
const PATH = `/${CHAIN}/public/${round}`;
const terms = {
  kind: 'drand' as const,
  chain: CHAIN,
  publicKey,
  genesisTime: 1_692_803_367,
  periodS: 3,
  stepMs: 60_000,
};
const seal = {
  program: 'p'.repeat(43),
  root: 'r'.repeat(43),
  sealedAt: drandRoundTime(terms, round) - terms.stepMs,
};
const servers: LoopbackServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server[Symbol.asyncDispose]();
});

async function relay(answer?: (response: ServerResponse) => void): Promise<LoopbackServer> {
  const server = await startServer();
  servers.push(server);
  if (answer !== undefined) server.on(PATH, answer);
  return server;
}

const genuine = (response: ServerResponse) => void response.end(JSON.stringify({ round, randomness, signature }));
const clockAt = (time: number) => {
  const clock = createManualClock();
  return { ...clock, now: () => time };
};

describeBeacon('drand', async () => {
  const { origin } = await relay(genuine);
  let now = seal.sealedAt;
  const clock = { ...createManualClock(), now: () => now };
  return {
    open: async () => createDrandBeacon({ urls: [origin], clock }),
    terms,
    seal,
    happen: async () => {
      now = drandRoundTime(terms, round);
    },
  };
});

describe('a relay of drand', () => {
  const read = (...origins: string[]) =>
    createDrandBeacon({ urls: origins, clock: clockAt(drandRoundTime(terms, round)) }).read({ terms, seal });

  it('is not asked before the round is out', async () => {
    const server = await relay(genuine);
    const clock = clockAt(drandRoundTime(terms, round) - 1);
    const answer = await createDrandBeacon({ urls: [server.origin], clock }).read({ terms, seal });
    expect(answer).toEqual({ state: 'waiting', until: drandRoundTime(terms, round) });
    expect(server.requests).toEqual([]);
  });

  it.each<[string, (response: ServerResponse) => void, string]>([
    ['has no such round', (response) => response.writeHead(404).end(), 'feed.answer'],
    ['sends us elsewhere', (response) => response.writeHead(302, { location: PATH }).end(), 'feed.unreachable'],
    ['never ends', (response) => void response.write('x'.repeat(1_000_000)), 'feed.too-large'],
    ['answers a page', (response) => void response.end('<html>'), 'json.malformed'],
    ['answers nothing', (response) => void response.end('{}'), 'not signed by drand'],
    [
      'answers another round',
      (response) => void response.end(JSON.stringify({ round, signature: rounds[1]?.signature })),
      'not signed by drand',
    ],
    [
      'answers what it likes',
      (response) => void response.end(JSON.stringify({ round, signature: 'ff'.repeat(48) })),
      'not signed by drand',
    ],
    ['breaks off', (response) => void response.write('{', () => response.destroy()), 'feed.unreachable'],
  ])('that %s is not believed, and the next one is asked', async (_name, answer, why) => {
    const [bad, good] = [await relay(answer), await relay(genuine)];
    await expect(read(bad.origin)).rejects.toMatchObject({ code: 'beacon.unreachable', details: { said: [why] } });
    expect(await read(bad.origin, good.origin)).toMatchObject({ state: 'drawn', evidence: { round, signature } });
  });

  it('that says nothing is given up in time, or when we are told to stop', async () => {
    const server = await relay(() => undefined);
    const clock = createManualClock();
    const late = { ...clock, now: () => drandRoundTime(terms, round) };
    const beacon = createDrandBeacon({ urls: [server.origin], clock: late, timeoutMs: 1000 });
    const silent = expect(beacon.read({ terms, seal })).rejects.toMatchObject({ code: 'beacon.unreachable' });
    await settle();
    await clock.advance(1001);
    await silent;
    const stop = new AbortController();
    const stopped = expect(beacon.read({ terms, seal }, stop.signal)).rejects.toThrow('enough');
    await settle();
    stop.abort(new Error('enough'));
    await stopped;
  });
});
