import {
  canonicalJson,
  encodeBase64url,
  encodeUtf8,
  isJsonObject,
  type JsonObject,
  type PublicJwk,
  parseJsonObject,
  parseUtf8,
  sha256,
  thumbprint,
} from '@holdfast/core';
import type { PathResult } from '../x509/certificate-path.ts';
import {
  assertionKeys,
  type DidUrl,
  didJwkKey,
  didKeyKey,
  didWebUrl,
  fullName,
  MAX_KEYS,
  type NamedKey,
  parseDidUrl,
  usableKey,
} from './did.ts';
import { createEvidenceCache, type Loaded, type NotLoaded, type ReadOptions } from './evidence-cache.ts';
import type { GuardedFetch, GuardedResponse } from './guarded-fetch.ts';
import { isLoopbackHost } from './outside-url.ts';

/** The part of a parsed credential or token that says who made it. */
export type Signed = {
  readonly header: { readonly kid?: string | undefined; readonly x5c?: readonly string[] | undefined };
  readonly issuer?: string | undefined;
};

export type KeySource = 'x5c' | 'jwt-vc-issuer' | 'did:jwk' | 'did:key' | 'did:web';
export type Trust = 'yes' | 'no' | 'unknown';

/** The key a credential should verify under, and what is known of who holds it. */
export type ResolvedKey = {
  readonly source: KeySource;
  /** The issuer: `iss`, a DID, or what the certificate names. */
  readonly id: string;
  readonly name?: string;
  readonly key: PublicJwk;
  readonly trust: Trust;
  /** Code of the reason when `trust` is not `yes`. */
  readonly why?: string;
  /** Unix milliseconds when the key was fetched; absent when it came with the credential and cannot age. */
  readonly asOf?: number;
  /** base64url SHA-256 of what was fetched: of the document, or over the digests of several in their order. */
  readonly digest?: string;
  /** x5c: of the leaf certificate, or of the topmost one given when nothing is trusted yet: what a person may pin. */
  readonly fingerprint?: string;
  /** x5c: of the leaf. */
  readonly leafFingerprint?: string;
  readonly warnings?: readonly string[];
};

/** A code of spec/reasons.json. `because`: the code of the failure behind it. */
export type UnresolvedKey = { readonly unknown: string; readonly because?: string };

export type KeyResolver = {
  /** `at` in unix milliseconds: when certificates must be valid. Never throws for what a stranger wrote. */
  resolve(signed: Signed, at: number, options?: ReadOptions): Promise<ResolvedKey | UnresolvedKey>;
};

export type KeyResolverOptions = {
  readonly fetch: GuardedFetch;
  readonly now: () => number;
  readonly entropy: (length: number) => Uint8Array;
  /** From `@holdfast/verifier/x509`; without it an `x5c` header is not understood. */
  readonly verifyPath?: (x5c: readonly string[], at: number) => Promise<PathResult>;
  /** What the verifier's own policy says of issuers that no certificate vouches for. Default: unknown. */
  readonly trustOf?: (issuer: { readonly id: string; readonly source: KeySource; readonly key: PublicJwk }) => Trust;
  readonly allowLoopback?: boolean;
  readonly maxDocuments?: number;
  readonly report?: (uri: string, error: unknown) => void;
};

/** Keys published by one issuer, each with the name it goes by. */
type Published = { readonly keys: readonly NamedKey[]; readonly asOf: number; readonly digest: string };

const MAX_DOCUMENT_BYTES = 65_536;
const JSON_TYPES = ['application/json'];
const DID_TYPES = ['application/did+json', 'application/json', 'application/did+ld+json', 'application/ld+json'];
/** How long a document counts as fresh when it does not say, and the bounds within which it may say. */
const FRESH_MS = { usual: 300_000, min: 30_000, max: 86_400_000 };
/** A last good copy is used for this long while its source is away; its age is in the verdict. */
const USABLE_MS = 7 * 86_400_000;
/** A key that is not in our copy may be new: then the document is asked for again, if the copy is older than this. */
const NEW_KEY_AGE_MS = 30_000;

/**
 * Finds the key of an issuer that no network of ours knows: by `x5c`, SD-JWT VC issuer metadata (draft section 5),
 * did:jwk, did:key or did:web. What cannot be found out is `unknown`, with the reason; it is never trusted for that.
 */
