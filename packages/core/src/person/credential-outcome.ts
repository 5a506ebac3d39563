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
import type { Wording } from './wording.ts';

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
  | { readonly state: 'missed' | 'replaced' }
  | { readonly state: 'compromised'; readonly at?: number }
  /** `lifted`: since when it is good again, where it was on hold before. */
  | { readonly state: 'good'; readonly lifted?: number }
  /** `at`: its own last day, or when its issuer's accreditation ended, where the log says when. */
  | { readonly state: 'expired'; readonly at: number }
  | { readonly state: 'untrusted'; readonly at?: number }
  /** `reason`: the rulebook's public words for the class of the decision; `at`: since when it counts. Absent where the log has neither. */
  | { readonly state: 'revoked'; readonly reason?: Wording | string; readonly at?: number }
  /** `otherwise`: what silence makes of it at `until`. */
  | {
      readonly state: 'suspended';
      readonly reason?: Wording | string;
      readonly at?: number;
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
  const { state, name, issuer } = matter;
  const since = ('at' in matter ? matter.at : undefined) ?? matter.since;
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
    case 'expired':
      return { ...told, mood: 'over', why, by, owner: YOU, ...desk };
    case 'untrusted':
      return { ...told, mood: 'bad', why, by: [byComplaint(terms, now)], owner: ownedBy(issuer), ...desk };
    case 'compromised':
      // Whoever lost a key makes their credentials anew: nothing has to be complained about first.
      return { ...told, mood: 'bad', why, by: [byComplaint(terms, now)], owner: ownedBy(issuer), ...desk };
    case 'revoked':
      return {
        ...told,
        mood: 'bad',
        why: [reasonOf(matter)],
        by: [...by, byComplaint(terms, now)],
        owner: YOU,
        ...complaining(terms, 'reinstate'),
      };
    case 'suspended':
      return {
        ...told,
        mood: 'bad',
        why: [reasonOf(matter)],
        by: [suspendedBy(matter, terms, now)],
        owner: ownedBy(issuer),
        ...complaining(terms, 'lift'),
      };
    default:
      return matter satisfies never;
  }
}

/**
 * What changed since it last worked, by the log alone. Where it was shown, and what became of it there, is not asked: whoever has
 * the code of a credential would learn where its holder goes.
 */
export function changesOfCredential(matter: CredentialMatter): readonly Phrase[] {
  const { since } = matter;
  const worked = (at: number | undefined) => (at === undefined ? [] : [dated('change.worked', at)]);
  switch (matter.state) {
    case 'offered':
    case 'missed':
      return [];
    case 'good':
      if (matter.lifted !== undefined) return [dated('change.lifted', matter.lifted)];
      return since === undefined ? [] : [dated('change.none', since)];
    case 'replaced':
      return [{ code: 'change.replaced' }];
    case 'compromised':
      return [...worked(matter.at), { code: 'change.key' }];
    case 'expired':
      return [...worked(matter.at), { code: 'change.validity' }];
    case 'untrusted':
      return [...worked(matter.at), { code: 'change.trust' }];
    case 'revoked':
    case 'suspended':
      return [
        ...worked(matter.at),
        matter.reason === undefined
          ? { code: 'change.other' }
          : { code: 'change.decision', values: { reason: matter.reason } },
      ];
    default:
      return matter satisfies never;
  }
}

function dated(code: string, date: number): Phrase {
  return { code, values: { date: { date } } };
}

function reasonOf({ reason }: { readonly reason?: Wording | string }): Phrase {
  return reason === undefined
    ? { code: 'credential.revoked.why_unknown' }
    : { code: 'credential.revoked.why', values: { reason } };
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
