import type { Credential } from '../credential/parsed-credential.ts';
import type { JsonObject } from '../encoding/json.ts';
import { ASSURANCE_LEVELS, type Assurance } from '../rulebook/rulebook.ts';
import type { CheckName, Verdict } from '../verdict/verdict.ts';
import type { Application } from './application.ts';
import type { Program } from './program.ts';
import { type ApplicationRefusal, refusalOfOutcome } from './refusals.ts';
import { isOnlyReplaced } from './replaced.ts';
import { readPersonClaim } from './uniqueness.ts';

/** All that a rule of a program may look at. */
export type RuleFacts = {
  /** As disclosed. */
  readonly claims: JsonObject;
  readonly issuer: string;
  readonly type: string;
  readonly assurance: string;
  /** Unix seconds. */
  readonly at: number;
};

/** Not ok: the rule asks for what is not there, or is of another kind. */
export type RuleOutcome<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false };

/** The rules of a program, compiled once. */
export type ProgramRules = {
  readonly eligibility: (facts: RuleFacts) => RuleOutcome<boolean>;
  /** Pro-rata only. */
  readonly weight?: (facts: RuleFacts) => RuleOutcome<bigint>;
};

export type QualifyingInput = {
  readonly program: Program;
  readonly rules: ProgramRules;
  readonly application: Application;
  readonly credential: Credential;
  /** At the seal's position; instant: live. */
  readonly verdict: Verdict;
  /** Unix seconds of what the verdict stood on. */
  readonly at: number;
  readonly nullifierOf: (value: string | number | boolean) => string;
};

/** An application that qualifies by itself, and what its share follows from. */
export type Qualification = {
  readonly issuer: string;
  readonly nullifier: string;
  readonly held: boolean;
  /** Decimal digits. */
  readonly want?: string;
  readonly weight?: string;
};

export type QualifyingOutcome =
  | { readonly ok: true; readonly qualification: Qualification }
  | { readonly ok: false; readonly code: ApplicationRefusal };

/**
 * What must have been proved before doubt is held to anybody's benefit. Without the issuer's and the holder's signatures
 * anybody could write another person's claims into a credential of nobody, and take that person's one place.
 */
const PROVED: readonly CheckName[] = ['issuer-signature', 'holder-binding', 'issuer-trust'];

/** Whether one application qualifies, with the first reason that it does not. Who else applied plays no part. */
export function qualify(input: QualifyingInput): QualifyingOutcome {
  const { program, verdict, credential, application } = input;
  const isReplaced = isOnlyReplaced(verdict);
  const refused =
    (isReplaced ? refusalOfReplaced(program) : refusalOfOutcome(verdict.outcome)) ??
    refusalOfStanding(program, verdict);
  if (refused !== undefined) return { ok: false, code: refused };
  if (!program.destinations.includes(application.destination.kind)) {
    return { ok: false, code: 'application.destination_kind' };
  }
  const person = readPersonClaim(credential.claims, program.uniqueness.claim);
  if (!person.ok) return person;
  const facts = factsOf(input);
  const eligible = input.rules.eligibility(facts);
  if (!eligible.ok) return { ok: false, code: 'application.rule_unanswered' };
  if (!eligible.value) return { ok: false, code: 'application.not_eligible' };
  const weight = input.rules.weight?.(facts);
  if (weight?.ok === false) return { ok: false, code: 'application.weight_unanswered' };
  return {
    ok: true,
    qualification: {
      issuer: facts.issuer,
      nullifier: input.nullifierOf(person.value),
      held: verdict.outcome === 'unknown' || isReplaced,
      ...wantOf(program, application),
      ...(weight === undefined ? {} : { weight: weight.value.toString() }),
    },
  };
}

/** What a ruling cannot stand in for: without it anybody could take another person's one place, or send money anywhere. */
const PROVED_ANYWAY: readonly CheckName[] = ['issuer-signature', 'holder-binding'];

/**
 * Whether an application counts that a case or officers have admitted: status, issuer, assurance and eligibility are set aside;
 * who the person is, whose signatures these are, where the money may go, and what it is reckoned by are not.
 */
export function qualifyByException(input: QualifyingInput): QualifyingOutcome {
  const { program, verdict, credential, application } = input;
  if (verdict.outcome === 'invalid') return { ok: false, code: 'application.credential_invalid' };
  if (!isProved(verdict, PROVED_ANYWAY)) return { ok: false, code: 'application.unproved' };
  if (!program.destinations.includes(application.destination.kind)) {
    return { ok: false, code: 'application.destination_kind' };
  }
  const person = readPersonClaim(credential.claims, program.uniqueness.claim);
  if (!person.ok) return person;
  const facts = factsOf(input);
  if (facts.issuer === '') return { ok: false, code: 'application.issuer_unlisted' };
  const weight = input.rules.weight?.(facts);
  if (weight?.ok === false) return { ok: false, code: 'application.weight_unanswered' };
  return {
    ok: true,
    qualification: {
      issuer: facts.issuer,
      nullifier: input.nullifierOf(person.value),
      held: false,
      ...wantOf(program, application),
      ...(weight === undefined ? {} : { weight: weight.value.toString() }),
    },
  };
}

/**
 * Where all are judged at one position, whoever had applied keeps their place until they show the newer one. Who is paid at
 * once is told to come back with it: nobody's place is held by a credential that is over.
 */
function refusalOfReplaced({ allocation }: Program): ApplicationRefusal | undefined {
  return allocation.mode === 'instant' ? 'application.credential_superseded' : undefined;
}

function refusalOfStanding({ uniqueness, assurance }: Program, verdict: Verdict): ApplicationRefusal | undefined {
  const { issuer } = verdict;
  if (!isProved(verdict, PROVED)) return 'application.unproved';
  if (issuer === undefined || !uniqueness.issuers.includes(issuer.id)) return 'application.issuer_unlisted';
  return rank(issuer.assurance) < rank(assurance) ? 'application.assurance_low' : undefined;
}

function isProved({ checks }: Verdict, names: readonly CheckName[]): boolean {
  return names.every((name) => checks.some((check) => check.name === name && check.result === 'passed'));
}

/** A stranger is rated by nobody: no assurance. */
function rank(assurance: Assurance | undefined): number {
  return assurance === undefined ? -1 : ASSURANCE_LEVELS.indexOf(assurance);
}

/** What an application counts for where the program shares equally: never more than the cap. */
export function wantOf({ allocation }: Program, { want }: Application): { want?: string } {
  if (allocation.mode !== 'sealed' || allocation.rule !== 'equal-capped') return {};
  const isLess = want !== undefined && BigInt(want) < BigInt(allocation.cap);
  return { want: isLess ? want : allocation.cap };
}

function factsOf({ credential, verdict, at }: QualifyingInput): RuleFacts {
  return {
    claims: credential.claims,
    issuer: verdict.issuer?.id ?? '',
    type: credential.vct,
    assurance: verdict.issuer?.assurance ?? '',
    at,
  };
}
