import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  createCredentialDraft,
  createPresentationDraft,
  DEFAULT_FRESHNESS,
  encodeCredential,
  encodePresentation,
  entropyForCredential,
  type NetworkView,
  type PublicJwk,
  type Rulebook,
  type StatusList,
  thumbprint,
} from '@holdfast/core';

export const NONCE = 'bench-nonce-0123456789';
export const AUDIENCE = 'x509_hash:bench';
export const LIST_SIZE = 1_048_576;

const ISSUER = 'https://bench.example/i/civic';
const LIST = 'https://bench.example/status/civic/1';
const TYPE = 'https://bench.example/vct/civic/residence/1';
const LOG = 'bench.example/log';

export type Subject = {
  /** Presentations of as many credentials, each with a holder key of its own: 8 disclosures, key binding. */
  readonly presentations: readonly string[];
  readonly view: NetworkView;
  readonly issuerKey: { readonly jwk: PublicJwk; readonly public: KeyObject; readonly private: KeyObject };
  readonly holderKeys: readonly PublicJwk[];
};

function createKey() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const jwk: PublicJwk = { kty: 'EC', crv: 'P-256', x, y };
  return { jwk, public: publicKey, private: privateKey };
}

function signWith(key: KeyObject, text: string): Uint8Array {
  return sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
}

const CLAIMS = {
  given_name: 'Ada',
  family_name: 'Example',
  birthdate: '1985-12-10',
  resident_id: 'R-0001',
  street_address: 'Main Street 1',
  locality: 'Sampletown',
  postal_code: '00001',
  country: 'XX',
};

/** What the verification benchmarks verify: the credential of DESIGN 14, on a list of a million. */
export function createSubject(
  count: number,
  now: number,
  options: { readonly withStatus: boolean } = { withStatus: true },
): Subject {
  const issuerKey = createKey();
  const holders = Array.from({ length: count }, createKey);
  const presentations = holders.map((holder, index) => {
    const iat = Math.floor(now / 1000);
    const draft = createCredentialDraft({
      header: { alg: 'ES256', kid: thumbprint(issuerKey.jwk) },
      claims: { iss: ISSUER, vct: TYPE, iat, exp: iat + 365 * 86_400, ...CLAIMS },
      disclosable: Object.keys(CLAIMS),
      holderKey: holder.jwk,
      ...(options.withStatus ? { status: { uri: LIST, index } } : {}),
      network: { log: LOG, size: 4 },
      salts: randomBytes(entropyForCredential(Object.keys(CLAIMS).length)),
    });
    const credential = encodeCredential(
      draft.signingInput,
      signWith(issuerKey.private, draft.signingInput),
      draft.disclosures,
    );
    const bound = createPresentationDraft(credential, Object.keys(CLAIMS), { nonce: NONCE, audience: AUDIENCE, iat });
    return encodePresentation(bound, signWith(holder.private, bound.signingInput));
  });
  return { presentations, view: viewOf(issuerKey.jwk, now), issuerKey, holderKeys: holders.map(({ jwk }) => jwk) };
}

function viewOf(key: PublicJwk, now: number): NetworkView {
  const list: StatusList = {
    id: LIST,
    issuer: ISSUER,
    bits: 2,
    size: LIST_SIZE,
    key: thumbprint(key),
    opened: 3,
    values: new Uint8Array(LIST_SIZE),
    digest: undefined,
  };
  const body = { profiles: [], freshness: DEFAULT_FRESHNESS } as unknown as Rulebook;
  return {
    name: 'b'.repeat(43),
    position: { log: LOG, size: 10, root: 'A'.repeat(43), time: now },
    rulebook: { index: 0, body },
    parties: new Map([
      [
        ISSUER,
        {
          id: ISSUER,
          kind: 'issuer',
          keys: [{ use: 'credential', key }],
          accreditations: [{ action: 'issue', type: TYPE, assurance: 'high', from: 0 }],
        },
      ],
    ]),
    lists: new Map([[LIST, list]]),
    critical: new Set(),
  };
}
