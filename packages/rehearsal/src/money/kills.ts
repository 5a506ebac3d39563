/** Where something changes hands. */
export const CROSSINGS = ['application', 'verification', 'transfer', 'settlement', 'decision'] as const;
export type CrossingName = (typeof CROSSINGS)[number];

/** How often whoever gives, and whoever takes, has died at a crossing: before or after what it writes down there. */
export type Kills = { readonly [crossing in CrossingName]: { readonly giver: number; readonly taker: number } };

/** What each side of a crossing writes down, by the names of the points where nodes die. */
const STEPS: { readonly [crossing in CrossingName]: { readonly giver: RegExp; readonly taker: RegExp } } = {
  application: { giver: /^applicant (send|keep)$/, taker: /^relief accept$/ },
  verification: { giver: /^relief judge$/, taker: /^north (verdict|standing)$/ },
  transfer: { giver: /^relief (plan|advance (reserved|posted|voided))$/, taker: /^ledger commit$/ },
  settlement: { giver: /^(settlement (batch|acceptance)|relief advance carried)$/, taker: /^bank accept$/ },
  decision: { giver: /^(authorise|settle)$/, taker: /^append$/ },
};

/** Counts the crashes of a report by crossing and side. */
export function killsOf(faults: Readonly<Record<string, number>>): Kills {
  const count = (step: RegExp) =>
    Object.entries(faults).reduce((sum, [fault, times]) => {
      const [, at] = /^crash (?:before|after) (.*)$/.exec(fault) ?? [];
      return at !== undefined && step.test(at) ? sum + times : sum;
    }, 0);
  return Object.fromEntries(
    CROSSINGS.map((crossing) => {
      const { giver, taker } = STEPS[crossing];
      return [crossing, { giver: count(giver), taker: count(taker) }];
    }),
  ) as Kills;
}
