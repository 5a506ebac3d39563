import type { FeedSource, Follower, FraudStore } from '@holdfast/verifier';
import { createKeyFilesSealer } from '../adapters/key-files/sealer.ts';
import { createCheckResultStorePostgres } from '../adapters/postgres/check-result-store.ts';
import { createFollowUpStorePostgres } from '../adapters/postgres/follow-up-store.ts';
import { createOutboxPostgres } from '../adapters/postgres/outbox.ts';
import { createPolicyStorePostgres } from '../adapters/postgres/policy-store.ts';
import { createPresentationStorePostgres } from '../adapters/postgres/presentation-store.ts';
import { createReviewStorePostgres } from '../adapters/postgres/review-store.ts';
import { createStandingStorePostgres } from '../adapters/postgres/standing-store.ts';
import { createVerdictStorePostgres } from '../adapters/postgres/verdict-store.ts';
import type { HandoffSource } from '../http/handoffs.ts';
import type { Erasable } from '../ports/erasable.ts';
import { createRoleKeys, namedInLog, type RoleKeys } from '../role-keys/role-keys.ts';
import { DEFAULT_VERIFIER_BOUNDS } from '../roles/verifier/config.ts';
import { createVerifierErasing } from '../roles/verifier/erasing.ts';
import { createLaterRules } from '../roles/verifier/later-rules.ts';
import { createReviewCases } from '../roles/verifier/review-cases.ts';
import { createReviews } from '../roles/verifier/reviews.ts';
import { createVerifierRole, type VerifierRole } from '../roles/verifier/verifier-role.ts';
import type { HandleKeeper } from '../seeing/unsealing.ts';
import { createWakingLoop } from '../telling/waking-loop.ts';
import { poolOf, verifierBoundsOf } from './bounds.ts';
import { createEventSender, isThisMachine } from './event-sender.ts';
import { composeFilings, filingHandoffs, type GovernorWay } from './filing.ts';
import { composeFollower, openTables, tablesOf } from './following.ts';
import { openDevelopmentCertificates, openKeys } from './keyring.ts';
import { composeOtherNetworks } from './other-networks.ts';
import type { Platform } from './platform.ts';
import { composePolicy } from './policy.ts';
import { repeatEvery } from './repeating.ts';
import { verifierSchema } from './role-logins.ts';
import { ROLE_TABLES } from './role-tables.ts';
import { signalsOf } from './seeing.ts';

export type VerifierPlace = {
  readonly id: string;
  readonly name: string;
  readonly origin: string;
  readonly keysFolder: string;
  readonly databaseUrl: string;
  /** The pinned name of the network that it follows. */
  readonly network: string;
  readonly source: FeedSource;
  /** Where networks answer that it follows beside its own. */
  readonly follow?: readonly string[];
  /** Other processes of this verifier may run, and be given another policy. */
  readonly isShared?: boolean;
  /** With whom it files what a person has to look at. */
  readonly governor?: GovernorWay;
};

export type ComposedVerifier = AsyncDisposable & {
  readonly role: VerifierRole;
  readonly follower: Follower;
  readonly fraud: FraudStore;
  readonly erasable: Erasable;
  readonly handles: HandleKeeper;
  /** Which of its keys signs verdicts goes by the log. */
  readonly keys: RoleKeys;
  /** What it has filed and nobody has taken yet. */
  readonly filed: HandoffSource;
};

/** A tighter policy that one process was given is in force in the others after so long. */
const REFRESH_EVERY_MS = 1000;
/** What officers have found in cases is taken over with the epoch that shows it; what could not be read then, after this. */
const FOLLOW_CASES_EVERY_MS = 30_000;

export const VERDICT_KEY = 'verdict';
const REQUEST_KEY = 'request';

