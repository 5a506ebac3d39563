/// <reference types="node" />
// What must hold of strangers' lists, run as a process over whatever sources lie beside it: over ours it says nothing, over
// a wrong version the name of the first law that is broken.
import { generateKeyPairSync, sign } from 'node:crypto';
import { deflateSync, gzipSync } from 'node:zlib';
import {
  encodeBase64url,
  encodeSigningInput,
  type JsonObject,
  type PublicJwk,
  packBitstring,
  packStatuses,
  parsePublicJwk,
} from '@holdfast/core';
import {
  createBitstringSource,
  createKeyResolver,
  createStatusSource,
  createVerifier,
  EMPTY_POLICY,
  type GuardedFetch,
} from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';

const START = Date.UTC(2026, 10, 20);
const IAT = START / 1000;
const ISSUER = 'https://far.example';
const TSL = 'https://far.example/tsl';
const BITS = 'https://far.example/bitstring';
const engine = createNodeEngine();

type Key = { readonly jwk: PublicJwk; readonly sign: (header: JsonObject, payload: JsonObject) => string };

function createKey(): Key {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    jwk: parsePublicJwk(publicKey.export({ format: 'jwk' })),
    sign: (header, payload) => {
      const input = encodeSigningInput({ alg: 'ES256', ...header }, payload);
      const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
      return `${input}.${encodeBase64url(signature)}`;
    },
  };
}

const key = createKey();

const valuesOf = (revoked: readonly number[]) => {
  const values = new Uint8Array(131_072);
  for (const index of revoked) values[index] = 1;
  return values;
};

function bitstring(revoked: readonly number[], changes: JsonObject = {}, list: JsonObject = {}): string {
  const encodedList = `u${encodeBase64url(gzipSync(packBitstring(valuesOf(revoked), 1)))}`;
  const subject = { type: 'BitstringStatusList', statusPurpose: 'revocation', encodedList, ttl: 60_000, ...list };
  return key.sign(
    { typ: 'vc+jwt' },
    {
      '@context': ['https://www.w3.org/ns/credentials/v2'],
      type: ['VerifiableCredential', 'BitstringStatusListCredential'],
      ...{ id: BITS, issuer: ISSUER, iat: IAT, exp: IAT + 3600, credentialSubject: subject, ...changes },
    },
  );
}

function token(revoked: readonly number[], changes: JsonObject = {}): string {
  const lst = encodeBase64url(deflateSync(packStatuses(valuesOf(revoked), 2)));
  const payload = { sub: TSL, iat: IAT, exp: IAT + 3600, ttl: 60, status_list: { bits: 2, lst }, ...changes };
  return key.sign({ typ: 'statuslist+jwt' }, payload);
}

/** An Internet of one host, whose clock and chance are ours. */
function createWorld(chance = 0) {
  const bodies = new Map<string, string | undefined>();
  const world = { now: START, asked: 0, bodies };
  const fetch: GuardedFetch = async ({ url }) => {
    world.asked += 1;
    await new Promise((resolve) => setImmediate(resolve));
    const body = bodies.get(url);
    if (body === undefined) throw new Error('nobody is there');
    return { url, contentType: 'application/jwt', cacheControl: undefined, body: new Uint8Array(Buffer.from(body)) };
  };
  const entropy = (length: number) => new Uint8Array(length).fill(chance);
  const options = { fetch, engine, now: () => world.now, entropy };
  const status = createStatusSource(options);
  const bitstrings = createBitstringSource(options);
  const sources = { keys: createKeyResolver(options), status, bitstrings };
  const policy = { ...EMPTY_POLICY, trustedIssuers: [{ issuer: ISSUER, key: 'unused', jwk: key.jwk }] };
  const clock = { now: () => world.now, monotonic: () => 0, sleep: () => new Promise<void>(() => {}) };
  const verifier = createVerifier({ engine, foreign: sources, policy, clock });
  return Object.assign(world, {
    ...sources,
    async judge(entry: JsonObject, freshness: JsonObject = {}) {
      const credential = key.sign(
        { typ: 'vc+jwt' },
        {
          '@context': ['https://www.w3.org/ns/credentials/v2'],
          type: ['VerifiableCredential', 'Licence'],
          issuer: ISSUER,
          credentialSubject: { id: 'did:example:ada' },
          credentialStatus: {
            ...{ type: 'BitstringStatusListEntry', statusPurpose: 'revocation', statusListCredential: BITS },
            ...entry,
          },
          ...freshness,
        },
      );
      const { verdict } = await verifier.verify(credential, { class: 'view', freshness: { mode: 'any' } });
      return verdict;
    },
    bit: (index: number, purpose = 'revocation') =>
      bitstrings.readVerified({ uri: BITS, index, size: 1, purpose, issuer: ISSUER }, () => key.jwk),
    entry: (index: number) => status.readVerified({ uri: TSL, index }, () => key.jwk),
  });
}

type Law = () => Promise<boolean>;

async function isAskedAgainAfter(uri: string, body: string, read: (world: ReturnType<typeof createWorld>) => unknown) {
  const world = createWorld();
  world.bodies.set(uri, body);
  await read(world);
  world.now = START + 59_000;
  await read(world);
  const early = world.asked;
  world.now = START + 61_000;
  await read(world);
  return early === 1 && world.asked === 2;
}

