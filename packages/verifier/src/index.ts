export { MAX_HANDED } from './checks/accepted.ts';
export {
  type CheckDesk,
  type CheckLanes,
  type CheckLanesOptions,
  type CheckResults,
  createCheckLanes,
} from './checks/check-desk.ts';
export type { AcceptFrom, CheckConfig } from './checks/check-policy.ts';
export { type CheckResultStore, type KeptResult, MAX_STORED_RESULTS } from './checks/check-result-store.ts';
export { createCheckResultStoreMemory } from './checks/check-result-store-memory.ts';
export { CHECK_TYP, checkSigningInput } from './checks/check-statement.ts';
export type { CheckAnswer, CheckQuestion, ExternalCheck } from './checks/external-check.ts';
export { createHttpCheck, type HttpCheckOptions } from './checks/http-check.ts';
export type { LaneStatus } from './checks/lane.ts';
export type { Alarm } from './follow/alarms.ts';
export {
  type AuditProgress,
  type AuditReport,
  auditLog,
  readAudit,
} from './follow/audit.ts';
export { type AuditFault, refusalWords } from './follow/audit-faults.ts';
export type { AuditOptions } from './follow/audit-reading.ts';
export { type AuditSource, MAX_BUNDLE_BYTES } from './follow/audit-source.ts';
export { linkSignal, rejectOnAbort, within } from './follow/deadline.ts';
export { type Answers, askAhead, type Folded, foldEntries, type Tried, tryEntries } from './follow/epoch-fold.ts';
export { encodeEvent, readEvents, type ServerEvent } from './follow/event-stream.ts';
export {
  type CosignedEvent,
  type FeedEvent,
  type FeedSource,
  type FormerLog,
  isCosigned,
  MAX_ENTRIES_PER_EPOCH,
  MAX_ENTRIES_PER_READ,
} from './follow/feed-source.ts';
export type { LogStores, SuccessorStores } from './follow/followed-logs.ts';
export {
  createFollower,
  type Follower,
  type ViewListener,
} from './follow/follower.ts';
export { DEFAULT_FOLLOWER_BOUNDS, type FollowerBounds } from './follow/follower-bounds.ts';
export type { FollowerHealth, FollowerOptions, FollowerPhase } from './follow/follower-options.ts';
export type { FollowedHead, FollowerStore } from './follow/follower-store.ts';
export { createFollowerStoreMemory } from './follow/follower-store-memory.ts';
export { openSnapshot } from './follow/foreign-snapshot.ts';
export { MAX_FORMER_LOGS } from './follow/former-logs.ts';
export {
  checkFraudProof,
  encodeFraudProof,
  type FraudProof,
  MAX_FRAUD_PROOF_LENGTH,
  type ProvedFraud,
} from './follow/fraud-proof.ts';
export { type FraudStore, type KeptFraud, MAX_KEPT_FRAUD } from './follow/fraud-store.ts';
export { createFraudStoreMemory } from './follow/fraud-store-memory.ts';
export { createHttpFeed, type HttpFeed, type HttpFeedOptions } from './follow/http-feed.ts';
export { createHttpOrigin, type HttpAsk, type HttpOrigin, type HttpOriginOptions } from './follow/http-origin.ts';
export {
  createIssuerRecordReader,
  type IssuerRecordReader,
  type ReadRecord,
  type RecordLog,
} from './follow/issuer-records.ts';
export { type LearnedKey, type LearningFrom, learnLogKey, type ShownKeys } from './follow/learn-log-key.ts';
export { fetchNetworkName, foundingOf, keyInForce, type LogFounding } from './follow/log-key.ts';
export { type OpenedDraft, openSuccessionDraft, proveOpening } from './follow/open-succession.ts';
export { createPastLog, type PastFold, type PastLog, type PastRead } from './follow/past-log.ts';
export {
  fetchRange,
  genesisLogKey,
  isSignedBy,
  logKeyOf,
  maySignLater,
  openCheckpoint,
  parseSigned,
  type SignedCheckpoint,
} from './follow/proved-entries.ts';
export { createSnapshotKeeper, type SnapshotKeeper } from './follow/snapshot-keeper.ts';
export { type KeptSnapshot, MAX_LATEST_SNAPSHOTS, type SnapshotStore } from './follow/snapshot-store.ts';
export { createSnapshotStoreMemory } from './follow/snapshot-store-memory.ts';
export { type BitstringSource, createBitstringSource, type VerifiedBitstring } from './foreign/bitstring-source.ts';
export type { Loaded, NotLoaded, ReadOptions } from './foreign/evidence-cache.ts';
export {
  createGuardedFetch,
  type GuardedFetch,
  type GuardedFetchOptions,
  type GuardedRequest,
  type GuardedResponse,
  type Lookup,
  type Transport,
  type TransportRequest,
  type TransportResponse,
} from './foreign/guarded-fetch.ts';
export {
  createKeyResolver,
  type KeyResolver,
  type KeyResolverOptions,
  type KeySource,
  type ResolvedKey,
  type Signed,
  type UnresolvedKey,
} from './foreign/key-resolver.ts';
export {
  createStatusSource,
  type StatusEvidence,
  type StatusRead,
  type StatusSource,
  type StatusSourceOptions,
  type VerifiedStatus,
} from './foreign/status-source.ts';
export { createWebTransport } from './foreign/web-transport.ts';
export { type BundleOptions, makeBundle } from './offline/make-bundle.ts';
export { type OfflineVerifier, type OpenBundleOptions, openBundle } from './offline/open-bundle.ts';
export { recordFetch } from './offline/recorded-documents.ts';
export { createRecentMap, type RecentMap } from './recent-map.ts';
export type { SignatureEngine } from './signatures/engine.ts';
export { createWebEngine } from './signatures/web-engine.ts';
export { type Canary, type CanaryFinding, createCanary } from './verify/canary.ts';
export { type Clock, createPlatformClock } from './verify/clock.ts';
export { type Deadline, startDeadline } from './verify/deadline.ts';
export type { ForeignSources } from './verify/evidence.ts';
export type { FollowedNetwork } from './verify/followed-network.ts';
export { MAX_OTHER_NETWORKS, mayFollow, type OtherFollowers } from './verify/other-networks.ts';
export {
  anchorsDigest,
  anchorsOf,
  EMPTY_POLICY,
  encodePolicy,
  type Policy,
  parsePolicy,
  policyDigest,
  type TrustedIssuer,
} from './verify/policy.ts';
export { policyDifferences } from './verify/policy-differences.ts';
export {
  createVerifier,
  DEFAULT_DEADLINE_MS,
  MAX_DEADLINE_MS,
  type Verified,
  type Verifier,
  type VerifierOptions,
  type VerifyOptions,
} from './verify/verifier.ts';
