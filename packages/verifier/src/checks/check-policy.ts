import {
  isJsonObject,
  type Json,
  type JsonObject,
  type PublicJwk,
  parsePublicJwk,
  SILENCES,
  type Silence,
} from '@holdfast/core';
import { assertMembers, listOf, malformed } from '../verify/policy-members.ts';

/** When a policy asks for a check. Absent members restrict nothing. */
export type RequiredFor = {
  readonly types?: readonly string[];
  readonly classes?: readonly ('pay' | 'view')[];
  /** Only where a profile of the network's rulebook requires it. */
  readonly onlyByProfile?: boolean;
};

/** One external check as a policy names it. Times in milliseconds. */
export type CheckConfig = {
  readonly id: string;
  /** Who answers: a URL, a person, or nobody here (`accepted`: only what another party has said is taken). */
  readonly kind: 'http' | 'review' | 'accepted';
  /** `http`: where it is asked. */
  readonly url?: string;
  /** `http`: the key that signs its answers; unsigned ones are refused then. */
  readonly key?: PublicJwk;
  /** Top-level claims that are shown to whoever checks. */
  readonly claims: readonly string[];
  /** `review`: who has to look. */
  readonly owner?: string;
  /** `review`: how long they have, and what counts after that. */
  readonly dueMs?: number;
  readonly default?: 'passed' | 'failed';
  /**
   * `review`: the rulebook's class for which it becomes a case of the network, about the credential: who looks and by when is
   * the rulebook's, and their finding is the answer. Absent: somebody at the verifier looks.
   */
  readonly caseClass?: string;
  /** From the question to the answer, waiting in the queue included. */
  readonly timeoutMs: number;
  readonly maxConcurrent: number;
  readonly queue: number;
  readonly maxAgeMs: number;
  readonly onSilence: Silence;
  readonly requiredFor: RequiredFor;
};

/** A party whose check results are taken instead of asking again, whether it hands on a result or a signed verdict. */
export type AcceptFrom = {
  /** A party of the network, by its verdict keys in force; or any name, with a key. */
  readonly party: string;
  readonly key?: PublicJwk;
  readonly checks: readonly string[];
  readonly maxAgeMs: number;
};

export const MAX_CHECKS = 16;
export const MAX_ACCEPTED_PARTIES = 16;
const DAY_MS = 86_400_000;
const MAX_AGE_MS = 400 * DAY_MS;
const MAX_TIMEOUT_MS = 60_000;
const ID = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

const KINDS = ['http', 'review', 'accepted'] as const;
const MEMBERS = {
  all: ['id', 'kind', 'timeoutMs', 'maxConcurrent', 'queue', 'maxAgeMs', 'onSilence', 'requiredFor', 'claims'],
  http: ['url', 'key'],
  review: ['owner', 'dueMs', 'default', 'caseClass'],
  accepted: [],
} as const;

/**
 * Takes `checks` of a policy from outside: `{id, kind: http|review|accepted, maxAgeMs, onSilence, timeoutMs?,
 * maxConcurrent?, queue?, claims?, requiredFor?}` with `url` and perhaps `key` for http, `owner`, `dueMs`, `default` and
 * perhaps `caseClass` for review. Throws `policy.malformed`.
 */
export function parseChecks(value: Json | undefined): readonly CheckConfig[] {
  const checks = listOf(value, 'checks', MAX_CHECKS).map(parseCheck);
  if (new Set(checks.map(({ id }) => id)).size !== checks.length) throw malformed('checks', 'Two checks have one id.');
  return checks;
}

function parseCheck(value: Json): CheckConfig {
  if (!isJsonObject(value)) throw malformed('checks', 'A check is a JSON object.');
  const kind = oneOf(value.kind, KINDS, 'checks.kind');
  assertMembers(value, [...MEMBERS.all, ...MEMBERS[kind]], `a check of kind ${kind}`);
  const { id } = value;
  if (typeof id !== 'string' || !ID.test(id)) {
    throw malformed('checks.id', 'The id of a check is made of lower-case letters, digits and hyphens, at most 64.');
  }
  const whole = (member: string, range: Range) => parseWhole(value[member], `checks.${member}`, range);
  return {
    id,
    kind,
    ...kindOf(kind, value),
    claims: textsOf(value.claims, 'checks.claims', 16),
    timeoutMs: whole('timeoutMs', { min: 1, max: MAX_TIMEOUT_MS, otherwise: 2000 }),
    maxConcurrent: whole('maxConcurrent', { min: 1, max: 256, otherwise: 8 }),
    queue: whole('queue', { min: 0, max: 4096, otherwise: 32 }),
    maxAgeMs: whole('maxAgeMs', { min: 0, max: MAX_AGE_MS }),
    onSilence: oneOf(value.onSilence, SILENCES, 'checks.onSilence'),
    requiredFor: parseRequiredFor(value.requiredFor),
  };
}

