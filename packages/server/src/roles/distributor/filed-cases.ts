import { type CaseRecord, isOpenCase, type NetworkState, trackOf } from '@holdfast/core';
import type { FilingDraft, Filings } from '../../filing/filings.ts';
import type { FilingReceipt } from '../../ports/filing.ts';
import type { DistributorPorts } from './neighbours.ts';

/** A case that this role has filed, as far as it has come. `dueAt`: when whoever has it has to have acted; unix milliseconds. */
export type FiledCase = {
  readonly state: 'filed' | 'open' | 'over';
  /** Absent until the governor has acknowledged it. */
  readonly case?: string;
  readonly dueAt?: number;
};

/** `receipt`: once the governor has acknowledged it. `record`: once the log has it, and while it still does. */
export type FoundCase = {
  readonly state: 'unfiled' | 'waiting' | 'refused' | 'acknowledged';
  readonly receipt?: FilingReceipt;
  readonly record?: CaseRecord;
};

/** Cases that one role files by itself, by its own names for the matters. */
export interface FiledCases {
  /** The reason for which the rulebook lets roles file this, where it does. */
  reasonFor(about: 'application' | 'payment'): string | undefined;
  /** Files it once; what cannot be filed now is reported, and filed by whoever asks again later. */
  file(matter: string, draft: FilingDraft, program: string): Promise<void>;
  find(matter: string): Promise<FoundCase>;
  /** Undefined where nothing was filed. */
  read(matter: string): Promise<FiledCase | undefined>;
}

type Ports = Pick<DistributorPorts, 'clock' | 'report'> & {
  readonly follower: { readonly state: Readonly<NetworkState> };
};

export function createFiledCases(
  { follower, clock, report }: Ports,
  filings: Pick<Filings, 'open' | 'find'>,
): FiledCases {
  async function find(matter: string): Promise<FoundCase> {
    const outcome = await filings.find(matter);
    if (outcome === undefined) return { state: 'unfiled' };
    if (outcome === 'waiting') return { state: 'waiting' };
    if ('refused' in outcome) return { state: 'refused' };
    const { receipt } = outcome;
    const record = follower.state.docket.cases.get(receipt.id);
    return { state: 'acknowledged', receipt, ...(record === undefined ? {} : { record }) };
  }

  return {
    find,
    reasonFor(about) {
      const rules = follower.state.rulebook?.body.cases;
      const reason = about === 'payment' ? rules?.manual.payments : rules?.manual.class;
      if (rules === undefined || reason === undefined) return undefined;
      const remedy = about === 'payment' ? 'release' : 'admit';
      return trackOf(rules, { class: reason, subject: about, remedy }) === undefined ? undefined : reason;
    },
    async file(matter, draft, program) {
      try {
        await filings.open(matter, draft);
      } catch (error) {
        report({ code: 'filing.full', program, detail: error instanceof Error ? error.message : '' });
      }
    },
    async read(matter) {
      const { state, receipt, record } = await find(matter);
      if (state === 'unfiled') return undefined;
      if (receipt === undefined) return { state: state === 'waiting' ? 'filed' : 'over' };
      const named = { case: receipt.id };
      if (record === undefined) {
        // Acknowledged and not in the log yet: the governor has promised by when somebody has it.
        const isComing = clock.now() < receipt.promisedBy;
        return isComing ? { state: 'filed', ...named, dueAt: receipt.promisedBy } : { state: 'over', ...named };
      }
      return isOpenCase(record) ? { state: 'open', ...named, dueAt: record.dueAt } : { state: 'over', ...named };
    },
  };
}
