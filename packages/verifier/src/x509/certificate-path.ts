import { CodedError, type PublicJwk, parseBase64 } from '@holdfast/core';
import { createBoundedMap } from '../bounded-map.ts';
import { type Certificate, MAX_CERTIFICATE_BYTES, parseCertificate } from './certificate.ts';

/** Most certificates in one `x5c` header. */
export const MAX_PATH_CERTIFICATES = 5;

/** What a verifier trusts: a certificate in DER, or the base64url SHA-256 of one, which must then be in the path. */
export type Anchor = Uint8Array | string;

/** Reasons of a path that does not hold, codes of spec/reasons.json. */
export type PathRefusal =
  | 'format.x5c_malformed'
  | 'format.x5c_too_large'
  | 'signature.certificate_path'
  | 'signature.certificate_not_authority'
  | 'signature.certificate_key_usage'
  | 'signature.certificate_path_length'
  | 'signature.certificate_self_signed'
  | 'trust.certificate_unsupported'
  | 'trust.certificate_expired'
  | 'trust.certificate_not_yet_valid';

/** What an intact path says. Times in unix milliseconds. */
export type IntactPath = {
  readonly ok: true;
  /**
   * `ok` says that the certificates fit together; this says whether an anchor stands behind them: `unknown` when no
   * anchors were given, `no` when none of them reaches this path. Never take `ok` for trust.
   */
  readonly trust: 'yes' | 'no' | 'unknown';
  readonly why?: 'trust.no_anchors' | 'trust.not_anchored' | 'trust.anchor_expired';
  readonly leafKey: PublicJwk;
  readonly subject: string;
  readonly sanDns: readonly string[];
  readonly sanUri: readonly string[];
  readonly leafFingerprint: string;
  /** Fingerprints of the certificates above the leaf, as given. */
  readonly issuerFingerprints: readonly string[];
  /** The last certificate given: what a person may choose to pin. */
  readonly topFingerprint: string;
  readonly anchorFingerprint?: string;
  /** base64url, for DCQL `trusted_authorities` of type `aki`. */
  readonly authorityKeyIds: readonly string[];
  /** When the first certificate of the path ends. */
  readonly notAfter: number;
  readonly warnings: readonly 'trust.anchor_in_chain'[];
};

export type PathResult = IntactPath | { readonly ok: false; readonly reason: PathRefusal };

/** Validates paths to the same anchors again and again. */
export type PathVerifier = {
  /** `at` in unix milliseconds. */
  verify(x5c: readonly string[], at: number): Promise<PathResult>;
  /** The answer without waiting when this path has been seen before; undefined otherwise. */
  verifyCached(x5c: readonly string[], at: number): PathResult | undefined;
};

/** Everything about a path that time does not change, so that it is worked out once. */
type Settled = {
  readonly path: Omit<IntactPath, 'trust' | 'why' | 'anchorFingerprint'>;
  readonly certificates: readonly Certificate[];
  /** More than one when an authority has renewed its certificate: any that is current will do. */
  readonly anchors: readonly Certificate[];
};

/**
 * RFC 5280 section 6 for the chains in an `x5c` header (RFC 7515 section 4.1.6): leaf first, each certified by the next,
 * at most 5 certificates of 8 KiB. Throws `certificate.malformed` for an anchor that is no certificate: a verifier that
 * started with half its anchors would refuse the wrong people.
 *
 * @example
 * const paths = createPathVerifier({ anchors: [anchorDer] });
 * const path = await paths.verify(header.x5c, Date.now());
 * if (path.ok && path.trust === 'yes') use(path.leafKey);
 */
export function createPathVerifier(options: {
  readonly anchors: readonly Anchor[];
  readonly maxCachedPaths?: number;
}): PathVerifier {
  const pins = new Set(options.anchors.filter((anchor) => typeof anchor === 'string'));
  const anchors = options.anchors.filter((anchor) => typeof anchor !== 'string').map(parseCertificate);
  for (const anchor of anchors) pins.add(anchor.fingerprint);
  const settled = createBoundedMap<string, Settled | PathRefusal>({ maxEntries: options.maxCachedPaths ?? 1024 });

  function verifyCached(x5c: readonly string[], at: number): PathResult | undefined {
    const known = isBounded(x5c) ? settled.get(x5c.join('.')) : undefined;
    return known === undefined ? undefined : judgeAt(known, at, pins.size > 0);
  }

  return {
    verifyCached,
    async verify(x5c, at) {
      if (!isBounded(x5c)) return { ok: false, reason: 'format.x5c_too_large' };
      const known = verifyCached(x5c, at);
      if (known !== undefined) return known;
      const outcome = await settle(x5c, anchors, pins);
      settled.set(x5c.join('.'), outcome);
      return judgeAt(outcome, at, pins.size > 0);
    },
  };
}

/** As `createPathVerifier`, once. */
export function verifyCertificatePath(
  x5c: readonly string[],
  anchors: readonly Anchor[],
  at: number,
): Promise<PathResult> {
  return createPathVerifier({ anchors, maxCachedPaths: 1 }).verify(x5c, at);
}

/** Before anything is decoded or remembered. A base64 text is 4/3 of its bytes. */
function isBounded(x5c: readonly string[]): boolean {
  const maxLength = Math.ceil(MAX_CERTIFICATE_BYTES / 3) * 4;
  return (
    Array.isArray(x5c) && x5c.length <= MAX_PATH_CERTIFICATES && x5c.every((text) => (text?.length ?? 0) <= maxLength)
  );
}

