import {
  type Credential,
  encodeBase64url,
  encodeUtf8,
  type JsonObject,
  judgeReplay,
  parseCredential,
  parseJws,
  prepareReplay,
  type ReplayBundle,
  type ReplayResult,
  type Rulebook,
  sha256,
} from '@holdfast/core';
import {
  createFollower,
  createFollowerStoreMemory,
  createPastLog,
  createVerifier,
  EMPTY_POLICY,
  type Follower,
  type FollowerStore,
  type ForeignSources,
  type Policy,
  type SignatureEngine,
} from '@holdfast/verifier';
import { LIST_URI } from '../../core/test/log-builder.ts';
import { createIdealSignatures, type TestSignatures } from '../../core/test/test-keys.ts';
import { createManualClock, type ManualClock } from '../../verifier/test/manual-clock.ts';
import { createTestFeed, ORIGIN, type TestFeed } from '../../verifier/test/test-feed.ts';
import {
  type CredentialOptions,
  createOutside,
  createRealKey,
  createWorldEngine,
  issue,
  type Outside,
  present,
  type RealKey,
} from '../../verifier/test/verify-world.ts';
import { createDevelopmentCa, issueLeaf } from '../src/adapters/development-ca/development-ca.ts';
import { createPresentationStoreMemory } from '../src/adapters/memory/presentation-store.ts';
import { createMemorySealer } from '../src/adapters/memory/sealer.ts';
import { createMemorySigner } from '../src/adapters/memory/signer.ts';
import { createStandingStoreMemory } from '../src/adapters/memory/standing-store.ts';
import { createVerdictStoreMemory } from '../src/adapters/memory/verdict-store.ts';
import type { Entropy } from '../src/ports/entropy.ts';
import type { Signer } from '../src/ports/signer.ts';
import type { VerifierConfig } from '../src/roles/verifier/config.ts';
import type { VerifierRoleOptions } from '../src/roles/verifier/verifier-role.ts';

export const START = 1_700_000_100_000;
export const VERIFIER_ORIGIN = 'https://verify.example';

/** A network with one issuer and the verifiers `north` and `south`, and whatever one verifier role is made of. */
export type VerifierWorld = AsyncDisposable & {
  readonly clock: ManualClock;
  readonly feed: TestFeed;
  readonly follower: Follower;
  readonly store: FollowerStore;
  readonly engine: SignatureEngine;
  readonly signer: Signer;
  readonly holder: RealKey;
  readonly outside: Outside;
  /** Options for `createVerifierRole`: its own stores and its own sealing key. */
  role(id: string, changes?: RoleChanges): Promise<VerifierRoleOptions>;
  /** A credential of the network's issuer, bound to `holder`. */
  credential(changes?: CredentialChanges): string;
};

export type CredentialChanges = Partial<Omit<CredentialOptions, 'claims'>> & { readonly claims?: JsonObject };
export type RoleChanges = Partial<Omit<VerifierRoleOptions, 'config'>> & {
  readonly bounds?: VerifierConfig['bounds'];
  readonly policy?: Policy;
  readonly foreign?: ForeignSources;
  readonly engine?: SignatureEngine;
  /** Follows no network. */
  readonly isAlone?: boolean;
};

