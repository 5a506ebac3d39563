import type { Credential } from '../src/credential/parsed-credential.ts';
import type { PublicJwk } from '../src/encoding/jwk.ts';
import { thumbprint } from '../src/encoding/jwk.ts';
import { parseJws } from '../src/encoding/jws.ts';
import { encodeBase64url, encodeUtf8 } from '../src/encoding/text.ts';
import type { StatusList } from '../src/fold/state.ts';
import type { Party } from '../src/fold/statement.ts';
import { networkIssuerKey } from '../src/trust/issuer-key.ts';
import type { Evidence, NetworkView } from '../src/verdict/evidence.ts';
import type { Judgement } from '../src/verdict/judgement.ts';
import { TICK_MS, type VerdictRequest } from '../src/verdict/verdict.ts';

export const ISSUER_ID = 'https://issuer.example/i/civic';
export const LIST_ID = 'https://issuer.example/status/civic/1';
export const TYPE = 'https://issuer.example/vct/civic/residence/1';
export const LOG = 'log.example/holdfast';

/** Unix milliseconds at which the judgements of these tests are made, on a tick. */
export const NOW = 1_800_000_000_000;

export const ISSUER_KEY: PublicJwk = { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43) };
export const OTHER_KEY: PublicJwk = { kty: 'EC', crv: 'P-256', x: `${'A'.repeat(42)}E`, y: 'A'.repeat(43) };

/** A parsed credential as `parseCredential` would give it. What is in it has no meaning beyond the fields given. */
export function credential(changes: Partial<Credential> = {}): Credential {
  const part = (value: unknown) => encodeBase64url(encodeUtf8(JSON.stringify(value)));
  const header = { alg: 'ES256', typ: 'dc+sd-jwt', kid: thumbprint(ISSUER_KEY) } as const;
  const payload = { vct: TYPE, iss: ISSUER_ID };
  return {
    ok: true,
    format: 'dc+sd-jwt',
    legacyTyp: false,
    header,
    payload,
    claims: payload,
    vct: TYPE,
    issuer: ISSUER_ID,
    status: { uri: LIST_ID, index: 7 },
    exp: NOW / 1000 + 86_400,
    disclosures: [],
    issuerJwt: parseJws(`${part(header)}.${part(payload)}.${encodeBase64url(new Uint8Array(64))}`),
    presentedDigest: 'p'.repeat(43),
    issuerSigned: '',
    ...changes,
  };
}

export function statusList(
  values: Readonly<Record<number, number>> = {},
  changes: Partial<StatusList> = {},
): StatusList {
  const bytes = new Uint8Array(64);
  for (const [index, value] of Object.entries(values)) bytes[Number(index)] = value;
  return {
    id: LIST_ID,
    issuer: ISSUER_ID,
    bits: 2,
    size: bytes.length,
    key: thumbprint(ISSUER_KEY),
    opened: 3,
    values: bytes,
    digest: undefined,
    ...changes,
  };
}

export function issuerParty(changes: Partial<Party> = {}): Party {
  return {
    id: ISSUER_ID,
    kind: 'issuer',
    name: 'City of Example',
    keys: [{ use: 'credential', key: ISSUER_KEY }],
    accreditations: [{ action: 'issue', type: TYPE, assurance: 'substantial', from: 0 }],
    ...changes,
  };
}

/** A network as read up to `ageMs` before now. */
export function networkView(ageMs = 0, changes: Partial<NetworkView> = {}): NetworkView {
  const list = statusList();
  return {
    name: 'n'.repeat(43),
    position: { log: LOG, size: 10, root: 'r'.repeat(43), time: NOW - ageMs },
    rulebook: undefined,
    parties: new Map([[ISSUER_ID, issuerParty()]]),
    lists: new Map([[list.id, list]]),
    critical: new Set(),
    ...changes,
  };
}

export const VIEW: VerdictRequest = { class: 'view', freshness: { mode: 'any' } };

/** A judgement in which everything is well; each test spoils one thing. */
export function judgement(changes: Partial<Judgement> = {}): Judgement {
  const parse = changes.parse ?? credential();
  return {
    parse,
    signatures: { issuer: true, holder: undefined },
    evidence: parse.ok ? networkEvidence(parse, networkView()) : { network: networkView() },
    request: VIEW,
    policy: 'y'.repeat(43),
    tick: NOW / TICK_MS,
    ...changes,
  };
}

export function networkEvidence(parsed: Credential, view: NetworkView, profile?: string): Evidence {
  const issuerKey = networkIssuerKey(parsed, view, profile);
  return issuerKey === undefined ? { network: view } : { network: view, issuerKey };
}