export function createKeyResolver(options: KeyResolverOptions): KeyResolver {
  const documents = createEvidenceCache<Published>({
    load: (uri) => loadDocument(options.fetch, uri, options.now),
    unavailable: 'trust.key_unavailable',
    now: options.now,
    entropy: options.entropy,
    maxEntries: options.maxDocuments ?? 512,
    report: options.report,
  });
  const isLoopbackHttp = (host: string) =>
    options.allowLoopback === true && URL.canParse(`http://${host}`) && isLoopbackHost(new URL(`http://${host}`));

  function found(source: KeySource, id: string, key: PublicJwk, evidence: Pick<ResolvedKey, 'asOf' | 'digest'> = {}) {
    const trust = options.trustOf?.({ id, source, key }) ?? 'unknown';
    const known = { source, id, key, trust, ...evidence };
    return trust === 'yes' ? known : { ...known, why: 'trust.issuer_unknown' };
  }

  async function fromDocument(
    source: KeySource,
    id: string,
    locator: string,
    kid: string | undefined,
    wait: ReadOptions,
  ) {
    let read = await documents.read(locator, wait);
    let key = read.ok ? pickKey(read.value.keys, kid) : undefined;
    if (read.ok && key === undefined) {
      read = await documents.read(locator, { ...wait, maxAgeMs: NEW_KEY_AGE_MS });
      key = read.ok ? pickKey(read.value.keys, kid) : undefined;
    }
    if (!read.ok) return { unknown: read.why, ...(read.because === undefined ? {} : { because: read.because }) };
    if (key === undefined) return { unknown: 'trust.key_not_found' };
    return found(source, id, key, { asOf: read.value.asOf, digest: read.value.digest });
  }

  async function fromDid(url: DidUrl, kid: string | undefined, wait: ReadOptions) {
    if (url.method === 'jwk' || url.method === 'key') {
      const key = url.method === 'jwk' ? didJwkKey(url) : didKeyKey(url);
      return key === undefined ? { unknown: 'trust.key_unsupported' } : found(`did:${url.method}`, url.did, key);
    }
    if (url.method !== 'web') return { unknown: 'trust.did_method_unsupported' };
    const location = didWebUrl(url, isLoopbackHttp);
    if (location === undefined) return { unknown: 'format.issuer_malformed' };
    return fromDocument('did:web', url.did, `${url.did} ${location}`, fullName(kid, url.did), wait);
  }

  return {
    async resolve({ header, issuer }, at, wait = {}) {
      const { kid, x5c } = header;
      if (x5c !== undefined) return fromCertificates(x5c, issuer, at, options.verifyPath);
      const url = didOf(issuer, kid);
      if (url === 'mismatch') return { unknown: 'signature.issuer_mismatch' };
      if (url !== undefined) return await fromDid(url, kid, wait);
      const location = metadataUrl(issuer ?? '');
      if (issuer === undefined || location === undefined) return { unknown: 'trust.issuer_unknown' };
      return await fromDocument('jwt-vc-issuer', issuer, `${issuer} ${location}`, kid, wait);
    },
  };
}

async function fromCertificates(
  x5c: readonly string[],
  issuer: string | undefined,
  at: number,
  verifyPath: KeyResolverOptions['verifyPath'],
): Promise<ResolvedKey | UnresolvedKey> {
  if (verifyPath === undefined) return { unknown: 'trust.certificate_unsupported' };
  const path = await verifyPath(x5c, at);
  if (!path.ok) return { unknown: path.reason };
  // Whoever holds a certificate for one name must not speak in the name of another.
  if (issuer !== undefined && !isNamed(issuer, path.sanUri, path.sanDns))
    return { unknown: 'signature.issuer_mismatch' };
  return {
    source: 'x5c',
    id: issuer ?? path.sanUri[0] ?? path.sanDns[0] ?? path.subject,
    name: path.subject,
    key: path.leafKey,
    trust: path.trust,
    ...(path.why === undefined ? {} : { why: path.why }),
    fingerprint: path.anchorFingerprint ?? path.topFingerprint,
    leafFingerprint: path.leafFingerprint,
    ...(path.warnings.length === 0 ? {} : { warnings: path.warnings }),
  };
}

/**
 * A certificate that names issuers by URI speaks for those alone: its host name may be shared by many tenants, and one
 * of them must not sign for the next.
 */
function isNamed(issuer: string, sanUri: readonly string[], sanDns: readonly string[]): boolean {
  if (sanUri.some((uri) => /^(https?|did):/.test(uri))) return sanUri.includes(issuer);
  if (!issuer.startsWith('https://') || !URL.canParse(issuer)) return false;
  return sanDns.some((name) => name.toLowerCase() === new URL(issuer).hostname);
}

/** The DID that speaks, from `iss` or an absolute `kid`; both must name the same one. */
function didOf(issuer: string | undefined, kid: string | undefined): DidUrl | 'mismatch' | undefined {
  const named = kid?.startsWith('did:') ? parseDidUrl(kid) : undefined;
  if (kid?.startsWith('did:') && named === undefined) return 'mismatch';
  if (named !== undefined) return issuer === undefined || issuer === named.did ? named : 'mismatch';
  if (!issuer?.startsWith('did:')) return undefined;
  const url = parseDidUrl(kid?.startsWith('#') ? issuer + kid : issuer);
  return url ?? 'mismatch';
}