/** `start`: unix milliseconds; a part that has a clock of its own needs the true time. `rules`: what the rulebook has otherwise. */
export async function createVerifierWorld(
  start = START,
  rules?: (signatures: TestSignatures) => Partial<Rulebook>,
): Promise<VerifierWorld> {
  const life = new AbortController();
  const clock = createManualClock(start);
  const engine = createWorldEngine();
  const feed = createTestFeed(rules === undefined ? {} : { rules: rules(createIdealSignatures()) });
  const signer = createMemorySigner();
  const entropy = createCountingEntropy();
  for (const id of ['north', 'south']) {
    const key = await signer.create(`${id}-verdict`, 'ES256');
    feed.log.accredit({ id, kind: 'verifier', name: id, keys: [{ use: 'verdict', key }], accreditations: [] });
  }
  feed.log.epoch(clock.now());
  const store = createFollowerStoreMemory();
  const follower = createFollower({ network: feed.network, source: feed.source, store, engine, clock, entropy });
  await follower.start(life.signal);
  await follower.pull(life.signal);
  const holder = createRealKey();
  const outside = createOutside(EMPTY_POLICY, clock, engine);
  return {
    clock,
    feed,
    follower,
    store,
    engine,
    signer,
    holder,
    outside,
    async role(id, changes = {}) {
      const { bounds, policy = EMPTY_POLICY, foreign, engine: own = engine, isAlone = false, ...ports } = changes;
      const sources = foreign === undefined ? {} : { foreign };
      const past = createPastLog(store, engine);
      const followed = isAlone ? {} : { follower, past };
      return {
        config: {
          id,
          name: `Verifier ${id}`,
          origin: VERIFIER_ORIGIN,
          keys: {
            verdict: { name: `${id}-verdict`, key: await signer.create(`${id}-verdict`, 'ES256') },
            request: { name: `${id}-request`, x5c: await certificateOf(id, signer, entropy, start) },
          },
          ...(bounds === undefined ? {} : { bounds }),
        },
        clock,
        entropy,
        signer,
        store: createVerdictStoreMemory(),
        presentations: createPresentationStoreMemory(),
        standings: createStandingStoreMemory(),
        sealer: createMemorySealer(),
        verifier: createVerifier({ ...followed, ...sources, engine: own, policy, clock }),
        ...(isAlone ? {} : { feed: { follower, past } }),
        ...ports,
      };
    },
    credential(changes = {}) {
      const key = feed.log.signatures.key('civic credential');
      const seconds = Math.floor(clock.now() / 1000);
      return issue({
        key,
        header: { kid: key.kid },
        holder: holder.jwk,
        status: { uri: LIST_URI, index: 7 },
        network: { log: ORIGIN, size: 6 },
        ...changes,
        claims: {
          iss: 'https://civic.example',
          vct: 'residence',
          iat: seconds - 60,
          exp: seconds + 86_400,
          ...changes.claims,
        },
      });
    },
    async [Symbol.asyncDispose]() {
      life.abort();
    },
  };
}

/** Different bytes each time and for each label, the same in every run. */
export function createCountingEntropy(label = ''): Entropy {
  let calls = 0;
  return {
    bytes(count) {
      calls += 1;
      const blocks = Array.from({ length: Math.ceil(count / 32) }, (_, i) =>
        sha256(encodeUtf8(`${label}${calls} ${i}`)),
      );
      return new Uint8Array(blocks.flatMap((block) => [...block])).slice(0, count);
    },
  };
}

async function certificateOf(id: string, signer: Signer, entropy: Entropy, start: number): Promise<readonly string[]> {
  const authority = { signer, keyName: 'ca', entropy };
  await signer.create('ca', 'ES256');
  // X.509 keeps whole seconds.
  const second = Math.floor(start / 1000) * 1000;
  const validity = { notBefore: second - 1_000_000, notAfter: second + 1_000_000_000 };
  const ca = await createDevelopmentCa(authority, { ...validity, name: 'Test' });
  const key = await signer.create(`${id}-request`, 'ES256');
  const leaf = await issueLeaf(authority, ca.der, { ...validity, name: id, key, host: 'verify.example' });
  return [leaf.text];
}

/** What a wallet does with a signed request: discloses everything, and signs with the holder's key. */
export function answerRequest(requestObject: string, credential: string, holder: RealKey, now: number) {
  const { payload } = parseJws(requestObject);
  const { credentials } = payload.dcql_query as { credentials: { id: string }[] };
  const request = {
    nonce: String(payload.nonce),
    audience: String(payload.client_id),
    iat: Math.floor(now / 1000),
  };
  const presentation = present(credential, holder, request);
  return { state: String(payload.state), vp_token: JSON.stringify({ [credentials[0]?.id ?? '']: [presentation] }) };
}

/** Replays a bundle with this engine, as somebody who has nothing but the bundle. */
export async function replay(bundle: ReplayBundle, engine: SignatureEngine): Promise<ReplayResult> {
  // As a file it would be JSON, so what JSON does not carry must not matter.
  const plan = prepareReplay(JSON.parse(JSON.stringify(bundle)) as ReplayBundle);
  return judgeReplay(plan, await engine.verify(plan.checks.map(({ check }) => check)));
}

export function parsed(text: string): Credential {
  const parse = parseCredential(text);
  if (!parse.ok) throw new Error(parse.detail);
  return parse;
}

export function digestOf(text: string): string {
  return encodeBase64url(sha256(encodeUtf8(text)));
}