const LAWS: Readonly<Record<string, Law>> = {
  'bits of a Bitstring list are read with the most significant first': async () => {
    const world = createWorld();
    world.bodies.set(BITS, bitstring([5]));
    const outcomes = [];
    for (const statusListIndex of ['5', '2']) outcomes.push((await world.judge({ statusListIndex })).outcome);
    return outcomes.join() === 'revoked,valid';
  },
  'bits of a Token Status List are read with the least significant first': async () => {
    const world = createWorld();
    world.bodies.set(TSL, token([5]));
    const read = await world.entry(5);
    return read.ok && ((read.packed[1] ?? 0) & 0b1100) === 0b0100;
  },
  'the ttl of a Bitstring list is in milliseconds': () =>
    isAskedAgainAfter(BITS, bitstring([]), (world) => world.bit(0)),
  'the ttl of a Token Status List is in seconds': () => isAskedAgainAfter(TSL, token([]), (world) => world.entry(0)),
  'who fails is left alone for a while, not for the same while by everybody': async () => {
    const returns = [];
    for (const chance of [0, 255]) {
      const world = createWorld(chance);
      for (let second = 0; second < 40 && world.asked < 2; second += 1) {
        world.now = START + second * 1000;
        await world.bit(0);
      }
      returns.push((world.now - START) / 1000);
    }
    return returns.join() === '5,30';
  },
  'a list speaks for its address, its purpose and its issuer alone': async () => {
    const answers = [];
    const lists = [
      bitstring([], { id: `${BITS}/other` }),
      bitstring([], {}, { statusPurpose: 'suspension' }),
      bitstring([], { issuer: 'https://another.example' }),
      createKey().sign(
        { typ: 'vc+jwt' },
        JSON.parse(Buffer.from(bitstring([]).split('.')[1] ?? '', 'base64url').toString()),
      ),
    ];
    for (const list of lists) {
      const world = createWorld();
      world.bodies.set(BITS, list);
      answers.push((await world.judge({ statusListIndex: '5' })).outcome);
    }
    return answers.join() === 'unknown,unknown,unknown,unknown';
  },
  'a list is never exchanged for an older one': async () => {
    const world = createWorld();
    world.bodies.set(BITS, bitstring([5], { iat: IAT }));
    await world.bit(5);
    world.now = START + 120_000;
    world.bodies.set(BITS, bitstring([], { iat: IAT - 10 }));
    const read = await world.bit(5);
    // The newer copy is what goes on being given.
    return read.ok && read.asOf === START;
  },
  'many who ask at once ask once': async () => {
    const world = createWorld();
    world.bodies.set(BITS, bitstring([]));
    await Promise.all(Array.from({ length: 20 }, () => world.bit(0)));
    return world.asked === 1;
  },
  'strangers are fetched from in bounded number': async () => {
    const world = createWorld();
    const reads = Array.from({ length: 40 }, (_, i) => world.bitstrings.read(`${BITS}/${i}`));
    await Promise.all(reads);
    return world.asked === 32;
  },
  'a revocation that is taken back is a conflict': async () => {
    const world = createWorld();
    world.bodies.set(BITS, bitstring([5]));
    await world.judge({ statusListIndex: '5' });
    world.now = START + 120_000;
    world.bodies.set(BITS, bitstring([], { iat: IAT + 60 }));
    const taken = await world.judge({ statusListIndex: '5' });
    const other = await world.judge({ statusListIndex: '2' });
    return taken.conflict && taken.allows.effect !== 'final' && !other.conflict;
  },
  'a bomb is not inflated, and a list too short to hide anybody is none': async () => {
    const bomb = `u${encodeBase64url(gzipSync(Buffer.alloc(11_000_000)))}`;
    const short = `u${encodeBase64url(gzipSync(Buffer.alloc(16_383)))}`;
    const answers = [];
    for (const encodedList of [bomb, short]) {
      const world = createWorld();
      world.bodies.set(BITS, bitstring([], {}, { encodedList }));
      const read = await world.bit(5);
      answers.push(read.ok || read.why);
    }
    return answers.join() === 'status.too_large,status.malformed';
  },
  'a stranger’s list ages by the rules for strangers': async () => {
    const world = createWorld();
    world.bodies.set(BITS, bitstring([]));
    const bands = [];
    for (const minutes of [2, 10, 59]) {
      world.now = START + minutes * 60_000;
      bands.push((await world.judge({ statusListIndex: '5' })).freshness);
    }
    return bands.join() === 'live,recent,recent';
  },
  'old news is no good news, while a revocation stays one': async () => {
    const world = createWorld();
    world.bodies.set(BITS, bitstring([5]));
    await world.bit(5);
    world.now = START + 3_700_000;
    world.bodies.delete(BITS);
    const outcomes = [];
    for (const statusListIndex of ['5', '2']) outcomes.push((await world.judge({ statusListIndex })).outcome);
    return outcomes.join() === 'revoked,unknown';
  },
};

for (const [name, holds] of Object.entries(LAWS)) {
  if (!(await holds().catch(() => false))) {
    process.stdout.write(name);
    process.exit(1);
  }
}
