import { createRates } from '@holdfast/core';
import type { Clock } from '../ports/clock.ts';

export type AddressRates = {
  /** Whether this address may ask now; if so, that was one of its turns. */
  take(address: string): boolean;
  /** Whether it may not ask now; takes no turn. */
  isSpent(address: string): boolean;
};

/** Addresses remembered; see `RateTerms`. */
const MAX_ADDRESSES = 4096;

/** A bucket of turns for each address, filled evenly. */
export function createAddressRates(
  clock: Pick<Clock, 'monotonic'>,
  terms: { readonly perSecond: number; readonly burst: number },
): AddressRates {
  const rates = createRates({ ...terms, maxNames: MAX_ADDRESSES });
  return {
    take: (address) => rates.take(address, clock.monotonic()),
    isSpent: (address) => rates.isSpent(address, clock.monotonic()),
  };
}
