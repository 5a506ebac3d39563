import { CodedError, type Grant, type Rulebook } from '@holdfast/core';
import type { WorldOptions } from '../create-world.ts';

/** What is decided by hand in a scenario, and the public class under which. */
const DECIDED = { revoke: 'residence-ended', release: 'payment-corrected' } as const;
const ROLES = ['revoker', 'registrar', 'treasurer'];
/** More officers than this are not rehearsed. */
const MAX_OFFICERS = 9;

/**
 * Of a rulebook, what decides about money: freshness, who bears which loss, profiles, notice, and how many must sign a
 * revocation and a correction of a payment. Its officers are rehearsed as so many stand-ins who hold every role, its keys as the
 * rehearsal's own, and the founding is by the sample's powers.
 */
export function rehearsedRules(rulebook: Rulebook | undefined): Pick<WorldOptions, 'rules' | 'officers' | 'powers'> {
  if (rulebook === undefined) return {};
  const { freshness, loss, profiles, notice, powers } = rulebook;
  const own = Object.keys(DECIDED).map((power) => grantOf(powers, power as keyof typeof DECIDED));
  const count = Math.max(2, ...own.map(({ quorum }) => quorum));
  if (count > MAX_OFFICERS) {
    throw new CodedError(
      'scenario.rulebook',
      `The rulebook asks for ${count} officers at once; ${MAX_OFFICERS} are rehearsed at most.`,
      {
        quorum: count,
      },
    );
  }
  const rules = { freshness, profiles, notice, ...(loss === undefined ? {} : { loss }) };
  return { rules, officers: { count, roles: ROLES }, powers: own };
}

/** Under the classes that the rehearsal names, by stand-ins. */
function grantOf(powers: readonly Grant[], power: keyof typeof DECIDED): Grant {
  const grant = powers.find((one) => one.power === power);
  if (grant === undefined) {
    throw new CodedError(
      'scenario.rulebook',
      `The rulebook gives nobody the power to ${power}: what goes wrong could not be put right.`,
      {
        power,
      },
    );
  }
  return { ...grant, roles: [...ROLES], classes: ['program-approved', DECIDED[power]] };
}
