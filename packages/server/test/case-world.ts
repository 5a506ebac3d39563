import { caseRulebook } from '../../core/test/case-log.ts';
import { createIdealSignatures } from '../../core/test/test-keys.ts';
import { createCaseStoreMemory } from '../src/adapters/memory/case-store.ts';
import { createMemorySealer } from '../src/adapters/memory/sealer.ts';
import type { CaseStore } from '../src/ports/case-store.ts';
import { type CaseDesk, type CaseDeskBounds, createCaseDesk } from '../src/roles/governor/cases/case-desk.ts';
import type { StepDraft, StepView } from '../src/roles/governor/cases/steps.ts';
import { createGovernorWorld, type GovernorWorld, settle, type WorldOptions } from './governor-world.ts';

/** A governor's desk for cases beside a small network, with a real sealer and a store in memory. */
export type CaseWorld = GovernorWorld & {
  readonly desk: CaseDesk;
  readonly cases: CaseStore;
  /** Lets the log take what is under way and mint an epoch. */
  readonly tick: (ms?: number) => Promise<void>;
  /** A step that these officers sign, carried into the log. */
  readonly officers: (id: string, draft: StepDraft, officers: readonly string[]) => Promise<StepView>;
  /** Another desk on the same store, as after a crash. */
  readonly reopen: () => Promise<CaseDesk>;
};

export const AUDIENCE = 'https://network.example';

export async function createCaseWorld(
  bounds: Partial<CaseDeskBounds> = {},
  options: WorldOptions = {},
): Promise<CaseWorld> {
  const signatures = options.signatures ?? createIdealSignatures();
  const world = await createGovernorWorld({ rulebook: caseRulebook(signatures), ...options, signatures });
  const cases = createCaseStoreMemory();
  const { clock, ports } = world;
  const { entropy, signer, network, follower, engine } = ports;
  const sealer = createMemorySealer(new Uint8Array(32));
  const open = async () => {
    const desk = createCaseDesk(
      { clock, entropy, signer, network, follower, engine, store: cases, sealer, audience: AUDIENCE },
      bounds,
    );
    await desk.start();
    return desk;
  };
  const desk = await open();
  const tick = async (ms = 5_000) => {
    await settle();
    await clock.advance(ms);
    world.epoch(Math.max(clock.now(), world.log.state.time + 1));
    await settle();
  };
  return {
    ...world,
    desk,
    cases,
    tick,
    reopen: open,
    officers: async (id, draft, officers) => {
      const step = await desk.propose(id, draft, `${id} ${draft.act} ${world.log.entries.length}`);
      for (const officer of officers) await desk.approve(step.id, world.approval(step.digest ?? '', officer));
      await tick();
      const found = (await desk.steps(id)).find((candidate) => candidate.id === step.id);
      return found ?? step;
    },
  };
}
