import { thumbprint } from '../encoding/jwk.ts';
import type { Party } from '../fold/statement.ts';
import type { Position } from '../log/position.ts';
import { type Assurance, isAtLeast } from '../rulebook/rulebook.ts';
import type { Evidence, NetworkView } from '../verdict/evidence.ts';
import { appliedProfile } from '../verdict/profile.ts';
import { recognisedTerms, recognisedType } from '../verdict/recognised.ts';
import { trustFault } from '../verdict/trust-fault.ts';
import { TICK_MS } from '../verdict/verdict.ts';
import { networkIssuerKey, otherNetworkIssuerKey } from './issuer-key.ts';
import type { IssuerTerms } from './issuer-terms.ts';

/** Whose acceptance is asked for: a verifier, and the profile that its policy names. */
export type MatrixVerifier = {
  readonly id: string;
  readonly profile?: string;
  /** What its policy asks of issuers. */
  readonly issuerTerms?: IssuerTerms;
};

export type MatrixInput = {
  /** The verifiers' own network. */
  readonly home: NetworkView;
  /** Networks beside it, as far as they were read. */
  readonly others: readonly NetworkView[];
  readonly verifiers: readonly MatrixVerifier[];
  /** Unix milliseconds: recognitions that end are over from then on. */
  readonly now: number;
};

export type MatrixAcceptance = {
  readonly verifier: string;
  readonly profile?: string;
  readonly accepted: boolean;
  /** What it counts for here at most. */
  readonly assurance?: Assurance;
  /** Unix milliseconds at which that ends by itself, as far as anybody has said. */
  readonly until?: number;
  /** The code of why not, as a verdict would give it. */
  readonly why?: string;
};

/** One type of one issuer. */
export type MatrixRow = {
  readonly network: string;
  readonly issuer: string;
  readonly name?: string;
  readonly type: string;
  /** The type here that it counts as; absent for the verifiers' own network. */
  readonly as?: string;
  readonly acceptances: readonly MatrixAcceptance[];
};

export type TrustMatrix = {
  readonly positions: readonly Position[];
  readonly rows: readonly MatrixRow[];
  /** Rows beyond `MAX_MATRIX_ROWS` that were left out. */
  readonly omitted: number;
};

/** Enough for a country; more is read from the log itself. */
export const MAX_MATRIX_ROWS = 2000;

/**
 * Who accepts whom, from the folded states alone and by the code that verdicts are judged by: dates, keys, accreditations,
 * recognitions and profiles. It says nothing of a credential: status, signatures and age are a verdict's.
 */
export function trustMatrix({ home, others, verifiers, now }: MatrixInput): TrustMatrix {
  const own = issuersOf(home).map((subject) => rowOf(subject, { network: home }, { verifiers, now }));
  const recognised = [...others]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((other) =>
      issuersOf(other)
        .filter(({ party }) => home.parties.get(party.id)?.kind !== 'issuer')
        .map((subject) => {
          const evidence = { network: home, recognised: { name: other.name, network: other } };
          return rowOf(subject, evidence, { verifiers, now });
        }),
    );
  const rows = [...own, ...recognised];
  const positions = [home, ...others].map(({ position }) => position).sort((a, b) => (a.log < b.log ? -1 : 1));
  return { positions, rows: rows.slice(0, MAX_MATRIX_ROWS), omitted: Math.max(0, rows.length - MAX_MATRIX_ROWS) };
}

type Subject = { readonly party: Party; readonly type: string };

function issuersOf({ parties }: NetworkView): Subject[] {
  return [...parties.values()]
    .filter(({ kind }) => kind === 'issuer')
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .flatMap((party) => {
      const types = new Set(party.accreditations.map(({ type }) => type));
      return [...types].sort().map((type) => ({ party, type }));
    });
}

type Asking = { readonly verifiers: readonly MatrixVerifier[]; readonly now: number };

