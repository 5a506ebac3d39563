import type { ProgramRecord } from '@holdfast/core';
import type { KeptApplication, Payment } from '../../ports/distributor-store.ts';
import type { DistributorBounds } from './config.ts';
import { openApplication, type SentApplication } from './kept-application.ts';
import type { DistributorPorts } from './neighbours.ts';
import { createRounds } from './rounds.ts';

export type Carried = KeptApplication & { readonly payment: Payment; readonly sent: SentApplication };

export interface Carrying {
  /** Hands over what is posted to whoever carries it on. Says how many were handed over. */
  carry(record: ProgramRecord): Promise<number>;
}

/** Takes what leaves the ledger, and owns from then on what it gives back. A payment that it had before is taken again. */
export type HandOver = (record: ProgramRecord, lines: readonly Carried[]) => Promise<readonly string[]>;

/** Money for an account of this ledger has arrived when it is posted; the rest is handed over for settlement. */
export function createCarrying(ports: DistributorPorts, bounds: DistributorBounds, handOver: HandOver): Carrying {
  const { store, sealer, clock } = ports;
  const toCarry = createRounds(store, 'posted', bounds.maxPerRound);

  async function open(kept: KeptApplication & { readonly payment: Payment }): Promise<Carried[]> {
    if (kept.sealed === undefined) return [];
    return [{ ...kept, sent: await openApplication(sealer, kept, kept.sealed) }];
  }

  return {
    async carry(record) {
      const { id } = record.program;
      const posted = (await Promise.all((await toCarry(id)).map(open))).flat();
      if (posted.length === 0) return 0;
      const leaving = posted.filter(({ sent }) => sent.application.destination.kind !== 'internal');
      const taken = new Set(leaving.length > 0 ? await handOver(record, leaving) : []);
      const changes = posted
        .filter(({ application, sent }) => sent.application.destination.kind === 'internal' || taken.has(application))
        .map(({ application }) => ({ application, from: 'posted' as const, to: 'carried' as const }));
      if (changes.length === 0) return 0;
      return (await store.advance(id, changes, clock.now())).length;
    },
  };
}
