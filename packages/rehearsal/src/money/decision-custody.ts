import { type KeptProposal, MAX_PROPOSALS_PER_READ } from '@holdfast/server/roles';
import type { World } from '../world.ts';

/**
 * Who owns each decision, by the governor's store and the log: officers until there are as many approvals as it takes, the
 * governor until the log has it, and from then on the log. What was acknowledged to an officer has to be kept: else the
 * officer takes it for the governor's matter, and the governor for the officer's.
 */
export class DecisionCustody {
  readonly #world: World;
  /** Those whose end was looked at. */
  readonly #over = new Set<string>();

  constructor(world: World) {
    this.#world = world;
  }

  async check(): Promise<void> {
    const { oracles, scheduler } = this.#world;
    const { store } = this.#world.governor();
    const underWay = new Set((await store.readBatches()).map(({ id }) => id));
    for (const kept of await store.readLatest(MAX_PROPOSALS_PER_READ)) {
      if (this.#over.has(kept.id)) continue;
      if (kept.outcome !== undefined) this.#over.add(kept.id);
      const owners = this.#ownersOf(kept, underWay);
      const what = () => `the decision ${kept.id} belongs to ${owners.join(' and ') || 'nobody'}`;
      oracles.expect('exactly-one-owner', owners.length === 1, scheduler.now, what);
    }
  }

  #ownersOf({ id, terms, outcome, batch, approvals, quorum }: KeptProposal, underWay: ReadonlySet<string>): string[] {
    const { truth, desk } = this.#world;
    const isLogged = truth.hasDecided(terms.id);
    if (outcome?.state === 'carried-out') return isLogged ? ['log'] : [];
    if (outcome?.state === 'refused') return isLogged ? ['officers', 'log'] : ['officers'];
    if (batch !== undefined) return underWay.has(batch) ? ['governor'] : [];
    if (approvals.length < (desk.approvals.get(id) ?? 0)) return [];
    return [approvals.length < quorum ? 'officers' : 'governor'];
  }
}