function kindOf(kind: CheckConfig['kind'], value: JsonObject): Partial<CheckConfig> {
  switch (kind) {
    case 'http':
      return {
        url: parseUrl(value.url),
        ...(value.key === undefined ? {} : { key: parseKey(value.key, 'checks.key') }),
      };
    case 'review':
      return {
        owner: parseText(value.owner, 'checks.owner'),
        dueMs: parseWhole(value.dueMs, 'checks.dueMs', { min: 1000, max: 90 * DAY_MS }),
        default: oneOf(value.default, ['passed', 'failed'] as const, 'checks.default'),
        ...(value.caseClass === undefined ? {} : { caseClass: parseText(value.caseClass, 'checks.caseClass') }),
      };
    case 'accepted':
      return {};
    default:
      return kind satisfies never;
  }
}

/** Whether it may be fetched at all is judged when it is: that depends on where names lead then. */
function parseUrl(value: Json | undefined): string {
  const url = typeof value === 'string' && value.length <= 2048 && URL.canParse(value) ? new URL(value) : undefined;
  const isWeb = url !== undefined && (url.protocol === 'https:' || url.protocol === 'http:');
  if (!isWeb || url.username !== '' || url.password !== '') {
    throw malformed('checks.url', 'The url of a check is an https address without a password in it.');
  }
  return url.href;
}

function parseRequiredFor(value: Json | undefined): RequiredFor {
  if (value === undefined) return {};
  if (!isJsonObject(value)) throw malformed('checks.requiredFor', 'requiredFor is a JSON object.');
  assertMembers(value, ['types', 'classes', 'onlyByProfile'], 'requiredFor');
  const { types, classes, onlyByProfile } = value;
  if (onlyByProfile !== undefined && typeof onlyByProfile !== 'boolean') {
    throw malformed('checks.requiredFor.onlyByProfile', 'onlyByProfile is true or false.');
  }
  const actions = listOf(classes, 'checks.requiredFor.classes', 2);
  return {
    ...(types === undefined ? {} : { types: textsOf(types, 'checks.requiredFor.types', 64) }),
    ...(classes === undefined
      ? {}
      : { classes: actions.map((one) => oneOf(one, ['pay', 'view'] as const, 'checks.requiredFor.classes')) }),
    ...(onlyByProfile === undefined ? {} : { onlyByProfile }),
  };
}

/** Takes `acceptFrom` of a policy from outside: `{party, key?, checks, maxAgeMs}`. Throws `policy.malformed`. */
export function parseAcceptFrom(value: Json | undefined): readonly AcceptFrom[] {
  return listOf(value, 'acceptFrom', MAX_ACCEPTED_PARTIES).map((entry) => {
    if (!isJsonObject(entry)) throw malformed('acceptFrom', 'An entry of acceptFrom is a JSON object.');
    assertMembers(entry, ['party', 'key', 'checks', 'maxAgeMs'], 'acceptFrom');
    return {
      party: parseText(entry.party, 'acceptFrom.party'),
      ...(entry.key === undefined ? {} : { key: parseKey(entry.key, 'acceptFrom.key') }),
      checks: textsOf(entry.checks, 'acceptFrom.checks', MAX_CHECKS),
      maxAgeMs: parseWhole(entry.maxAgeMs, 'acceptFrom.maxAgeMs', { min: 0, max: MAX_AGE_MS }),
    };
  });
}

type Range = { readonly min: number; readonly max: number; readonly otherwise?: number };

function parseWhole(value: Json | undefined, member: string, { min, max, otherwise }: Range): number {
  const number = value === undefined ? otherwise : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max) return number;
  throw malformed(member, `${member} is a whole number from ${min} to ${max}.`);
}

function oneOf<Word extends string>(value: Json | undefined, words: readonly Word[], member: string): Word {
  const word = words.find((known) => known === value);
  if (word === undefined) throw malformed(member, `${member} is one of ${words.join(', ')}.`);
  return word;
}

function parseText(value: Json | undefined, member: string): string {
  if (typeof value === 'string' && value !== '' && value.length <= 2048) return value;
  throw malformed(member, `${member} is a string that is not empty.`);
}

function parseKey(value: Json, member: string): PublicJwk {
  try {
    return parsePublicJwk(value);
  } catch (cause) {
    throw malformed(member, `${member} is a public JWK.`, cause);
  }
}

function textsOf(value: Json | undefined, member: string, max: number): readonly string[] {
  return listOf(value, member, max).map((entry) => parseText(entry, member));
}

/** Whether a question needs this check: because the policy says so, or because the rulebook's profile does. */
export function isRequired(
  { id, requiredFor }: CheckConfig,
  asked: { readonly type: string; readonly class: 'pay' | 'view'; readonly byProfile: readonly string[] },
): boolean {
  if (asked.byProfile.includes(id)) return true;
  const { types, classes, onlyByProfile = false } = requiredFor;
  return !onlyByProfile && (types?.includes(asked.type) ?? true) && (classes?.includes(asked.class) ?? true);
}