/** The well-known path goes between host and path (SD-JWT VC draft section 5.1). */
function metadataUrl(issuer: string): string | undefined {
  if (!/^https?:\/\/[^?#\s]+$/.test(issuer) || !URL.canParse(issuer)) return undefined;
  const url = new URL(issuer);
  return `${url.origin}/.well-known/jwt-vc-issuer${url.pathname.replace(/\/$/, '')}`;
}

/** By name; without one only where there is no choice. `kid` may be the bare thumbprint. */
function pickKey(keys: readonly NamedKey[], kid: string | undefined): PublicJwk | undefined {
  if (kid === undefined) return keys.length === 1 ? keys[0]?.key : undefined;
  const named = keys.find(({ name }) => name === kid) ?? keys.find(({ key }) => thumbprint(key) === kid);
  return named?.key;
}

/** `locator`: the identity whose keys these must be, a space, and where they lie. */
async function loadDocument(
  fetch: GuardedFetch,
  locator: string,
  now: () => number,
): Promise<Loaded<Published> | NotLoaded> {
  const [identity = '', location = ''] = locator.split(' ');
  const isDid = identity.startsWith('did:');
  const asOf = now();
  const response = await fetch({ url: location, accept: isDid ? DID_TYPES : JSON_TYPES, maxBytes: MAX_DOCUMENT_BYTES });
  const document = parseDocument(response);
  if (document === undefined) return { ok: false, why: 'trust.metadata_malformed' };
  const published = isDid
    ? { keys: assertionKeys(document, identity), responses: [response] }
    : await metadataKeys(fetch, document, identity, response);
  if (published.keys === undefined) return { ok: false, why: 'trust.metadata_malformed' };
  const freshMs = Math.min(...published.responses.map(freshFor));
  return {
    ok: true,
    value: { keys: published.keys, asOf, digest: digestOf(published.responses) },
    freshUntil: asOf + freshMs,
    usableUntil: asOf + USABLE_MS,
  };
}

/** SD-JWT VC draft section 5.2: `issuer` is exactly the one asked for, and there is either `jwks` or `jwks_uri`. */
async function metadataKeys(
  fetch: GuardedFetch,
  metadata: JsonObject,
  issuer: string,
  response: GuardedResponse,
): Promise<{ readonly keys: readonly NamedKey[] | undefined; readonly responses: readonly GuardedResponse[] }> {
  const { jwks, jwks_uri: uri } = metadata;
  if (metadata.issuer !== issuer || (jwks === undefined) === (uri === undefined))
    return { keys: undefined, responses: [] };
  if (typeof uri !== 'string') return { keys: jwksKeys(jwks), responses: [response] };
  const second = await fetch({
    url: uri,
    accept: ['application/jwk-set+json', ...JSON_TYPES],
    maxBytes: MAX_DOCUMENT_BYTES,
  });
  return { keys: jwksKeys(parseDocument(second)), responses: [response, second] };
}

function jwksKeys(jwks: unknown): readonly NamedKey[] | undefined {
  if (!isJsonObject(jwks) || !Array.isArray(jwks.keys)) return undefined;
  const keys: NamedKey[] = [];
  for (const jwk of (jwks.keys as readonly unknown[]).slice(0, MAX_KEYS)) {
    const key = usableKey(() => jwk);
    if (key === undefined || !isJsonObject(jwk)) continue;
    keys.push({ name: typeof jwk.kid === 'string' ? jwk.kid : undefined, key });
  }
  return keys;
}

function parseDocument(response: GuardedResponse): JsonObject | undefined {
  try {
    return parseJsonObject(parseUtf8(response.body), { maxLength: MAX_DOCUMENT_BYTES, maxDepth: 16 });
  } catch {
    return undefined;
  }
}

function digestOf(responses: readonly GuardedResponse[]): string {
  const digests = responses.map(({ body }) => encodeBase64url(sha256(body)));
  const [only = ''] = digests;
  return digests.length === 1 ? only : encodeBase64url(sha256(encodeUtf8(canonicalJson(digests))));
}

function freshFor({ cacheControl }: GuardedResponse): number {
  const seconds = /(?:^|[\s,])max-age=([0-9]{1,9})(?:$|[\s,])/.exec(cacheControl ?? '')?.[1];
  if (seconds === undefined) return FRESH_MS.usual;
  return Math.min(FRESH_MS.max, Math.max(FRESH_MS.min, Number(seconds) * 1000));
}
