import {
  byComplaint,
  type ComplaintTerms,
  complaintAbout,
  NOBODY,
  ownedBy,
  type PersonOutcome,
  YOU,
} from './person-outcome.ts';
import type { Phrase } from './phrase.ts';

/** A credential as whoever it was offered to is told of it. Times in unix milliseconds. */
export type CredentialMatter = {
  readonly of: 'credential';
  /** The type, in the issuer's word. */
  readonly name: string;
  /** The issuer, by name. */
  readonly issuer: string;
  readonly since?: number;
} & (
  | { readonly state: 'offered'; readonly until: number }
  | { readonly state: 'missed' | 'good' | 'replaced' | 'compromised' }
  /** `reason`: the rulebook's public words for the class of the decision. */
  | { readonly state: 'revoked'; readonly reason: string }
  /** `otherwise`: what silence makes of it at `until`. */
  | {
      readonly state: 'suspended';
      readonly reason: string;
      readonly until?: number;
      readonly otherwise: 'good' | 'revoked';
    }
);

/** What the holder of a credential is told. Pure; `now` is the log's time or later. */
export function outcomeOfCredential(
  matter: CredentialMatter,
  terms: ComplaintTerms | undefined,
  now: number,
): PersonOutcome {
  const { state, name, since, issuer } = matter;
  const told = {
    code: `credential.${state}`,
    ...(since === undefined ? {} : { since }),
    what: { code: `credential.${state}.what`, values: { name } },
  } as const;
  const why = [{ code: `credential.${state}.why` }];
  const by = [{ code: `credential.${state}.by` }];
  const desk = { appeal: { code: 'appeal.desk' }, acts: [] } as const;
  switch (matter.state) {
    case 'offered':
      return { ...told, mood: 'waiting', why, by: [dated('credential.offered.by', matter.until)], owner: YOU, ...desk };
    case 'missed':
      return { ...told, mood: 'over', why, by, owner: YOU, ...desk };
    case 'good':
      return { ...told, mood: 'good', why, by, owner: NOBODY, ...desk };
    case 'replaced':
      return { ...told, mood: 'over', why, by, owner: YOU, ...desk };
    case 'compromised':
      // Whoever lost a key makes their credentials anew: nothing has to be complained about first.
      return { ...told, mood: 'bad', why, by: [byComplaint(terms, now)], owner: ownedBy(issuer), ...desk };
    case 'revoked':
      return {
        ...told,
        mood: 'bad',
        why: [{ code: 'credential.revoked.why', values: { reason: matter.reason } }],
        by: [...by, byComplaint(terms, now)],
        owner: YOU,
        ...complaining(terms, 'reinstate'),
      };
    case 'suspended':
      return {
        ...told,
        mood: 'bad',
        why: [{ code: 'credential.revoked.why', values: { reason: matter.reason } }],
        by: [suspendedBy(matter, terms, now)],
        owner: ownedBy(issuer),
        ...complaining(terms, 'lift'),
      };
    default:
      return matter satisfies never;
  }
}

function dated(code: string, date: number): Phrase {
  return { code, values: { date: { date } } };
}

function suspendedBy(
  { until, otherwise }: Extract<CredentialMatter, { state: 'suspended' }>,
  terms: ComplaintTerms | undefined,
  now: number,
): Phrase {
  return until === undefined ? byComplaint(terms, now) : dated(`credential.suspended.by_${otherwise}`, until);
}

function complaining(
  terms: ComplaintTerms | undefined,
  remedy: 'reinstate' | 'lift',
): Pick<PersonOutcome, 'appeal' | 'acts' | 'complaint'> {
  const complaint = complaintAbout(terms, 'credential', [remedy]);
  if (complaint === undefined) return { appeal: { code: 'appeal.desk' }, acts: [] };
  return { appeal: { code: 'appeal.file' }, acts: ['complain'], complaint };
}
