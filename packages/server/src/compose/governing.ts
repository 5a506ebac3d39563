import { openCases } from '@holdfast/core';
import type { FeedSource, Follower } from '@holdfast/verifier';
import { createKeyFilesSealer } from '../adapters/key-files/sealer.ts';
import { createCaseStorePostgres } from '../adapters/postgres/case-store.ts';
import { createDecisionStorePostgres } from '../adapters/postgres/decision-store.ts';
import { createJoiningStorePostgres } from '../adapters/postgres/joining-store.ts';
import type { Erasable } from '../ports/erasable.ts';
import type { FilingDesk } from '../ports/filing.ts';
import type { Network } from '../ports/network.ts';
import { type CaseDesk, createCaseDesk } from '../roles/governor/cases/case-desk.ts';
import { createCaseErasing } from '../roles/governor/cases/case-erasing.ts';
import { createPartyFilings } from '../roles/governor/cases/party-filings.ts';
import { createGovernorErasing } from '../roles/governor/erasing.ts';
import { createGovernor, type Governor } from '../roles/governor/governor.ts';
import { createJoining, type Joining } from '../roles/governor/joining.ts';
import { handleOf } from '../seeing/handles.ts';
import type { HandleKeeper } from '../seeing/unsealing.ts';
import { poolOf } from './bounds.ts';
import { composeFollower, openTables, tablesOf } from './following.ts';
import { openKeys } from './keyring.ts';
import type { Platform } from './platform.ts';
import { repeatEvery } from './repeating.ts';
import { ROLE_TABLES } from './role-tables.ts';
import { signalsOf } from './seeing.ts';

export type GovernorPlace = {
  readonly keysFolder: string;
  readonly databaseUrl: string;
  /** Address at which people file: what they sign a challenge for. */
  readonly origin: string;
  readonly network: string;
  readonly source: FeedSource & Pick<Network, 'append'>;
  /** Other processes of this governor may run, and end half-way. */
  readonly isShared?: boolean;
};

export type ComposedGovernor = AsyncDisposable & {
  readonly governor: Governor;
  readonly desk: CaseDesk;
  /** Where parties file under their own keys. */
  readonly filings: FilingDesk;
  readonly joining: Joining;
  readonly follower: Follower;
  readonly erasables: readonly Erasable[];
  readonly handles: HandleKeeper;
};

/** What a process that ended left undone is taken up by another after so long. */
const RESUME_EVERY_MS = 5000;

/** The holder of the governor's key in the keyring. */
export const GOVERNOR_KEYS = 'governor';

export async function composeGovernor(
  platform: Platform,
  place: GovernorPlace,
  stop: AbortSignal,
): Promise<ComposedGovernor> {
  const { clock, entropy, engine } = platform;
  await using opened = new AsyncDisposableStack();
  const database = opened.use(await openTables(place.databaseUrl, 'governor', ROLE_TABLES.governor, poolOf(platform)));
  const { follower } = composeFollower(platform, { ...place, name: 'governor', database });
  opened.use(follower);
  await follower.start(stop);
  const signer = await openKeys(place.keysFolder, GOVERNOR_KEYS);
  const sealer = await createKeyFilesSealer({
    directory: `${place.keysFolder}/${GOVERNOR_KEYS}`,
    name: 'cases',
    passphrasePath: `${place.keysFolder}/${GOVERNOR_KEYS}.passphrase`,
  });
  const signals = signalsOf(platform);
  const store = createDecisionStorePostgres(tablesOf(database));
  const governor = createGovernor({
    clock,
    entropy,
    engine,
    signer,
    store,
    network: place.source,
    follower,
    signals,
    handleOf: (target, timeMs) => handleOf(sealer, target, timeMs),
  });
  opened.use(governor);
  await governor.start();
  const caseStore = createCaseStorePostgres(tablesOf(database));
  const joining = createJoining({ clock, store: createJoiningStorePostgres(tablesOf(database)), sealer, follower });
  const desk = createCaseDesk({
    clock,
    entropy,
    engine,
    signer,
    store: caseStore,
    sealer,
    network: place.source,
    follower,
    signals,
    audience: place.origin,
  });
  opened.use(desk);
  await desk.start();
  if (place.isShared === true) {
    const resume = () => Promise.all([governor.resume(), desk.start()]);
    opened.use(repeatEvery(platform, { everyMs: RESUME_EVERY_MS, work: resume, name: 'governor' }));
  }
  const erasables = [
    createGovernorErasing({ store, time: () => follower.state.time }),
    createCaseErasing({ store: caseStore, sealer, openCases: () => openCases(follower.state) }),
  ];
  const filings = createPartyFilings({ clock, engine, signer, follower, desk });
  const parts = opened.move();
  const handles = { role: 'governor', sealer };
  const roles = { governor, desk, filings, joining, follower, erasables, handles };
  return { ...roles, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}