async function settle(
  x5c: readonly string[],
  anchors: readonly Certificate[],
  pins: ReadonlySet<string>,
): Promise<Settled | PathRefusal> {
  const certificates = parsePath(x5c);
  const [leaf] = certificates;
  if (leaf === undefined) return 'format.x5c_malformed';
  const refusal = judgeLeaf(leaf) ?? (await verifyLinks(certificates));
  if (refusal !== undefined) return refusal;
  if (leaf.key === undefined) return 'trust.certificate_unsupported';
  const top = certificates.at(-1) ?? leaf;
  const isAnchorIncluded =
    (top !== leaf && top.subjectName === top.issuerName) ||
    certificates.slice(1).some(({ fingerprint }) => pins.has(fingerprint));
  return {
    certificates,
    anchors: await findAnchors(certificates, anchors, pins),
    path: {
      ok: true,
      leafKey: leaf.key,
      subject: leaf.subject,
      sanDns: leaf.sanDns,
      sanUri: leaf.sanUri,
      leafFingerprint: leaf.fingerprint,
      issuerFingerprints: certificates.slice(1).map(({ fingerprint }) => fingerprint),
      topFingerprint: top.fingerprint,
      authorityKeyIds: certificates.map(({ authorityKeyId }) => authorityKeyId).filter((id) => id !== undefined),
      notAfter: Math.min(...certificates.map(({ notAfterMs }) => notAfterMs)),
      warnings: isAnchorIncluded ? ['trust.anchor_in_chain'] : [],
    },
  };
}

function parsePath(x5c: readonly string[]): readonly Certificate[] {
  try {
    return x5c.map((text) => parseCertificate(parseBase64(text)));
  } catch {
    return [];
  }
}

function judgeLeaf(leaf: Certificate): PathRefusal | undefined {
  // Whoever signs their own certificate has proved nothing; HAIP 1.0 section 6.1.1 forbids it for credentials.
  if (leaf.subjectName === leaf.issuerName) return 'signature.certificate_self_signed';
  // A key that may sign certificates is not one to sign credentials with, nor the other way round.
  if (leaf.isAuthority || leaf.keyUsage?.digitalSignature === false) return 'signature.certificate_key_usage';
  return leaf.hasUnknownCritical ? 'trust.certificate_unsupported' : undefined;
}

async function verifyLinks(certificates: readonly Certificate[]): Promise<PathRefusal | undefined> {
  for (const [i, child] of certificates.entries()) {
    const parent = certificates[i + 1];
    if (parent === undefined) return undefined;
    const refusal = judgeAuthority(parent, i) ?? (await verifyLink(child, parent));
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** May this certificate stand above a path with `below` authorities under it? (RFC 5280 section 6.1.4, k to n) */
function judgeAuthority(authority: Certificate, below: number): PathRefusal | undefined {
  if (!authority.isAuthority) return 'signature.certificate_not_authority';
  if (authority.keyUsage?.certificateSign === false) return 'signature.certificate_key_usage';
  if (authority.maxPathLength !== undefined && below > authority.maxPathLength)
    return 'signature.certificate_path_length';
  return authority.hasUnknownCritical ? 'trust.certificate_unsupported' : undefined;
}

async function verifyLink(child: Certificate, parent: Certificate): Promise<PathRefusal | undefined> {
  const isLinked = child.issuerName === parent.subjectName && (await child.isSignedBy(parent));
  return isLinked ? undefined : 'signature.certificate_path';
}

/** What is pinned in the path itself, and the anchors that have signed a certificate of it. */
async function findAnchors(
  certificates: readonly Certificate[],
  anchors: readonly Certificate[],
  pins: ReadonlySet<string>,
): Promise<readonly Certificate[]> {
  const found = certificates.filter(({ fingerprint }) => pins.has(fingerprint));
  for (const [i, certificate] of certificates.entries()) {
    for (const anchor of anchors) {
      const refusal = judgeAuthority(anchor, i) ?? (await verifyLink(certificate, anchor));
      if (refusal === undefined) found.push(anchor);
    }
  }
  return found;
}

function judgeAt(settled: Settled | PathRefusal, at: number, hasAnchors: boolean): PathResult {
  if (typeof settled === 'string') return { ok: false, reason: settled };
  for (const { notBeforeMs, notAfterMs } of settled.certificates) {
    if (!(at >= notBeforeMs)) return { ok: false, reason: 'trust.certificate_not_yet_valid' };
    if (!(at <= notAfterMs)) return { ok: false, reason: 'trust.certificate_expired' };
  }
  const { anchors, path } = settled;
  if (!hasAnchors) return { ...path, trust: 'unknown', why: 'trust.no_anchors' };
  const anchor = anchors.find(({ notBeforeMs, notAfterMs }) => at >= notBeforeMs && at <= notAfterMs);
  if (anchor !== undefined) return { ...path, trust: 'yes', anchorFingerprint: anchor.fingerprint };
  return { ...path, trust: 'no', why: anchors.length === 0 ? 'trust.not_anchored' : 'trust.anchor_expired' };
}

/** Reads anchors from PEM text, as `GET /trust/anchors.pem` and certificate files have it. Throws `certificate.*`. */
export function parseAnchors(pem: string): readonly Uint8Array[] {
  const blocks = [...pem.matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----/g)];
  if (blocks.length === 0) {
    throw new CodedError('certificate.malformed', 'There is no certificate in this PEM text.');
  }
  return blocks.map(([, body = '']) => {
    const der = parsePemBody(body);
    return parseCertificate(der).der;
  });
}

function parsePemBody(body: string): Uint8Array {
  try {
    return parseBase64(body.replace(/\s/g, ''));
  } catch (cause) {
    throw new CodedError('certificate.malformed', 'A certificate in this PEM text is not base64.', {}, cause);
  }
}
