import type { Profile, Verdict } from '@holdfast/core';
import type { LivePolicy } from './live-policy.ts';
import type { VerifierFeed } from './neighbours.ts';

/** What the profiles of a verifier's rulebook say of keeping and telling; judging by them is the library's. */
export type Jurisdiction = {
  /** Milliseconds for which what was presented is kept at most; undefined: no profile says. */
  retentionMs(): number | undefined;
  /** In which words the person concerned is told of a verdict, as its profile says. */
  languageOf(verdict: Verdict): string | undefined;
};

const DAY_MS = 86_400_000;

/** Without a profile of its own a verifier keeps everything no longer than the strictest of its rulebook says. */
export function createJurisdiction(ports: { readonly feed?: VerifierFeed; readonly live?: LivePolicy }): Jurisdiction {
  const profiles = (): readonly Profile[] => ports.feed?.follower.view()?.rulebook?.body.profiles ?? [];
  return {
    retentionMs() {
      const named = ports.live?.current().policy.profile;
      const days = profiles().flatMap(({ id, retentionDays }) =>
        retentionDays === undefined || (named !== undefined && id !== named) ? [] : [retentionDays],
      );
      return days.length === 0 ? undefined : Math.min(...days) * DAY_MS;
    },
    languageOf: ({ basis }) => profiles().find(({ id }) => id === basis.profile)?.language,
  };
}

/** Whether what was presented may not even be kept: it discloses what this jurisdiction may not receive. */
export function isForbidden({ reasons }: Verdict): boolean {
  return reasons.some(({ code }) => code === 'profile.claim_forbidden');
}
