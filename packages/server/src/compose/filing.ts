import { CodedError, type Handoff, type NetworkState } from '@holdfast/core';
import type { SignatureEngine } from '@holdfast/verifier';
import { createHttpFilingDesk } from '../adapters/http-governor/http-filing-desk.ts';
import type { Database } from '../adapters/postgres/database.ts';
import { createFilingStorePostgres, type FilingTables } from '../adapters/postgres/filing-store.ts';
import { createFilings, type Filings } from '../filing/filings.ts';
import type { HandoffSource } from '../http/handoffs.ts';
import type { FilingDesk } from '../ports/filing.ts';
import type { KeptFiling } from '../ports/filing-store.ts';
import type { Sealer } from '../ports/sealer.ts';
import type { RoleKeys } from '../role-keys/role-keys.ts';
import type { Platform } from './platform.ts';
import { signalsOf } from './seeing.ts';

/** The governor of the network: in this process, or where it answers. */
export type GovernorWay = FilingDesk | { readonly url: string };

export type FilingPlace = {
  readonly network: string;
  readonly party: string;
  readonly keys: RoleKeys;
  readonly sealer: Sealer;
  readonly database: Database<FilingTables>;
  readonly state: () => Readonly<NetworkState>;
  /** Absent: what is filed waits until there is one. */
  readonly governor?: GovernorWay | undefined;
};

/** What one role files with the governor, as the party that it is. */
export function composeFilings(platform: Platform, { database, governor, state, ...place }: FilingPlace): Filings {
  const { clock, entropy, engine } = platform;
  const desk =
    governor === undefined ? NOBODY : 'url' in governor ? overHttp(governor.url, { state, engine }) : governor;
  return createFilings({
    ...{ ...place, clock, entropy, desk, store: createFilingStorePostgres(database) },
    report: ({ code }) => signalsOf(platform).filingNotTaken({ why: code }),
  });
}

function overHttp(
  url: string,
  ports: { readonly state: () => Readonly<NetworkState>; readonly engine: SignatureEngine },
): FilingDesk {
  return createHttpFilingDesk({ url, ...ports });
}

const NOBODY: FilingDesk = {
  file: () => Promise.reject(new CodedError('filing.unreachable', 'No governor is named here.')),
};

/** What is on its way to the governor, and what it did not take: somebody has to look at that. */
export function filingHandoffs(filings: Pick<Filings, 'list'>, party: string): HandoffSource {
  const line = (some: readonly KeptFiling[], next: Handoff['next']): Handoff[] => {
    if (some.length === 0) return [];
    const since = Math.min(...some.map(({ keptAt }) => keptAt));
    const crossing = { what: 'review', of: party, giver: party, receiver: 'governor', owner: party } as const;
    return [{ ...crossing, count: some.length, since, next }];
  };
  return async () => {
    const { waiting, refused } = await filings.list();
    return { handoffs: [...line(waiting, 'filed'), ...line(refused, 'looked-at')], more: 0 };
  };
}
