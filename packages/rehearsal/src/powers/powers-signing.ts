import {
  DEFAULT_FRESHNESS,
  type DecisionTerms,
  decisionDigest,
  encodeBase64url,
  encodeJws,
  encodeSigningInput,
  encodeUtf8,
  type Grant,
  type NetworkState,
  type Party,
  type Power,
  type PublicJwk,
  type Rulebook,
  saltedRoot,
  thumbprint,
} from '@holdfast/core';
import type { IdealSignatures } from '../ideal-signatures.ts';
import type { Random } from '../random.ts';

export const DAY_MS = 86_400_000;
export const ISSUER = 'http://powers.test/i/civic';
const HOUR_MS = 3_600_000;
/** The one exception, and how many officers it takes: all of them. */
export const EXCEPTION = 'late';
export const EXCEPTION_QUORUM = 3;

export type Key = PublicJwk;

/** Whoever signs in a rehearsal of powers: the governor signs whatever it is given, and so do two of the officers. */
export type Desk = {
  readonly rulebook: Rulebook;
  readonly civic: Party;
  readonly officerC: Party;
  readonly newKey: () => Key;
  readonly sign: (role: 'network' | 'governor' | 'civic', body: object) => string;
  readonly decision: (
    state: NetworkState,
    terms: Pick<DecisionTerms, 'power' | 'parameters' | 'rulebook'>,
    by: readonly Key[],
  ) => { readonly digest: string; readonly entry: string };
  readonly officers: readonly Key[];
};

export function createDesk(signatures: IdealSignatures, random: Random): Desk {
  const newKey = () => signatures.createKey('ES256');
  const keys = { network: newKey(), governor: newKey(), civic: newKey() };
  const officers = ['officer-a', 'officer-b', 'officer-c'].map((id) => ({ id, roles: ['all'], key: newKey() }));
  let decisions = 0;
  const signAs = (key: Key, typ: string, payload: object) => {
    const input = encodeSigningInput({ alg: 'ES256', kid: thumbprint(key), typ }, payload);
    return encodeJws(input, signatures.sign(key, encodeUtf8(input)));
  };
  const decision: Desk['decision'] = (state, terms, by) => {
    decisions += 1;
    const target = { salt: encodeBase64url(random.bytes(16)), kind: 'target' as const, value: decisions };
    const full: DecisionTerms = {
      ...terms,
      ...{ genesis: state.name, id: `decision-${decisions}`, class: 'any' },
      ...{ targets: { root: saltedRoot([target]), count: 1 }, expiry: state.time + HOUR_MS },
    };
    const digest = decisionDigest(full);
    const approvals = by.map((key) => signAs(key, 'approval+jwt', { digest }));
    const { genesis: _genesis, ...body } = full;
    const statement = { type: 'decision', v: 1, ...body, approvals, received: 0, authorised: 0 };
    return { digest, entry: signAs(keys.governor, 'statement+jwt', statement) };
  };
  const [, , third = expected()] = officers;
  return {
    rulebook: rulebookOf(keys, officers),
    civic: {
      ...{ id: ISSUER, kind: 'issuer' },
      keys: [
        { use: 'statement', key: keys.civic },
        { use: 'credential', key: newKey() },
      ],
      accreditations: [{ action: 'issue', type: 'residence', assurance: 'high', from: 0 }],
    },
    officerC: {
      id: third.id,
      kind: 'officer',
      roles: ['all'],
      keys: [{ use: 'approval', key: third.key }],
      accreditations: [],
    },
    newKey,
    sign: (role, body) => signAs(keys[role], 'statement+jwt', body),
    decision,
    officers: officers.map(({ key }) => key),
  };
}

function expected(): never {
  throw new Error('there are three officers');
}

/** Narrow powers take one officer, everything else two; so a narrow one that does more is seen. */
function rulebookOf(keys: { network: Key; governor: Key }, officers: Rulebook['officers']): Rulebook {
  const grant = (power: Power, quorum: number): Grant => ({
    ...{ power, quorum, roles: ['all'], classes: ['any'], maxTargets: 10, expiresInMs: DAY_MS },
  });
  return {
    title: 'Powers',
    log: { origin: 'powers.test/log', vkey: 'unused' },
    keys: { network: keys.network, governor: keys.governor },
    officers,
    tickMs: 5000,
    powers: [
      { ...grant('revoke', 2), outlivesAmendments: true },
      ...[grant('accredit', 2), grant('enrol', 2), grant('amend', 2), grant('except', 2)],
      ...[grant('release', 2), grant('revise', 2)],
      ...[grant('withdraw', 1), grant('rotate', 1), grant('compromise', 1), grant('cancel', 1)],
    ],
    classes: [],
    freshness: DEFAULT_FRESHNESS,
    profiles: [],
    notice: {
      ...{ amendMs: 5 * DAY_MS, emergencyMs: 3 * DAY_MS },
      programs: { favourableMs: HOUR_MS, adverseMs: DAY_MS },
    },
    exceptions: [{ id: EXCEPTION, rule: 'accreditation', quorum: EXCEPTION_QUORUM, maxDurationMs: DAY_MS }],
  };
}