/** One verifier with a follower, tables, keys and outward connections of its own. */
export async function composeVerifier(
  platform: Platform,
  place: VerifierPlace,
  stop: AbortSignal,
): Promise<ComposedVerifier> {
  const { clock, entropy, engine } = platform;
  const schema = verifierSchema(place.id);
  await using opened = new AsyncDisposableStack();
  const database = opened.use(await openTables(place.databaseUrl, schema, ROLE_TABLES.verifier, poolOf(platform)));
  const signer = await openKeys(place.keysFolder, `verifier-${place.id}`);
  const verdictKey = await signer.create(VERDICT_KEY, 'ES256');
  const requestKey = await signer.create(REQUEST_KEY, 'ES256');
  const certificates = await openDevelopmentCertificates(place.keysFolder, {
    host: new URL(place.origin).hostname,
    entropy,
    now: clock.now(),
  });
  const leaf = await certificates.leaf(`verifier-${place.id}`, requestKey, `${place.origin}/v/${place.id}`);
  const sealer = await createKeyFilesSealer({
    directory: `${place.keysFolder}/verifier-${place.id}`,
    name: 'presentations',
    passphrasePath: `${place.keysFolder}/verifier-${place.id}.passphrase`,
  });
  const verdicts = createVerdictStorePostgres(tablesOf(database));
  const standings = createStandingStorePostgres(tablesOf(database));
  const reviewStore = createReviewStorePostgres(tablesOf(database));
  const followUps = createFollowUpStorePostgres(tablesOf(database));
  // What its own policy says of witnesses, once there is one.
  let ownWitnesses = (): string | undefined => undefined;
  const witnesses = () => ownWitnesses();
  const { follower, fraud } = composeFollower(platform, { ...place, name: place.id, database, witnesses });
  const { past } = follower;
  const others = opened.use(composeOtherNetworks(platform, place, stop));
  // Known once the role is there, which needs the policy first.
  let settle = (_credential: string) => {};
  const onSettled = (_check: string, credential: string) => settle(credential);
  const keys = createRoleKeys({
    ...{ signer, name: VERDICT_KEY, party: place.id, use: 'verdict' },
    named: namedInLog(place.id, 'verdict', () => follower.state),
  });
  const filings = composeFilings(platform, {
    ...{ network: place.network, party: place.id, keys, sealer, governor: place.governor },
    ...{ database: tablesOf(database), state: () => follower.state },
  });
  const reviews = createReviews({
    ...{ clock, entropy, sealer, onDecided: onSettled },
    store: reviewStore,
    cases: createReviewCases({
      ...{ filings, store: reviewStore, clock, verifier: place.name },
      state: () => follower.state,
    }),
  });
  const stored = createCheckResultStorePostgres(tablesOf(database));
  const policy = await composePolicy(platform, {
    stored,
    ...{ id: place.id, follower, followers: others.followers, past, reviews, onSettled },
    pastOf: (network) => others.feeds.get(network)?.past,
    allowLoopback: isThisMachine(place.origin),
    store: createPolicyStorePostgres(tablesOf(database)),
  });
  ownWitnesses = () => policy.current().policy.witnesses;
  const role = createVerifierRole({
    config: {
      id: place.id,
      name: place.name,
      origin: place.origin,
      keys: { verdict: { name: VERDICT_KEY, key: verdictKey }, request: { name: REQUEST_KEY, x5c: [leaf] } },
      bounds: verifierBoundsOf(platform),
    },
    keys,
    clock,
    entropy,
    signer,
    signals: signalsOf(platform),
    store: verdicts,
    presentations: createPresentationStorePostgres(tablesOf(database)),
    standings,
    sealer,
    verifier: policy.verifier,
    live: policy,
    followUps,
    reviews,
    checkResults: stored,
    outbox: { outbox: createOutboxPostgres(tablesOf(database)), send: createEventSender(isThisMachine(place.origin)) },
    feed: { follower, past },
    others: others.feeds,
    buildVerifier: createLaterRules({
      ...{ follower, followers: others.followers, engine, clock },
      policy: () => policy.current().policy,
    }),
  });
  settle = role.checkSettled;
  let work: Promise<unknown> | undefined;
  opened.defer(async () => {
    await work;
  });
  opened.use(follower);
  await follower.start(stop);
  others.start(follower);
  if (place.isShared === true) {
    opened.use(repeatEvery(platform, { everyMs: REFRESH_EVERY_MS, work: policy.refresh, name: place.id }));
  }
  const following = createWakingLoop(clock, FOLLOW_CASES_EVERY_MS, reviews.followCases);
  opened.defer(follower.subscribe(following.wake));
  work = Promise.allSettled([
    ...[role.runSweeps(stop), role.runFollowUps(stop), role.runEvents(stop)],
    ...[filings.run(stop), following.run(stop)],
  ]);
  const erasable = createVerifierErasing({
    ...{ id: place.id, clock, sealer, verdicts, standings, reviews: reviewStore, followUps },
    standingMemoryMs: DEFAULT_VERIFIER_BOUNDS.standingMemoryMs,
  });
  const parts = opened.move();
  const filed = filingHandoffs(filings, place.id);
  const handles = { role: place.id, sealer };
  return { role, follower, fraud, erasable, handles, keys, filed, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}
