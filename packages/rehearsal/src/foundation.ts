import {
  type Assurance,
  bindingDigest,
  type Credential,
  DEFAULT_FRESHNESS,
  type DecisionTerms,
  decisionDigest,
  encodeBase64url,
  encodeJws,
  encodeSigningInput,
  encodeUtf8,
  type NetworkState,
  type Party,
  type PublicJwk,
  parseJws,
  type Recognition,
  type Rulebook,
  type StatusChange,
  saltedRoot,
  sha256Base64url,
  thumbprint,
} from '@holdfast/core';
import type { IdealSignatures } from './ideal-signatures.ts';
import type { Random } from './random.ts';

export const ISSUER = 'http://rehearsal.test/i/civic';
export const LIST = 'http://rehearsal.test/status/civic/1';
const TYPE = 'http://rehearsal.test/vct/civic/residence/1';

/** Where a rehearsed network is, and what its issuer is accredited for. */
export type FoundationPlace = {
  readonly log: string;
  readonly issuer: string;
  readonly list: string;
  readonly type: string;
  readonly assurance: Assurance;
};

const CIVIC: FoundationPlace = {
  log: 'rehearsal.test/log',
  issuer: ISSUER,
  list: LIST,
  type: TYPE,
  assurance: 'substantial',
};

/** Makes the statements and credentials of a rehearsed network, signed by ideal signatures. */
export type Foundation = {
  readonly sign: (role: 'network' | 'governor' | 'civic', body: object) => string;
  /** The statements that found the network; the state is asked for its name between two of them. */
  readonly founding: (state: NetworkState, now: number) => Generator<string>;
  readonly revocation: (state: NetworkState, index: number, now: number) => string[];
  readonly recognition: (state: NetworkState, recognition: Recognition, now: number) => string[];
  readonly credential: (index: number, now: number) => Credential;
};

export function createFoundation(signatures: IdealSignatures, random: Random, place = CIVIC): Foundation {
  const role = (kind: 'ES256' | 'EdDSA' = 'ES256') => signatures.createKey(kind);
  const keys = { network: role(), governor: role(), civic: role(), credential: role() };
  const officers = ['officer-a', 'officer-b'].map((id) => ({ id, roles: ['revoker', 'registrar'], key: role() }));
  let decisions = 0;

  function signAs(key: PublicJwk, typ: string, payload: object): string {
    const alg = key.kty === 'EC' ? 'ES256' : 'EdDSA';
    const input = encodeSigningInput({ alg, kid: thumbprint(key), typ }, payload);
    return encodeJws(input, signatures.sign(key, encodeUtf8(input)));
  }
  const sign: Foundation['sign'] = (who, body) => signAs(keys[who], 'statement+jwt', body);

  function decide(
    state: NetworkState,
    now: number,
    terms: Pick<DecisionTerms, 'power' | 'parameters' | 'class'>,
    targets: unknown[],
  ) {
    decisions += 1;
    const leaves = targets.map((value) => ({
      salt: encodeBase64url(random.bytes(16)),
      kind: 'target' as const,
      value,
    }));
    const full: DecisionTerms = {
      ...terms,
      genesis: state.name,
      id: `decision-${decisions}`,
      targets: { root: saltedRoot(leaves), count: targets.length },
      rulebook: 0,
      expiry: Math.max(state.time, now) + 3_600_000,
    };
    const digest = decisionDigest(full);
    const approvals = officers.map(({ key }) => signAs(key, 'approval+jwt', { digest }));
    const { genesis: _genesis, ...body } = full;
    const statement = { type: 'decision', v: 1, ...body, approvals, received: now, authorised: now };
    return { digest, entry: sign('governor', statement) };
  }

  function* founding(state: NetworkState, now: number): Generator<string> {
    yield sign('governor', { type: 'rulebook', v: 1, body: rulebook(keys, officers, place) });
    const party = civic(keys, place);
    const { digest, entry } = decide(
      state,
      now,
      { power: 'accredit', parameters: { party: bindingDigest(party) }, class: 'founding' },
      [party.id],
    );
    yield entry;
    yield sign('governor', { type: 'party', v: 1, decision: digest, party });
    const list = { list: place.list, issuer: place.issuer, bits: 2, size: 131_072, key: thumbprint(keys.credential) };
    yield sign('civic', { type: 'list', v: 1, ...list });
  }

  function revocation(state: NetworkState, index: number, now: number): string[] {
    const { list } = place;
    const changes: StatusChange[] = [{ list, index, value: 1 }];
    const terms = { power: 'revoke', parameters: {}, class: 'residence-ended' } as const;
    const { digest, entry } = decide(state, now, terms, [{ list, index }]);
    return [entry, sign('governor', { type: 'status', v: 1, decisions: [digest], changes })];
  }

  function recognition(state: NetworkState, recognised: Recognition, now: number): string[] {
    const bound = bindingDigest(recognised);
    const terms = { power: 'recognise', parameters: { recognition: bound }, class: 'founding' } as const;
    const { digest, entry } = decide(state, now, terms, [{ recognition: bound }]);
    return [entry, sign('governor', { type: 'recognition', v: 1, decision: digest, recognition: recognised })];
  }

  const credential: Foundation['credential'] = (index, now) => credentialOf(keys.credential, index, { now, place });
  return { sign, founding, revocation, recognition, credential };
}

function rulebook(
  keys: { network: PublicJwk; governor: PublicJwk },
  officers: Rulebook['officers'],
  { log }: FoundationPlace,
): Rulebook {
  const grant = { roles: ['revoker', 'registrar'], quorum: 2, maxTargets: 1000, expiresInMs: 86_400_000 };
  return {
    title: 'Rehearsal',
    log: { origin: log, vkey: 'unused' },
    keys: { network: keys.network, governor: keys.governor },
    officers,
    tickMs: 5000,
    powers: [
      { ...grant, power: 'revoke', classes: ['residence-ended'] },
      { ...grant, power: 'accredit', classes: ['founding'] },
      { ...grant, power: 'recognise', classes: ['founding'] },
    ],
    classes: [],
    freshness: DEFAULT_FRESHNESS,
    profiles: [],
    notice: { amendMs: 0 },
  };
}

function civic(keys: { civic: PublicJwk; credential: PublicJwk }, { issuer, type, assurance }: FoundationPlace): Party {
  return {
    id: issuer,
    kind: 'issuer',
    keys: [
      { use: 'statement', key: keys.civic },
      { use: 'credential', key: keys.credential },
    ],
    accreditations: [{ action: 'issue', type, assurance, from: 0 }],
  };
}

/** A credential as parsed once: in this mode parsing is not what is rehearsed. */
function credentialOf(
  key: PublicJwk,
  index: number,
  { now, place }: { readonly now: number; readonly place: FoundationPlace },
): Credential {
  const { issuer, type, list } = place;
  const header = { alg: 'ES256', typ: 'dc+sd-jwt', kid: thumbprint(key) } as const;
  const payload = { iss: issuer, vct: type, jti: `${index}` };
  const jwt = encodeJws(encodeSigningInput(header, payload), new Uint8Array(64));
  return {
    ok: true,
    format: 'dc+sd-jwt',
    legacyTyp: false,
    header,
    payload,
    claims: payload,
    vct: type,
    issuer,
    status: { uri: list, index },
    exp: now / 1000 + 10 * 365 * 86_400,
    disclosures: [],
    issuerJwt: parseJws(jwt),
    presentedDigest: sha256Base64url(jwt),
    issuerSigned: `${jwt}~`,
  };
}
