export { type EmbeddedPostgres, startEmbeddedPostgres } from './adapters/embedded-postgres/embedded-postgres.ts';
export { removeEmbeddedPostgres } from './adapters/embedded-postgres/removal.ts';
export { createHttpNetwork, type HttpNetwork } from './adapters/http-network/http-network.ts';
export { createHttpVerification, type HttpVerificationOptions } from './adapters/http-verifier/http-verifier.ts';
export { createInProcessVerification } from './adapters/in-process-verifier/in-process-verifier.ts';
export { createKeyFilesSigner, type KeyFilesSigner } from './adapters/key-files/signer.ts';
export { createIssuerStoreMemory } from './adapters/memory/issuer-store.ts';
export { createPresentationStoreMemory } from './adapters/memory/presentation-store.ts';
export { createMemorySealer } from './adapters/memory/sealer.ts';
export { createMemorySigner } from './adapters/memory/signer.ts';
export { createStandingStoreMemory } from './adapters/memory/standing-store.ts';
export { createVerdictStoreMemory } from './adapters/memory/verdict-store.ts';
export { type OidcSettings, oidcSettingsSchema } from './adapters/oidc/oidc-settings.ts';
export { openDatabase } from './adapters/postgres/database.ts';
export { createDistributorStorePostgres, distributorStoreMigrations } from './adapters/postgres/distributor-store.ts';
export { createLedgerStorePostgres, ledgerStoreMigrations } from './adapters/postgres/ledger-store.ts';
export { createLogStorePostgres, logStoreMigrations } from './adapters/postgres/log-store.ts';
export { migrate } from './adapters/postgres/migration.ts';
export { createLogger } from './adapters/system/logger.ts';
export { issuerDescriptionSchema } from './compose/alone/issuer-part.ts';
export { type Divided, divideFolder } from './compose/divide.ts';
export { openStoredLog, recoverNetwork } from './compose/recovering.ts';
export { type Holdfast, type StartOptions, startHoldfast } from './compose/start.ts';
export {
  ORGANISATION_ROLES,
  type OrganisationRole,
  startOrganisation,
} from './compose/start-organisation.ts';
export { startVerifier, type VerifierStart } from './compose/start-verifier.ts';
export { networkRoutes } from './http/network/network-routes.ts';
export { wordsOfNotEstablished } from './http/page/verdict-view.ts';
export { createHttpServer } from './http/server.ts';
export { verifierRoutes } from './http/verifier/verifier-routes.ts';
export type { Clock } from './ports/clock.ts';
export type { Entropy } from './ports/entropy.ts';
export type { IssuerStore } from './ports/issuer-store.ts';
export type { PresentationStore } from './ports/presentation-store.ts';
export type { Sealer } from './ports/sealer.ts';
export type { Signer } from './ports/signer.ts';
export type { StandingStore } from './ports/standing-store.ts';
export type { VerdictStore } from './ports/verdict-store.ts';
export type { GivenVerdict, Verification, VerificationQuestion } from './ports/verification.ts';
export { createApproval } from './roles/governor/signed-approval.ts';
export type { IssuerBounds, IssuerConfig, TenantConfig, TypeConfig } from './roles/issuer/config.ts';
export { createIssuer, type Issuer, type IssuerPorts } from './roles/issuer/issuer.ts';
export type { VerifierBounds, VerifierConfig } from './roles/verifier/config.ts';
export type { Question, SignedVerdict } from './roles/verifier/question.ts';
export { createVerifierRole, type VerifierRole, type VerifierRoleOptions } from './roles/verifier/verifier-role.ts';
export { wordsOfReason } from './spec.ts';
