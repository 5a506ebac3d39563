export { type CommitRevealBeacon, createCommitRevealBeacon } from './adapters/commit-reveal/beacon.ts';
export { createDestinationParser } from './adapters/destinations/destination-parser.ts';
export { createInProcessVerification } from './adapters/in-process-verifier/in-process-verifier.ts';
export { createDecisionStoreMemory } from './adapters/memory/decision-store.ts';
export { createDistributorStoreMemory } from './adapters/memory/distributor-store.ts';
export { createIssuerStoreMemory } from './adapters/memory/issuer-store.ts';
export { createLedgerStoreMemory } from './adapters/memory/ledger-store.ts';
export { createLogStoreMemory } from './adapters/memory/log-store.ts';
export { createPresentationStoreMemory } from './adapters/memory/presentation-store.ts';
export { createReceiptStoreMemory } from './adapters/memory/receipt-store.ts';
export { createRevealStoreMemory } from './adapters/memory/reveal-store.ts';
export { createMemorySealer } from './adapters/memory/sealer.ts';
export {
  createSettlementRailMemory,
  type MemoryRail,
  type RailFault,
  type ScriptedAnswer,
} from './adapters/memory/settlement-rail.ts';
export { createSettlementStoreMemory } from './adapters/memory/settlement-store.ts';
export { createStandingStoreMemory } from './adapters/memory/standing-store.ts';
export { createVerdictStoreMemory } from './adapters/memory/verdict-store.ts';
export { createWitnessStoreMemory } from './adapters/memory/witness-store.ts';
export type { Clock } from './ports/clock.ts';
export { type DecisionStore, type KeptProposal, MAX_PROPOSALS_PER_READ } from './ports/decision-store.ts';
export type { DistributorStore, KeptApplication } from './ports/distributor-store.ts';
export type { IssuerStore } from './ports/issuer-store.ts';
export { type Ledger, MAX_LEDGER_BATCH, type PendingCursor } from './ports/ledger.ts';
export type { AssetAudit, LedgerStore } from './ports/ledger-store.ts';
export type { LogStore } from './ports/log-store.ts';
export type { AppendReceipt, Network } from './ports/network.ts';
export type { ReceiptStore } from './ports/receipt-store.ts';
export type { RevealStore } from './ports/reveal-store.ts';
export type { LineOutcome, SettlementRail } from './ports/settlement-rail.ts';
export type { KeptLine, SettlementStore } from './ports/settlement-store.ts';
export type { Signer } from './ports/signer.ts';
export type { StandingStore } from './ports/standing-store.ts';
export type { VerdictStore } from './ports/verdict-store.ts';
export type { GivenVerdict, Verification } from './ports/verification.ts';
export type { Witness } from './ports/witness.ts';
export type { WitnessStore } from './ports/witness-store.ts';
export { sealedListsOf } from './roles/distributor/chance.ts';
export { createDistributor, type Distributor } from './roles/distributor/distributor.ts';
export type { DistributorEvent } from './roles/distributor/neighbours.ts';
export type { SettlementIntent } from './roles/distributor/settling/sealed-line.ts';
export type { SettlementHandoff, SettlementView } from './roles/distributor/settling/settlement-view.ts';
export { createSettling, type Settling } from './roles/distributor/settling/settling.ts';
export { createGovernor, type Governor } from './roles/governor/governor.ts';
export type { Proposal } from './roles/governor/proposal.ts';
export type { StatusRequest } from './roles/governor/request.ts';
export { createApproval } from './roles/governor/signed-approval.ts';
export type { IssuerConfig } from './roles/issuer/config.ts';
export { createIssuer, type Issuer } from './roles/issuer/issuer.ts';
export { createLedger, type LedgerAudit, type LedgerRole } from './roles/ledger/ledger.ts';
export { createGenesis } from './roles/network/genesis.ts';
export { createNetwork, type NetworkOptions, type NetworkRole } from './roles/network/network-role.ts';
export { createPastNetwork } from './roles/verifier/past-network.ts';
export { createVerifierRole } from './roles/verifier/verifier-role.ts';
export { createWitness, type WitnessRole } from './roles/witness/witness-role.ts';
export { sampleRulebook } from './sample/rulebook.ts';
