import type { Rulebook } from '@holdfast/core';
import type { TestSignatures } from '../../core/test/test-keys.ts';
import { createCaseStoreMemory } from '../src/adapters/memory/case-store.ts';
import { createFilingStoreMemory } from '../src/adapters/memory/filing-store.ts';
import { createMemorySealer } from '../src/adapters/memory/sealer.ts';
import { createFilings, type Filings } from '../src/filing/filings.ts';
import type { FilingDesk } from '../src/ports/filing.ts';
import { type CaseDesk, createCaseDesk } from '../src/roles/governor/cases/case-desk.ts';
import { createPartyFilings } from '../src/roles/governor/cases/party-filings.ts';
import type { DistributorWorld } from './distributor-world.ts';
import { quickCases } from './rulings.ts';

/** Rules under which roles file for this reason what they cannot decide; for none where it is empty. */
export const quickCasesByHand =
  (reason: string) =>
  (signatures: TestSignatures): Partial<Rulebook> => {
    const { cases, ...rest } = quickCases(signatures);
    if (cases === undefined) throw new Error('the quick rules have cases');
    const manual = { ...cases.manual, ...(reason === '' ? {} : { class: reason, payments: reason }) };
    return { ...rest, cases: { ...cases, manual } };
  };

export type FilingGovernor = {
  readonly cases: CaseDesk;
  readonly filings: Filings;
  /** Sends what is filed, until the log has it. */
  readonly send: () => Promise<void>;
};

/** The governor that a distributor's world files with; `desk` is how it is reached. */
export function createFilingGovernor(
  world: DistributorWorld,
  desk: (desk: FilingDesk) => FilingDesk = (one) => one,
): FilingGovernor {
  const { options, verifiers } = world;
  const { entropy, engine, network } = options;
  const { clock, follower } = verifiers;
  const governor = verifiers.feed.log.signatures.key('governor');
  const signer = {
    readPublicKey: async () => governor.jwk,
    sign: async (_name: string, bytes: Uint8Array) => governor.sign(Buffer.from(bytes).toString()),
  };
  const cases = createCaseDesk(
    {
      ...{ clock, entropy, signer, network, engine, audience: 'https://n.example', store: createCaseStoreMemory() },
      sealer: createMemorySealer(),
      follower: { ...follower, state: follower.state, awaitSize: async () => true } as never,
    },
    { recordWaitMs: 1 },
  );
  const filings = createFilings({
    ...{ network: verifiers.feed.log.state.name, party: options.config.id, keys: options.keys, clock, entropy },
    ...{ sealer: createMemorySealer(), store: createFilingStoreMemory() },
    desk: desk(createPartyFilings({ clock, engine, signer, follower, desk: cases })),
    report: () => undefined,
  });
  const send = async () => {
    const sending = filings.work();
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(10);
    await sending;
    await world.epoch();
  };
  return { cases, filings, send };
}
