import { canonicalJson, type DecisionOpenings, eraseLeaves } from '@holdfast/core';
import type { DecisionStore, KeptProposal } from '../../ports/decision-store.ts';
import type { Erasable, PersonTraces, Stay } from '../../ports/erasable.ts';

export type GovernorErasingPorts = {
  readonly store: Pick<DecisionStore, 'readAfter' | 'replaceOpenings'>;
  /** Time of the log. */
  readonly time: () => number;
};

/**
 * What a governor has of a person: what decisions about their credentials were about, and why. Reasons and evidence go with the
 * last of a decision's targets, as until then they are also about others. The roots that officers signed stay in the log, and
 * what is left of the openings still gives them.
 */
export function createGovernorErasing({ store, time }: GovernorErasingPorts): Erasable {
  async function* proposalsAbout(places: ReadonlySet<string>): AsyncGenerator<KeptProposal> {
    for (let after: string | undefined; ; ) {
      const page = await store.readAfter(after);
      yield* page.filter(({ openings }) => openings.targets.some(({ value }) => places.has(canonicalJson(value))));
      after = page.at(-1)?.id;
      if (after === undefined) return;
    }
  }

  return {
    part: 'governor',
    trace: async () => ({}),
    async erase({ places }) {
      const named = placesAsTargets(places);
      let [targets, reasons, evidence] = [0, 0, 0];
      const open: number[] = [];
      if (named.size > 0) {
        for await (const { id, openings, terms } of proposalsAbout(named)) {
          const left = without(openings, named);
          if (!(await store.replaceOpenings(id, left, time()))) {
            open.push(terms.expiry);
            continue;
          }
          targets += openings.targets.length - left.targets.length;
          reasons += openings.reasons.length - left.reasons.length;
          evidence += openings.evidence.length - left.evidence.length;
        }
      }
      return { part: 'governor', erased: { targets, reasons, evidence }, stays: staysOf(open) };
    },
  };
}

function placesAsTargets(places: PersonTraces['places']): ReadonlySet<string> {
  return new Set(places.map(({ list, index }) => canonicalJson({ list, index })));
}

function without(openings: DecisionOpenings, places: ReadonlySet<string>): DecisionOpenings {
  const targets = eraseLeaves('target', openings.targets, openings.erased ?? [], ({ value }) =>
    places.has(canonicalJson(value)),
  );
  if (targets.leaves.length > 0) return { ...openings, targets: targets.leaves, erased: targets.erased };
  const reasons = eraseLeaves('reason', openings.reasons, targets.erased, () => true);
  const evidence = eraseLeaves('evidence', openings.evidence, reasons.erased, () => true);
  return { ...openings, targets: [], reasons: [], evidence: [], erased: evidence.erased };
}

function staysOf(open: readonly number[]): Stay[] {
  if (open.length === 0) return [];
  const until = Math.min(...open) + 1;
  return [{ what: 'decisions', count: open.length, why: 'officers are deciding, or it is being carried out', until }];
}
