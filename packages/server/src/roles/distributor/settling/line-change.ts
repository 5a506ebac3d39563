import {
  type AppliedSettlement,
  applySettlement,
  isCodedError,
  ownerOfSettlement,
  type Settlement,
  type SettlementEvent,
  type SettlementState,
  stateOfSettlement,
} from '@holdfast/core';
import type { KeptLine, LineChange } from '../../../ports/settlement-store.ts';

/** A transfer whose line is in another state than before. */
export type ChangedLine = { readonly transferId: string; readonly state: SettlementState };

/** The line after what happened, for the store; undefined when nothing is new. `since` moves with the state and the owner. */
export function changeOf(line: KeptLine, settlement: Settlement, now: number): LineChange | undefined {
  if (settlement === line.settlement) return undefined;
  const isSame =
    stateOfSettlement(settlement) === stateOfSettlement(line.settlement) &&
    ownerOfSettlement(settlement) === ownerOfSettlement(line.settlement);
  return { id: line.id, version: line.version, settlement, since: isSame ? line.since : now };
}

/** As many events as apply: what is refused changes nothing. */
export function applyEvents(settlement: Settlement, events: readonly SettlementEvent[]): Settlement {
  return events.reduce((before, event) => {
    const applied: AppliedSettlement = applySettlement(before, event);
    return applied.ok ? applied.settlement : before;
  }, settlement);
}

const MOST_TRIES = 4;

/** Reads and writes again when another process was faster; after the fourth time the conflict is the caller's. */
export async function withRetries<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let left = MOST_TRIES - 1; ; left -= 1) {
    try {
      return await work();
    } catch (error) {
      if (left === 0 || !isCodedError(error) || error.code !== 'settlement.store-conflict') throw error;
    }
  }
}
