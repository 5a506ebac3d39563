export {
  ADMISSION_CLASSES,
  type AdmissionClass,
  type AdmissionTerms,
  type ClassTerms,
  DEFAULT_ADMISSION_TERMS,
} from './admission/admission-class.ts';
export { applyCursor, COHORTS, cohortOf, createHourlyDigest, type HourlyDigest } from './admission/cohort.ts';
export { createGate, type Gate, type GateTurn } from './admission/gate.ts';
export type { AdmissionView, Moved, ShedReason } from './admission/gate-lane.ts';
export { applyPace, clearsInMs, type Pace, promisedBy } from './admission/pace.ts';
export { createRates, type Rates, type RateTerms } from './admission/rates.ts';
export { isInSlot, MAX_SLOT_ATTEMPT, type SlotName, slotOf } from './admission/slot.ts';
export type { AuditedEntry, AuditFinding, AuditProblem, AuditRule } from './audit/audit-rule.ts';
export { AUDIT_RULES } from './audit/audit-rules.ts';
export { type Auditor, type AuditorReport, createAuditor, type RefusedEntry } from './audit/auditor.ts';
export {
  createReceiptTally,
  type OpenedReceipt,
  openAuditedReceipt,
  type ReceiptTally,
} from './audit/receipt-audit.ts';
export {
  type CaseAct,
  type CaseTarget,
  caseActDigest,
  caseActSchema,
  caseTargetSchema,
} from './cases/act.ts';
export {
  CASE_STAGES,
  type CaseOwner,
  type CaseRecord,
  type CaseStage,
  isHolding,
  isOpen as isOpenCase,
  KEPT_AFTER_END_MS,
  latestEnd,
  ownerOfCase,
  wordsOfOwner,
} from './cases/case-record.ts';
export { CASE_BAR_WORDS, CASE_REMEDY_WORDS, CASE_SILENCE_WORDS, CASE_STAGE_WORDS } from './cases/case-words.ts';
export { INCIDENT_REPORTS, type Incident, type IncidentReport, owedNext } from './cases/incident.ts';
export { type ManualRate, manualCourse, manualRate } from './cases/manual-rate.ts';
export {
  MAX_PARTY_FILING_LENGTH,
  type PartyFiling,
  parsePartyFiling,
  partyFilingSigningInput,
  type SignedPartyFiling,
} from './cases/party-filing.ts';
export { credentialChecks } from './credential/credential-checks.ts';
export { parseDateTime } from './credential/date-time.ts';
export {
  createCredentialDraft,
  encodeCredential,
  entropyForCredential,
} from './credential/issue.ts';
export { judgeKeyBinding } from './credential/key-binding.ts';
export {
  type Credential,
  type CredentialHeader,
  type KeyBinding,
  type ParsedCredential,
  parseCredential,
} from './credential/parsed-credential.ts';
export { createPresentationDraft, encodePresentation } from './credential/presentation.ts';
export {
  type ClaimQuery,
  type CredentialQuery,
  matchQuery,
  parseQuery,
  type Query,
  type QueryFault,
  type QueryMatch,
} from './credential/query.ts';
export type { BitstringReference, NetworkReference, StatusReference } from './credential/registered-claims.ts';
export {
  DESTINATION_KINDS,
  type Destination,
  type DestinationKind,
  destinationSchema,
  encodeDestination,
  MAX_DESTINATION_NAME_LENGTH,
  maskDestination,
} from './destination/destination.ts';
export { encodeEip55Address } from './destination/eip55.ts';
export { compareBytes, concatBytes, equalBytes, sha256, sha256Base64url } from './encoding/bytes.ts';
export {
  canonicalJson,
  DEFAULT_JSON_BOUNDS,
  isJsonObject,
  type Json,
  type JsonBounds,
  type JsonObject,
  parseJson,
  parseJsonObject,
} from './encoding/json.ts';
export { type Algorithm, algorithmOf, type PublicJwk, parsePublicJwk, thumbprint } from './encoding/jwk.ts';
export { jwkSchema } from './encoding/jwk-schema.ts';
export {
  encodeJws,
  encodeSigningInput,
  type Jws,
  parseJws,
  type SignatureCheck,
  signatureCheck,
} from './encoding/jws.ts';
export { encodeRfc3339, parseRfc3339 } from './encoding/rfc3339.ts';
export {
  encodeBase64,
  encodeBase64url,
  encodeHex,
  encodeId,
  encodeUtf8,
  parseBase64,
  parseBase64url,
  parseHex,
  parseUtf8,
} from './encoding/text.ts';
export { assert, CodedError, isCodedError } from './errors.ts';
export {
  emergencyMsOf,
  findCancellable,
  isOnlyTighter,
  MAX_EMERGENCY_MS,
  mayBeAtOnce,
  noticeOf,
} from './fold/amendments.ts';
export { keysInForce, officerApprovals, officerWithKey } from './fold/authority.ts';
export { type Bar, officersBarred, officersWhoMay, openCases, quorumOf } from './fold/cases.ts';
export { listsOfKey } from './fold/compromise.ts';
export { deciderEntriesOf } from './fold/conflicts.ts';
export { contradictionSubject } from './fold/contradictions.ts';
export { findDecidingEntry } from './fold/deciding.ts';
export { digestOfDecision } from './fold/decision-digest.ts';
export { type Docket, decidersOf } from './fold/docket.ts';
export { rulebookAt } from './fold/due.ts';
export { describeEach, describeEntries, type EntryLine } from './fold/entry-lines.ts';
export { type Applied, apply, createEpoch, statementChecks } from './fold/fold.ts';
export { type KeyProof, type OpenedKeyProof, openKeyProof, proveKeys } from './fold/key-proof.ts';
export {
  checkpointVkeys,
  isLogTerms,
  isOnlyOfLog,
  isStolen,
  type LogKeysAt,
  type LogTerms,
  logKeysFor,
} from './fold/log-keys.ts';
export {
  isExceptionAllowed,
  keepsMarks,
  newExceptions,
  PARTY_POWERS,
  type PartyPower,
  powerForParty,
  powerOfPartyChange,
} from './fold/party-changes.ts';
export {
  changesOfRevision,
  findRevision,
  MAX_PROGRAM_VERSIONS,
  noticeOfRevision,
} from './fold/revisions.ts';
export {
  listLeaf,
  listLeaves,
  partyLeaves,
  programLeaves,
  rootOfLeaves,
  rulebookLeaves,
  sectionsOf,
  sortLeaves,
} from './fold/sections.ts';
export { encodeSnapshot, MAX_SNAPSHOT_BYTES, parseSnapshot, type Snapshot } from './fold/snapshot.ts';
export {
  type ChangeRecord,
  changeKey,
  copyNetworkState,
  createNetworkState,
  type DecisionRecord,
  type ExceptionRecord,
  type NetworkState,
  type ProgramRecord,
  type ProgramRevision,
  type ProgramVersion,
  type Refusal,
  type StatusList,
} from './fold/state.ts';
export {
  MAX_LIST_SIZE,
  MAX_STATEMENT_BYTES,
  type Party,
  type PartyKey,
  parseStatement,
  partySchema,
  SECTIONS,
  type Section,
  type Sections,
  STATEMENT_TYP,
  type Statement,
  type StatementBody,
  type StatementOf,
  type StatementParse,
  type StatusChange,
} from './fold/statement.ts';
export { MAX_STATUS_CHANGES, runsOfChanges, type StatusRun } from './fold/status-changes.ts';
export {
  createSuccessorState,
  type SuccessionTerms,
  successionDecision,
  successionDigest,
} from './fold/succession.ts';
export { restorePoint } from './fold/trial.ts';
export {
  approvalSigningInput,
  checkTerms,
  type DecisionOpenings,
  type DecisionTarget,
  type ExpectedDecision,
} from './governance/approval.ts';
export {
  APPROVAL_TYP,
  type Approval,
  bindingDigest,
  type DecisionTerms,
  decisionDigest,
  type ErasedLeaf,
  encodeSaltedLeaf,
  eraseLeaves,
  openedRoot,
  parseApproval,
  type SaltedLeaf,
  saltedRoot,
} from './governance/decision.ts';
export { ERASURE_TYP, type ErasureRequest, erasureSigningInput, parseErasureRequest } from './governance/erasure.ts';
export { LOGIN_TYP, loginSigningInput, type OfficerLogin, parseLogin } from './governance/login.ts';
export {
  ACCEPTANCE_TYP,
  type Acceptance,
  type AcceptedTransfer,
  acceptanceOf,
  acceptedTransfers,
  openReceipt,
  parseAcceptance,
  receiptOf,
  type TransferReceipt,
  transferReceiptSchema,
} from './ledger/acceptance.ts';
export { type AcceptedCall, checkOfAcceptance, wrongAnswer } from './ledger/accepted-call.ts';
export {
  type Account,
  type AccountAnswer,
  type AccountId,
  type AccountResult,
  type AccountRule,
  type Asset,
  type Balances,
  type NewAccount,
  parseAccountId,
  parseAsset,
} from './ledger/account.ts';
export {
  judgeKeyOrder,
  KEY_CHANGE_DELAY_MS,
  type KeyChange,
  keyOfAccount,
  MAX_KEY_CHANGES,
  pendingKeyChange,
} from './ledger/account-key.ts';
export { type Amount, MAX_AMOUNT, parseAmount } from './ledger/amount.ts';
export { applyAccounts } from './ledger/apply-accounts.ts';
export { applyTransfers, expirePending } from './ledger/apply-transfers.ts';
export { accountOfKey, holderAccount } from './ledger/holder-account.ts';
export {
  accountNameOfOrder,
  accountOfOrder,
  type KeyOrder,
  MAX_ORDER_LENGTH,
  MAX_ORDER_MS,
  type Order,
  orderSigningParts,
  type ParsedOrder,
  parseOrder,
  type TransferOrder,
  transferOfOrder,
} from './ledger/order.ts';
export {
  type PendingEnd,
  parseTransferId,
  parseTransferReference,
  TRANSFER_REFUSALS,
  type Transfer,
  type TransferAnswer,
  type TransferCommand,
  type TransferId,
  type TransferReference,
  type TransferRefusal,
  type TransferResult,
  type TransferState,
} from './ledger/transfer.ts';
export type { LedgerChanges, LedgerView } from './ledger/view.ts';
export {
  type AddCheckpoint,
  type CosignedTree,
  encodeAddCheckpoint,
  judgeAddCheckpoint,
  MAX_ADD_CHECKPOINT_BYTES,
  type NotCosigned,
  parseAddCheckpoint,
} from './log/add-checkpoint.ts';
export {
  type Checkpoint,
  encodeCheckpoint,
  isOrigin,
  parseCheckpoint,
} from './log/checkpoint.ts';
export { addSignatures } from './log/cosignatures.ts';
export { type FraudCase, type FraudProof, parseFraudProof } from './log/fraud-proof.ts';
export {
  cosignatureMessage,
  encodeCosignature,
  encodeNote,
  encodeSignatureLines,
  encodeVkey,
  judgeNote,
  keyRef,
  NOTE_KEY_TYPE,
  type NoteSignature,
  noteChecks,
  noteMessage,
  parseCosignature,
  parseNote,
  parseSignatureLines,
  parseVkey,
  type SignedNote,
  type Vkey,
  vkeyOf,
} from './log/note.ts';
export {
  encodePositions,
  isSamePosition,
  joinPositions,
  MAX_POSITION_HEADER_LENGTH,
  type Position,
  parsePosition,
  parsePositionArray,
  parsePositions,
} from './log/position.ts';
export {
  compactTreeAt,
  consistencyProof,
  inclusionProof,
  type ReadHash,
  readerOfLeaves,
  type Subtree,
  subtreesRead,
  verifyConsistency,
  verifyInclusion,
} from './log/proof.ts';
export {
  encodeEntryBundle,
  encodeTile,
  entryBundlePath,
  MAX_ENTRY_LENGTH,
  parseEntryBundle,
  parseTile,
  parseTilePath,
  readerOfTiles,
  TILE_HEIGHT,
  TILE_WIDTH,
  type Tile,
  type TilePath,
  tilePath,
  tilesBetween,
  tilesOf,
  tileWidthAt,
} from './log/tile.ts';
export { parseTlogPolicy } from './log/tlog-policy.ts';
export { encodeTlogProof, isInLog, MAX_TLOG_PROOF_LENGTH, parseTlogProof, type TlogProof } from './log/tlog-proof.ts';
export {
  appendLeaf,
  type CompactTree,
  compactRoot,
  copyCompactTree,
  createCompactTree,
  EMPTY_ROOT,
  HASH_LENGTH,
  leafHash,
  nodeHash,
  rootOf,
} from './log/tree.ts';
export {
  type Cosigned,
  type QuorumWord,
  quorumWord,
  type WitnessPolicy,
  type WitnessQuorum,
  witnessPolicyOf,
} from './log/witness-policy.ts';
export { applyClockReading, type ClockReading, type ClockWatch } from './overview/clock-watch.ts';
export type {
  BacklogFact,
  CaseFact,
  CheckFact,
  FraudFact,
  KeyFact,
  LedgerFact,
  ListFact,
  LogFact,
  OutletFact,
  OverviewFacts,
  PartFact,
  SilentPart,
  VerifierFact,
  WitnessFact,
} from './overview/facts.ts';
export { type Finding, findingKey, OVERVIEW_CODES, type OverviewCode } from './overview/finding.ts';
export { sayMoment } from './overview/moment.ts';
export {
  MAX_FINDINGS,
  type Overview,
  overviewOf,
  type SeenSince,
  seenSince,
  sentenceOf,
  wordsOfFinding,
} from './overview/overview.ts';
export { type ApplicationMatter, outcomeOfApplication } from './person/application-outcome.ts';
export { type CaseMatter, outcomeOfCase } from './person/case-outcome.ts';
export { changePhrases } from './person/change-phrases.ts';
export { type Contact, contactSchema, sayContact, wordingOfContact } from './person/contact.ts';
export { type CredentialMatter, changesOfCredential, outcomeOfCredential } from './person/credential-outcome.ts';
export {
  encodePersonCode,
  PERSON_MATTERS,
  type PersonCode,
  type PersonMatterKind,
  parsePersonCode,
  personCodeDigest,
} from './person/person-code.ts';
export type { Complaint, ComplaintTerms, PersonAct, PersonOutcome } from './person/person-outcome.ts';
export {
  PERSON_LANGUAGES,
  type PersonLanguage,
  type PersonWords,
  type Phrase,
  type PhraseValue,
  partsOfPhrase,
  sayDate,
  sayPhrase,
} from './person/phrase.ts';
export { directionOf, isLanguage, type ShownWords, type Texts, type Wording, wordsIn } from './person/wording.ts';
export {
  type AllocationInput,
  type AllocationOutcome,
  type AllocationResult,
  allocate,
  allocateInstantly,
  allocationResultSchema,
  type Candidate,
  entitlementOf,
  type InstantAllocation,
  type InstantSpent,
} from './program/allocation.ts';
export {
  type Acknowledgement,
  type Application,
  acknowledgementSigningInput,
  acknowledgementSigningParts,
  applicationDigest,
  applicationNonce,
  applicationSchema,
  parseAcknowledgement,
  parseApplication,
} from './program/application.ts';
export {
  assertRevealable,
  type BeaconEvidence,
  type CommitRevealState,
  commitmentOf,
  commitRevealState,
  drandRoundOf,
  drandRoundTime,
  type Reveal,
  SECRET_LENGTH,
  type SealedLists,
  seedOf,
} from './program/beacon.ts';
export {
  compareProgramVersions,
  effectOfChanges,
  findNever,
  PROGRAM_EFFECTS,
  type ProgramChange,
  type ProgramEffect,
  type RevisionState,
} from './program/compare-versions.ts';
export { type Confirmation, confirmationOf, defaultOf } from './program/confirming.ts';
export { describeProgram, type ProgramDescription, type ProgramWarning } from './program/describe-program.ts';
export { type ProgramPart, type ProgramTelling, wordsOfDescription } from './program/description-words.ts';
export { HANDOFF_KINDS, HANDOFF_NEXT, type Handoff, type OpenHandoffs } from './program/handoff.ts';
export { type Instruction, instructionSchema } from './program/instruction.ts';
export { issuerCapsOf, issuersOnProbation } from './program/issuer-caps.ts';
export {
  type AbsenceProof,
  type AdmittedLeaf,
  type AllocatedLeaf,
  absenceProofSchema,
  admittedLeafSchema,
  allocatedRoot,
  encodeIntakeLeaf,
  encodeSealLeaf,
  type IntakeLeaf,
  intakeRoot,
  type LeafList,
  type LeafProof,
  leafCommitment,
  leafListOf,
  leafProofSchema,
  proveInList,
  proveLeaf,
  type RefusedLeaf,
  refusedLeafSchema,
  sealRoot,
  sortLeafHashes,
  verifyAbsence,
  verifyLeaf,
} from './program/leaves.ts';
export { nextInDraw } from './program/lottery.ts';
export { PROGRAM_PHASES, type ProgramPhase, phaseOf } from './program/phase.ts';
export {
  type Allocation,
  amountSchema,
  type BeaconTerms,
  beaconSchema,
  MAX_APPLICATIONS,
  MAX_PROGRAM_BYTES,
  type Program,
  programDigest,
  programIdSchema,
  programSchema,
} from './program/program.ts';
export { ownSlotAt, type ProgramSlots, slotsOf } from './program/program-slots.ts';
export {
  type ProgramRules,
  type Qualification,
  type QualifyingInput,
  type QualifyingOutcome,
  qualify,
  qualifyByException,
  type RuleFacts,
  type RuleOutcome,
} from './program/qualifying.ts';
export { APPLICATION_REFUSALS, type ApplicationRefusal, refusalOfOutcome } from './program/refusals.ts';
export { type ReachUnknown, type RevisionReach, revisionReach } from './program/revision-reach.ts';
export {
  instructionBeforeLeaving,
  instructionOn,
  type Ruled,
  type Rulings,
  rulingOn,
  rulingsOf,
} from './program/ruling.ts';
export { payoutTransfer } from './program/transfers.ts';
export {
  type Admission,
  admit,
  createNullifiers,
  isKeyCommitted,
  nullifierKeyDigest,
  type PersonClaim,
  type Qualified,
  readPersonClaim,
} from './program/uniqueness.ts';
export {
  firstDigestOf,
  mostOf,
  qualifyUnder,
  type RulesUnder,
  sharingOf,
  type Version,
  versionsFor,
  versionsOf,
} from './program/versions.ts';
export { formatAmount } from './recipients/listed-amount.ts';
export { type Answer, type AnswerSigns, MAX_HOLD_MS, readAnswer, type Shed } from './retrying/push-back.ts';
export {
  type Asked,
  applyAnswer,
  judgeSend,
  MAX_ATTEMPTS,
  MAX_TOKENS,
  type RetryTarget,
  type SendJudgement,
  UNKNOWN_TARGET,
} from './retrying/retry-target.ts';
export { withAdditions } from './rulebook/additions.ts';
export { type CaseCourse, type CourseStage, longestCaseOf } from './rulebook/case-course.ts';
export {
  CASE_SILENCES,
  CASE_SUBJECTS,
  type CaseReason,
  type CaseRules,
  type CaseSilence,
  type CaseSubject,
  ownerOf,
  PROTECTIVE_REMEDIES,
  REMEDIES,
  REMEDIES_FOR,
  type Remedy,
  type Track,
  trackOf,
} from './rulebook/case-rules.ts';
export { checkRulebook, MAX_RULEBOOK_BYTES } from './rulebook/check-rulebook.ts';
export { compareRulebooks, type RulebookChange } from './rulebook/compare-rulebooks.ts';
export { describeRulebook, type RulebookPart } from './rulebook/describe-rulebook.ts';
export type { FindingCode, RulebookFinding } from './rulebook/finding.ts';
export { type KeyHolder, keyHolders } from './rulebook/key-holders.ts';
export {
  type ActionClass,
  ASSURANCE_LEVELS,
  type Assurance,
  approvalsNeeded,
  EFFECTS,
  type Effect,
  FRESHNESS_BANDS,
  type Freshness,
  type FreshnessRule,
  type FreshnessRules,
  type Grant,
  grantOf,
  isCitable,
  POWERS,
  type Power,
  type Profile,
  type Rulebook,
  rulebookSchema,
  textOfClass,
  type Witnesses,
  witnessesSchema,
} from './rulebook/rulebook.ts';
export { wordingOfClass, wordingOfRoles, wordingOfTitle } from './rulebook/rulebook-words.ts';
export {
  canTogether,
  type PowerStanding,
  type PowersOf,
  type SeatStanding,
  type StandingPowers,
  standingPowers,
  type Vanishing,
} from './rulebook/standing-powers.ts';
export {
  type AppliedSettlement,
  applySettlement,
  type SettlementEvent,
  type SettlementRefusal,
} from './settlement/apply-settlement.ts';
export {
  createSettlement,
  encodeAttemptId,
  MAX_SETTLEMENT_ATTEMPTS,
  ownerOfSettlement,
  parseAttemptId,
  type Settlement,
  type SettlementAnswer,
  type SettlementAttempt,
  type SettlementOutcome,
  type SettlementOwner,
  type SettlementState,
  settlementLineId,
  stateOfAttempt,
  stateOfSettlement,
} from './settlement/settlement.ts';
export { type SettlementBatch, type SettlementLine, settlementBatchDigest } from './settlement/settlement-batch.ts';
export { differenceOfTerms, type SettlementField, type SettlementTerms } from './settlement/settlement-terms.ts';
export { MIN_BITSTRING_ENTRIES, packBitstring, readBitstringValue } from './status/bitstring.ts';
export {
  BITSTRING_TYP,
  type BitstringCredential,
  createBitstringPayload,
  parseBitstringCredential,
} from './status/bitstring-credential.ts';
export { permuteIndex } from './status/index-permutation.ts';
export { packedSize, packStatuses, readStatus, unpackStatuses } from './status/packed.ts';
export {
  createStatusTokenPayload,
  judgeStatusToken,
  MAX_STATUS_LIST_BYTES,
  MAX_STATUS_TOKEN_LENGTH,
  type ParsedStatusToken,
  parseStatusToken,
  STATUS_TOKEN_TYP,
  type StatusToken,
  type StatusTokenContent,
  type StatusTokenReason,
  type StatusTokenRequest,
} from './status/status-token.ts';
export { publishedStatuses, SUPERSEDED } from './status/superseded.ts';
export { type Difference, differencesOf, type TrustPoint } from './trust/differences.ts';
export { networkIssuerKey, otherNetworkIssuerKey, profileFor } from './trust/issuer-key.ts';
export {
  type IssuerRecord,
  type IssuerRecords,
  type Promptness,
  type RecordEvent,
  readIssuerRecord,
  recordEpoch,
} from './trust/issuer-record.ts';
export { accreditationsFor, asksRecord, type IssuerTerms, issuerTermsSchema } from './trust/issuer-terms.ts';
export { issuingKeys, signingKeys } from './trust/issuing-keys.ts';
export { type PastKey, pastKey } from './trust/past-key.ts';
export {
  isRecognising,
  type RecognisedType,
  type Recognition,
  type RecognitionRecord,
  recognitionSchema,
} from './trust/recognition.ts';
export {
  answerRegistryQuestion,
  networkUrn,
  REGISTRY_ACTIONS,
  type RegistryAnswer,
  type RegistryQuestion,
  type TrustView,
  trustViewOf,
} from './trust/registry-question.ts';
export { createTrustHistory, noteTrust, type TrustHistory, trustAt } from './trust/trust-history.ts';
export {
  MAX_MATRIX_ROWS,
  type MatrixAcceptance,
  type MatrixRow,
  type MatrixVerifier,
  type TrustMatrix,
  trustMatrix,
} from './trust/trust-matrix.ts';
export { attributeLoss, DEFAULT_LOSS, type Later, type Loss, type Reliance } from './verdict/attribute-loss.ts';
export {
  type CheckEvidence,
  type CheckFinding,
  type CheckRule,
  SILENCES,
  type Silence,
} from './verdict/check-evidence.ts';
export {
  encodeVerdict,
  encodeVerdictInput,
  type IgnoredEvidence,
  parseVerdictEnvelope,
  type Stages,
  VERDICT_TYP,
  type VerdictEnvelope,
} from './verdict/envelope.ts';
export type {
  Evidence,
  ForeignBitstring,
  ForeignStatus,
  IssuerKey,
  NetworkView,
  NetworkWitnessed,
  RecognisedEvidence,
  SignatureResults,
  Trust,
} from './verdict/evidence.ts';
export {
  type Cause,
  causeOf,
  type DecidingEntry,
  type Explanation,
  explain,
  type Gap,
  type Next,
  type Side,
  type SideSummary,
} from './verdict/explain.ts';
export {
  type Course,
  explainOverTime,
  type GivenVerdict,
  type Stretch,
  type Turn,
} from './verdict/explain-over-time.ts';
export { DEFAULT_FRESHNESS } from './verdict/freshness.ts';
export { judge } from './verdict/judge.ts';
export type { Judgement } from './verdict/judgement.ts';
export { encodeLineage, type Lineage, MAX_LINEAGE_LENGTH, parseLineage } from './verdict/lineage.ts';
export {
  bundleUnproved,
  encodeOfflineBundle,
  MAX_OFFLINE_BUNDLE_LENGTH,
  MAX_OFFLINE_DOCUMENTS,
  MAX_OFFLINE_LISTS,
  MAX_OFFLINE_NETWORKS,
  type OfflineBundle,
  type OfflineNetwork,
  openOfflineBundle,
  parseOfflineBundle,
  type RecordedDocument,
} from './verdict/offline-bundle.ts';
export { homePosition, otherPosition, positionsOf } from './verdict/positions.ts';
export { appliedProfile, checksRequiredByProfile, disclosedForbidden } from './verdict/profile.ts';
export {
  type FoldedLog,
  proveIncidents,
  proveLists,
  proveNetwork,
  proveRecognitions,
  proveSuccession,
  proveWitnesses,
} from './verdict/prove-network.ts';
export { consequenceOf } from './verdict/reasons.ts';
export {
  judgeReplay,
  type OpenedNetwork,
  type ProvedNetwork,
  prepareReplay,
  type ReplayBundle,
  type ReplayCheck,
  type ReplayPlan,
  type ReplayResult,
} from './verdict/replay.ts';
export {
  encodeSuccessionDraft,
  MAX_SUCCESSION_DRAFT_LENGTH,
  parseSuccessionDraft,
  type SuccessionDraft,
  successionDraftDigest,
  successionOf,
} from './verdict/succession-draft.ts';
export {
  type FoundingCheck,
  openFounding,
  type ProvedEnd,
  type ProvedFounding,
  type SuccessionStep,
} from './verdict/successions.ts';
export {
  type Allowance,
  type Basis,
  CHECK_NAMES,
  type Check,
  type CheckBasis,
  type CheckName,
  type ExternalCheckName,
  type ForeignBasis,
  type Issuer,
  OUTCOMES,
  type Outcome,
  type Reason,
  TICK_MS,
  type Verdict,
  type VerdictRequest,
  type WantedFreshness,
} from './verdict/verdict.ts';
export { asOfNetwork, type ProvedWitnesses, withoutWitnesses } from './verdict/witnessed.ts';
