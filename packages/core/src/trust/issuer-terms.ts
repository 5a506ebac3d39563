import { z } from 'zod';
import type { NetworkState } from '../fold/state.ts';
import type { Party } from '../fold/statement.ts';
import { isInForce } from './accreditation.ts';

const durationMs = z.int().min(1).max(Number.MAX_SAFE_INTEGER);

/** What a policy asks of issuers that a network lists, beyond their accreditation. Strangers have no record to ask about. */
export const issuerTermsSchema = z.strictObject({
  /** Not of issuers that are on trial for the type. */
  notOnProbation: z.literal(true).optional(),
  /** Accredited for the type for at least this long without a break, by the log's time where it keeps a record. */
  minAgeMs: durationMs.optional(),
  /** No more revocations that came late, in the last `windowMs`. */
  maxMissedDeadlines: z.strictObject({ count: z.int().min(0).max(1_000_000), windowMs: durationMs }).optional(),
  /** Accredited for this region, or for all of them. */
  region: z.string().min(1).max(64).optional(),
});
export type IssuerTerms = z.infer<typeof issuerTermsSchema>;

/** Whether these terms are about what stands in the section `incidents`. */
export function asksRecord(terms: IssuerTerms | undefined): boolean {
  return terms?.maxMissedDeadlines !== undefined || terms?.minAgeMs !== undefined;
}

type Accreditation = Party['accreditations'][number];

/** What is known of an issuer in its network at one position; its record is absent where nobody has read it. */
export type KnownIssuer = {
  readonly party: Party;
  /** Unix milliseconds, the network's. */
  readonly time: number;
  readonly late?: NetworkState['late'];
  readonly since?: NetworkState['since'];
};

/** The accreditations in force for this type at `time`. */
export function accreditationsFor(
  { accreditations }: Pick<Party, 'accreditations'>,
  type: string,
  time: number,
): Accreditation[] {
  return accreditations.filter((entry) => entry.type === type && isInForce(entry, time));
}

/** On trial: whatever it is accredited for in this type, it is on probation for. */
export function isOnProbation(party: Pick<Party, 'accreditations'>, type: string, time: number): boolean {
  const current = accreditationsFor(party, type, time);
  return current.length > 0 && current.every(({ probation }) => probation !== undefined && time < probation.until);
}

/** The code of the first of these terms that the issuer does not meet for this type; undefined when it meets them all. */
export function issuerTermsFault(known: KnownIssuer, type: string, terms: IssuerTerms): string | undefined {
  const { party, time, late, since } = known;
  const current = accreditationsFor(party, type, time);
  if (terms.notOnProbation === true && isOnProbation(party, type, time)) return 'trust.on_probation';
  const { minAgeMs, maxMissedDeadlines, region } = terms;
  if (region !== undefined && !current.some(({ regions }) => regions?.includes(region) ?? true)) {
    return 'trust.other_region';
  }
  if (minAgeMs !== undefined) {
    if (since === undefined) return 'trust.record_unread';
    const recorded = since.get(party.id)?.find((one) => one.type === type)?.at ?? 0;
    if (!current.some(({ from }) => time - Math.max(from, recorded) >= minAgeMs)) return 'trust.too_new';
  }
  if (maxMissedDeadlines === undefined) return undefined;
  if (late === undefined) return 'trust.record_unread';
  return missedSince(late.get(party.id), time - maxMissedDeadlines.windowMs) > maxMissedDeadlines.count
    ? 'trust.deadlines_missed'
    : undefined;
}

/** How many revocations of an issuer are known to have come late since then. */
export function missedSince(
  late: readonly { readonly at: number; readonly count: number }[] = [],
  since: number,
): number {
  return late.filter(({ at }) => at > since).reduce((sum, { count }) => sum + count, 0);
}

/** The first disclosed claim that no accreditation in force lets the issuer attest; undefined when there is none. */
export function claimOutOfScope(
  { party, time }: Pick<KnownIssuer, 'party' | 'time'>,
  type: string,
  claims: Readonly<Record<string, unknown>>,
): string | undefined {
  const current = accreditationsFor(party, type, time);
  if (current.length === 0 || current.some((entry) => entry.claims === undefined)) return undefined;
  const allowed = new Set(current.flatMap((entry) => entry.claims ?? []));
  return Object.keys(claims).find((name) => !REGISTERED.has(name) && !allowed.has(name));
}

/** Of every credential, whatever it is about: no accreditation has to name them. */
const REGISTERED: ReadonlySet<string> = new Set([
  ...['iss', 'sub', 'aud', 'iat', 'nbf', 'exp', 'jti', 'vct', 'vct#integrity', 'cnf', 'status', 'network'],
  ...['@context', 'type', 'id', 'issuer', 'validFrom', 'validUntil', 'credentialStatus', 'credentialSchema'],
]);
