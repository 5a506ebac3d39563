import { CodedError } from '@holdfast/core';
import type { VerifierBounds } from './config.ts';

/**
 * Lets work in while there is room. Throws `verify.overloaded` when there is none. Under load nobody waits for others any
 * more: an answer from what is here, now, beats a better one too late; the work is told by its deadline.
 */
export type Admit = <Result>(
  deadlineMs: number | undefined,
  work: (deadline: { readonly deadlineMs?: number }) => Promise<Result>,
) => Promise<Result>;

export function createAdmission({
  maxWaiting,
  maxUnderWay,
}: Pick<VerifierBounds, 'maxWaiting' | 'maxUnderWay'>): Admit {
  let underWay = 0;
  return async (deadlineMs, work) => {
    if (underWay >= maxUnderWay) {
      throw new CodedError('verify.overloaded', 'Too many verifications are under way; try again.');
    }
    const wanted = underWay >= maxWaiting ? 0 : deadlineMs;
    underWay += 1;
    try {
      return await work(wanted === undefined ? {} : { deadlineMs: wanted });
    } finally {
      underWay -= 1;
    }
  };
}
