import type { Credential } from '../credential/parsed-credential.ts';
import { isJsonObject, type Json } from '../encoding/json.ts';
import type { Profile } from '../rulebook/rulebook.ts';
import { profileFor } from '../trust/issuer-key.ts';
import type { Evidence } from './evidence.ts';
import type { Finding, Judgement } from './judgement.ts';
import { recognisedType } from './recognised.ts';
import { CHECK_NAMES, type CheckName } from './verdict.ts';

/** A profile and its id; without a profile when the policy names one that the rulebook does not have. */
export type AppliedProfile = { readonly id: string; readonly profile?: Profile };

/** The profile that a credential is judged by: the one that the verifier's policy names, else the one for its type. */
export function appliedProfile(
  parsed: Pick<Credential, 'vct'>,
  { evidence, profile: named }: Pick<Judgement, 'evidence' | 'profile'>,
): AppliedProfile | undefined {
  const profiles = evidence.network?.rulebook?.body.profiles ?? NONE;
  if (named !== undefined) {
    const profile = profiles.find(({ id }) => id === named);
    return { id: named, ...(profile === undefined ? {} : { profile }) };
  }
  const profile = profileFor(profiles, recognisedType(parsed, evidence));
  return profile === undefined ? undefined : { id: profile.id, profile };
}

const NONE: readonly never[] = [];
const BUILT_IN: ReadonlySet<string> = new Set(CHECK_NAMES);

/** Ids of the external checks that the profile requires; those that every verdict lists are judged here. */
export function checksRequiredByProfile(
  parsed: Credential,
  asked: { readonly evidence: Evidence; readonly profile?: string },
): readonly string[] {
  const required = appliedProfile(parsed, asked)?.profile?.requiredChecks;
  return required === undefined ? NONE : required.filter((name) => !BUILT_IN.has(name));
}

/**
 * What a jurisdiction asks beside assurance. Undefined where its profile asks nothing more, so that verdicts without one
 * have no entry for it.
 */
export function judgeProfile(
  parsed: Credential,
  judgement: Judgement,
  found: { readonly findings: readonly Finding[]; readonly ageMs: number | undefined },
): Finding | undefined {
  const applied = appliedProfile(parsed, judgement);
  if (applied === undefined) return undefined;
  if (applied.profile === undefined) return findingOf([{ code: 'profile.unknown', path: '' }]);
  const { maxAgeMs, requiredChecks = [], forbiddenClaims = [] } = applied.profile;
  const builtIn = requiredChecks.filter((name) => BUILT_IN.has(name));
  if (maxAgeMs === undefined && builtIn.length === 0 && forbiddenClaims.length === 0) return undefined;
  const forbidden = disclosedForbidden(parsed, forbiddenClaims);
  const isTooOld = maxAgeMs !== undefined && found.ageMs !== undefined && found.ageMs > maxAgeMs;
  return findingOf([
    ...forbidden.map((path) => ({ code: 'profile.claim_forbidden', path })),
    ...(isTooOld ? [{ code: 'profile.too_old', path: '' }] : []),
    ...builtIn
      .filter((name) => isSkipped(found.findings, name))
      .map((name) => ({ code: 'profile.check_missing', path: `/checks/${name}` })),
  ]);
}

/** JSON pointers to the claims that may not even be received: as they are named, or by a path with dots. */
export function disclosedForbidden({ claims }: Pick<Credential, 'claims'>, forbidden: readonly string[]): string[] {
  return forbidden
    .map((name) => (Object.hasOwn(claims, name) ? [name] : name.split('.')))
    .filter((path) => hasPath(claims, path))
    .map((path) => `/${path.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`);
}

function hasPath(value: Json, path: readonly string[]): boolean {
  const [first, ...rest] = path;
  if (first === undefined) return true;
  if (!isJsonObject(value) || !Object.hasOwn(value, first)) return false;
  return hasPath(value[first] ?? null, rest);
}

/** One that failed has its own reason already. */
function isSkipped(findings: readonly Finding[], name: string): boolean {
  const check = findings.find((finding) => finding.check.name === (name as CheckName))?.check;
  return check === undefined || check.result === 'skipped';
}

function findingOf(reasons: Finding['reasons']): Finding {
  const [first] = reasons;
  if (first === undefined) return { check: { name: 'profile', result: 'passed' }, reasons };
  return { check: { name: 'profile', result: 'failed', why: first.code }, reasons };
}
