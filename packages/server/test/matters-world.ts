import { applicationMatters, caseMatters, offerMatters } from '../src/compose/people.ts';
import type { IssuerStore } from '../src/ports/issuer-store.ts';
import type { Matters } from '../src/ports/matters.ts';
import { readOwnOffer } from '../src/roles/issuer/own-credential.ts';
import type { CaseWorld } from './case-world.ts';
import type { DistributorWorld } from './distributor-world.ts';

/** What the roles of these worlds have about people, in this process. */
export function mattersIn({
  cases,
  money,
  offers,
}: {
  readonly cases: Pick<CaseWorld, 'desk' | 'clock'>;
  readonly money: Pick<DistributorWorld, 'distributor'>;
  readonly offers: Pick<IssuerStore, 'findOwn'>;
}): Matters {
  return {
    ...applicationMatters(money.distributor),
    ...offerMatters({ findOwn: (digest) => readOwnOffer(offers, digest, cases.clock.now(), 0) }),
    ...caseMatters(cases.desk),
  };
}
