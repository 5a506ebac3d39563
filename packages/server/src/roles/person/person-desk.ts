import {
  type CaseRules,
  CodedError,
  type ComplaintTerms,
  type Course,
  type CredentialMatter,
  changePhrases,
  changesOfCredential,
  longestCaseOf,
  type NetworkState,
  outcomeOfApplication,
  outcomeOfCase,
  outcomeOfCredential,
  type PersonCode,
  type PersonOutcome,
  type Phrase,
  parsePersonCode,
  personCodeDigest,
  type Wording,
  wordingOfClass,
  wordingOfContact,
} from '@holdfast/core';
import type { FiledSubject, Matters } from '../../ports/matters.ts';

/** A credential as its issuer opens it to the code that came with its offer. */
export type OpenedCredential = {
  readonly matter: CredentialMatter;
  readonly offer: string;
  readonly party: string;
  /** Where it stands, once it was issued. */
  readonly place?: { readonly list: string; readonly index: number };
};

/** What somebody complains of: in their own words, which are sealed. */
export type Complaining = {
  readonly class: string;
  readonly statement: string;
  readonly contact?: string;
};

export type PersonDeskPorts = {
  /** What the roles have, each of its own. */
  readonly matters: Pick<Matters, 'findApplication' | 'findCase' | 'file' | 'respond'>;
  /** By the digest of a code: an offer, as the log has what was issued by it. */
  readonly findCredential: (digest: string) => Promise<OpenedCredential | undefined>;
  /** What one party answered, in its course, under these ids. */
  readonly course: (verdicts: readonly string[]) => Promise<Course>;
  readonly state: () => Readonly<NetworkState>;
  readonly now: () => number;
};

/** What a code shows: an outcome, what changed, whom to talk to. Nothing in it names anybody but those who act. */
export type PersonView = {
  /** In its one spelling. */
  readonly code: string;
  readonly outcome: PersonOutcome;
  readonly changed: readonly Phrase[];
  readonly contact?: Wording;
  /** Reasons that a complaint from here may give, with the rulebook's public words. */
  readonly reasons: readonly { readonly class: string; readonly text: Wording | string }[];
};

export interface PersonDesk {
  /** Undefined for what opens nothing: mistyped, ended, erased or never given out, all alike. */
  read(code: string): Promise<PersonView | undefined>;
  /** Complains about what the code is about; answers with the code of the case. Throws `person.*`, `case.*`. */
  complain(code: string, complaining: Complaining, idempotencyKey: string): Promise<string>;
  /** Appeals in the case of this code, or takes it back. Throws `person.*`, `case.*`. */
  respond(
    code: string,
    response: { readonly act: 'appeal' | 'withdraw'; readonly statement?: string },
    idempotencyKey: string,
  ): Promise<void>;
}

type Opened = {
  readonly code: string;
  readonly outcome: PersonOutcome;
  readonly party?: string;
  readonly verdicts?: readonly string[];
  /** What changed, where the log alone says it. */
  readonly changed?: readonly Phrase[];
  readonly subject?: FiledSubject;
  /** As whom a complaint from here is counted. */
  readonly vouched?: string;
  readonly case?: string;
};

/** Shows each person their own matter, by a code, and takes what they say to whoever decides about it. */
export function createPersonDesk(ports: PersonDeskPorts): PersonDesk {
  const termsOf = rememberTerms();
  const clock = () => Math.max(ports.now(), ports.state().time);

  async function open(text: string): Promise<Opened | undefined> {
    const parsed = parsePersonCode(text);
    if (parsed === undefined) return undefined;
    const terms = termsOf(ports.state().rulebook?.body.cases);
    switch (parsed.kind) {
      case 'application':
        return openApplication(parsed, terms);
      case 'credential':
        return openCredential(parsed, terms);
      case 'case': {
        const found = await ports.matters.findCase(parsed.code);
        return found && { code: parsed.code, outcome: outcomeOfCase(found.matter), case: found.case };
      }
      default:
        return parsed.kind satisfies never;
    }
  }

  async function openApplication({ code }: PersonCode, terms: ComplaintTerms | undefined): Promise<Opened | undefined> {
    const found = await ports.matters.findApplication(personCodeDigest(code));
    if (found === undefined) return undefined;
    const { matter, program, application, holder, verdicts, party } = found;
    const outcome = outcomeOfApplication(matter, terms, clock());
    const subject = { program, digest: application };
    return { code, outcome, party, verdicts, subject, vouched: `holder ${holder}` };
  }

  async function openCredential({ code }: PersonCode, terms: ComplaintTerms | undefined): Promise<Opened | undefined> {
    const found = await ports.findCredential(personCodeDigest(code));
    if (found === undefined) return undefined;
    const { matter, party, place, offer } = found;
    const outcome = outcomeOfCredential(matter, terms, clock());
    const changed = changesOfCredential(matter);
    const told = { code, outcome, party, changed, vouched: `offer ${offer}` };
    return place === undefined ? told : { ...told, subject: place };
  }

  async function require(text: string): Promise<Opened> {
    const found = await open(text);
    if (found === undefined) throw new CodedError('person.code', 'This code opens nothing here.');
    return found;
  }

  return {
    async read(text) {
      const found = await open(text);
      if (found === undefined) return undefined;
      const { code, outcome, verdicts = [], changed = [], party } = found;
      const rulebook = ports.state().rulebook?.body;
      const own = ports.state().parties.get(party ?? '')?.contact;
      const contact = own ?? rulebook?.contact;
      const wordingOf = (told: { readonly class: string; readonly text: string }) =>
        rulebook === undefined ? told.text : wordingOfClass(rulebook, told.class, told.text);
      return {
        ...{ code, outcome },
        changed: verdicts.length === 0 ? changed : changePhrases(await ports.course(verdicts), wordingOf),
        ...(contact === undefined
          ? {}
          : { contact: wordingOfContact(contact, own === undefined ? rulebook?.language : undefined) }),
        reasons: (outcome.complaint?.classes ?? []).map((each) => ({
          class: each,
          text: wordingOf({ class: each, text: each }),
        })),
      };
    },
    async complain(text, complaining, idempotencyKey) {
      const { outcome, subject, vouched } = await require(text);
      const { complaint } = outcome;
      if (complaint === undefined || subject === undefined || vouched === undefined) throw notNow();
      if (!complaint.classes.includes(complaining.class)) throw notNow();
      const { about, remedy } = complaint;
      return ports.matters.file({ ...complaining, about, remedy, subject }, vouched, idempotencyKey);
    },
    async respond(text, response, idempotencyKey) {
      const { outcome, case: id, code } = await require(text);
      if (id === undefined || !outcome.acts.includes(response.act)) throw notNow();
      await ports.matters.respond(id, response, code, idempotencyKey);
    },
  };
}

function notNow(): CodedError {
  return new CodedError('person.not-now', 'This cannot be done here now. Load the page again: it says what can.');
}

/** How long the longest case may take is found by search: once for each rulebook. */
function rememberTerms(): (rules: CaseRules | undefined) => ComplaintTerms | undefined {
  const known = new WeakMap<CaseRules, ComplaintTerms>();
  return (rules) => {
    if (rules === undefined) return undefined;
    const terms = known.get(rules) ?? { rules, longestMs: longestCaseOf(rules)?.ms ?? 0 };
    known.set(rules, terms);
    return terms;
  };
}
