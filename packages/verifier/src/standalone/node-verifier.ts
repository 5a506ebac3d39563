/// <reference types="node" />
import { randomBytes } from 'node:crypto';
import { createBitstringSource } from '../foreign/bitstring-source.ts';
import { createGuardedFetch, type GuardedFetch } from '../foreign/guarded-fetch.ts';
import { createKeyResolver } from '../foreign/key-resolver.ts';
import { createNodeTransport, nodeLookup } from '../foreign/node-transport.ts';
import { createStatusSource } from '../foreign/status-source.ts';
import type { SignatureEngine } from '../signatures/engine.ts';
import { createNodeEngine } from '../signatures/node-engine.ts';
import { createPlatformClock } from '../verify/clock.ts';
import type { ForeignSources } from '../verify/evidence.ts';
import { anchorsOf, type Policy } from '../verify/policy.ts';
import { createVerifier, type Verifier } from '../verify/verifier.ts';

export type NodeSourcesOptions = {
  readonly policy: Policy;
  readonly engine: SignatureEngine;
  /** Unix milliseconds. Default: the platform's clock. */
  readonly now?: () => number;
  /** Certificates in PEM to trust for TLS instead of the platform's. */
  readonly ca?: string;
  /** Around every fetch: to record what was fetched. */
  readonly around?: (fetch: GuardedFetch) => GuardedFetch;
  /** Told what went wrong with a stranger's document; verdicts only say that it was not there. */
  readonly report?: (uri: string, error: unknown) => void;
};

/**
 * The evidence of strangers over Node's network: guarded fetches, certificate paths to the policy's anchors. Throws
 * `certificate.malformed` for an anchor that is no certificate.
 */
export async function createNodeSources(options: NodeSourcesOptions): Promise<ForeignSources> {
  const { policy, engine, ca, report } = options;
  // Loaded when it is needed: ASN.1 takes longer to load than a credential to verify.
  const { createPathVerifier } = await import('../x509/certificate-path.ts');
  const paths = createPathVerifier({ anchors: anchorsOf(policy) });
  const now = options.now ?? (() => Date.now());
  const entropy = (length: number) => new Uint8Array(randomBytes(length));
  const guarded = createGuardedFetch({
    transport: createNodeTransport(ca === undefined ? {} : { ca }),
    lookup: nodeLookup,
    allowLoopback: policy.allowLoopback,
  });
  const fetch = options.around?.(guarded) ?? guarded;
  const common = { fetch, now, entropy, ...(report === undefined ? {} : { report }) };
  return {
    keys: createKeyResolver({
      ...common,
      verifyPath: (x5c, at) => paths.verify(x5c, at),
      allowLoopback: policy.allowLoopback,
    }),
    status: createStatusSource({ ...common, engine }),
    bitstrings: createBitstringSource({ ...common, engine }),
  };
}

/**
 * A verifier that follows no network: its policy's anchors and trusted issuers are all it goes by, so without any every
 * issuer is `unknown`, with integrity and status told and the fingerprint to trust named in the verdict.
 *
 * @example
 * const verifier = await createStandaloneVerifier({ ...EMPTY_POLICY, anchors: [anchor] });
 * const { verdict } = await verifier.verify(text, { class: 'view', freshness: { mode: 'any' } }, { deadlineMs: 5000 });
 */
export async function createStandaloneVerifier(
  policy: Policy,
  options: Pick<NodeSourcesOptions, 'ca' | 'report'> = {},
): Promise<Verifier> {
  const engine = createNodeEngine();
  const foreign = await createNodeSources({ policy, engine, ...options });
  return createVerifier({ engine, foreign, policy, clock: createPlatformClock() });
}
