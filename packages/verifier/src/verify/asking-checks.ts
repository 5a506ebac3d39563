import { type Credential, checksRequiredByProfile, type Evidence } from '@holdfast/core';
import type { Ignored } from '../checks/accepted.ts';
import type { CheckDesk, CheckResults } from '../checks/check-desk.ts';
import type { Deadline } from './deadline.ts';
import type { Found } from './evidence.ts';
import type { Stopwatch } from './stages.ts';

export type AskingOptions = {
  readonly desk: CheckDesk;
  readonly parsed: Credential;
  readonly class: 'pay' | 'view';
  readonly deadline: Deadline;
  readonly now: () => number;
  readonly handed: readonly string[];
  readonly mayAsk: boolean;
  readonly stopwatch: Stopwatch;
  /** Id of the profile that the policy names. */
  readonly profile?: string;
  /** Whether a verdict on this evidence would be valid. */
  readonly isValid: (found: Found) => boolean;
};

/** The external checks of one question, asked once, after everything else has turned out well. */
export type Asking = {
  more(found: Found): { ask(): Promise<void> } | undefined;
  /** The evidence with what the checks found. */
  complete(evidence: Evidence): Evidence;
  outcome(): { readonly promisedBy?: number; readonly ignored: readonly Ignored[] };
};

/**
 * A checker hears only of credentials that are authentic, of an issuer who may issue them, and good in every other way: of
 * a refused one, nobody outside needs to know.
 */
export function createAsking(options: AskingOptions): Asking {
  const { desk, parsed, now } = options;
  let results: CheckResults | undefined;

  const named = options.profile === undefined ? {} : { profile: options.profile };

  function requiredBy(evidence: Evidence) {
    const byProfile = checksRequiredByProfile(parsed, { evidence, ...named });
    return { byProfile, configs: desk.required({ type: parsed.vct, class: options.class, byProfile }) };
  }

  /** Were all of them to pass, would it be valid? */
  function isWorthAsking(found: Found): boolean {
    const { evidence } = found;
    const checks = requiredBy(evidence).configs.map(({ id, maxAgeMs, onSilence }) => {
      return { id, maxAgeMs, onSilence, found: { ok: true, result: 'passed', asOf: now(), source: '' } as const };
    });
    return checks.length > 0 && options.isValid({ ...found, evidence: { ...evidence, checks } });
  }

  return {
    more(found) {
      if (results !== undefined || !isWorthAsking(found)) return undefined;
      return { ask: () => options.stopwatch.measure('asking', () => ask(found.evidence)) };
    },
    complete(evidence) {
      if (results !== undefined)
        return results.checks.length === 0 ? evidence : { ...evidence, checks: results.checks };
      const checks = requiredBy(evidence).configs.map(({ id, maxAgeMs, onSilence }) => {
        return { id, maxAgeMs, onSilence, found: { ok: false, why: 'not-reached' } as const };
      });
      return checks.length === 0 ? evidence : { ...evidence, checks };
    },
    outcome: () => ({
      ...(results?.promisedBy === undefined ? {} : { promisedBy: results.promisedBy }),
      ignored: results?.ignored ?? [],
    }),
  };

  async function ask(evidence: Evidence): Promise<void> {
    const { network, issuerKey } = evidence;
    results = await desk.gather({
      parsed,
      class: options.class,
      byProfile: checksRequiredByProfile(parsed, { evidence, ...named }),
      issuer: issuerKey?.id ?? '',
      view: network,
      deadline: options.deadline,
      now: now(),
      handed: options.handed,
      mayAsk: options.mayAsk,
    });
    options.stopwatch.checked(results.durations);
  }
}