function rowOf({ party, type }: Subject, known: Evidence, { verifiers, now }: Asking): MatrixRow {
  const network = known.recognised?.name ?? known.network?.name ?? '';
  const acceptances = verifiers.map((verifier) => acceptanceOf({ party, type }, known, { verifier, now }));
  const as = asOf({ party, type }, known);
  return {
    network,
    issuer: party.id,
    ...(party.name === undefined ? {} : { name: party.name }),
    type,
    ...(as === undefined ? {} : { as }),
    acceptances,
  };
}

function asOf(subject: Subject, known: Evidence): string | undefined {
  if (known.recognised === undefined) return undefined;
  const as = recognisedType({ vct: subject.type }, evidenceFor(subject, known, undefined));
  return as === subject.type ? undefined : as;
}

function acceptanceOf(
  subject: Subject,
  known: Evidence,
  { verifier, now }: { readonly verifier: MatrixVerifier; readonly now: number },
): MatrixAcceptance {
  const evidence = evidenceFor(subject, known, verifier.profile);
  const { profile, issuerTerms } = verifier;
  const named = {
    ...(profile === undefined ? {} : { profile }),
    ...(issuerTerms === undefined ? {} : { issuerTerms }),
  };
  const asked = { evidence, tick: Math.floor(now / TICK_MS), ...named };
  const parsed = { vct: subject.type };
  const applied = appliedProfile(parsed, asked);
  const isNamedMissing = applied !== undefined && applied.profile === undefined;
  const why = trustFault(parsed, asked) ?? (isNamedMissing ? 'profile.unknown' : undefined);
  const terms = recognisedTerms(parsed, asked);
  const assurance = terms?.ok === true ? terms.assurance : evidence.issuerKey?.assurance;
  const until = endOf(subject, evidence, terms?.ok === true ? terms.until : undefined);
  return {
    verifier: verifier.id,
    ...(applied === undefined ? {} : { profile: applied.id }),
    accepted: why === undefined,
    ...(assurance === undefined ? {} : { assurance }),
    ...(why === undefined && until !== undefined ? { until } : {}),
    ...(why === undefined ? {} : { why }),
  };
}

/** By the key that the issuer would sign with now; where none is in force, by any, so that the reason is told. */
function evidenceFor({ party, type }: Subject, known: Evidence, profile: string | undefined): Evidence {
  const view = known.recognised?.network ?? known.network;
  if (view === undefined) return known;
  const keys = party.keys.filter(({ use }) => use === 'credential');
  const found = keys.map(({ key }) => {
    const signed = { issuer: party.id, vct: type, header: { kid: thumbprint(key) } };
    return known.recognised === undefined
      ? networkIssuerKey(signed, view, profile)
      : otherNetworkIssuerKey(signed, view);
  });
  const issuerKey = found.find((key) => key?.trust === 'yes') ?? found[0];
  return issuerKey === undefined ? known : { ...known, issuerKey };
}

/** The first of the known ends: of the last accreditation as good as this one, of the keys, of the recognition. */
function endOf({ party, type }: Subject, { issuerKey, network, recognised }: Evidence, recognisedUntil?: number) {
  const time = (recognised?.network ?? network)?.position.time ?? 0;
  const latest = (ends: readonly (number | undefined)[]) =>
    ends.length === 0 || ends.some((end) => end === undefined) ? undefined : Math.max(...ends.map((end) => end ?? 0));
  const least = issuerKey?.assurance ?? 'low';
  const accredited = party.accreditations.filter(
    (entry) => entry.type === type && entry.from <= time && isAtLeast(entry.assurance, least),
  );
  const keys = party.keys.filter(
    ({ use, from, compromised }) => use === 'credential' && compromised === undefined && (from ?? 0) <= time,
  );
  const ends = [latest(accredited.map(({ until }) => until)), latest(keys.map(({ until }) => until)), recognisedUntil];
  const known = ends.filter((end) => end !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
