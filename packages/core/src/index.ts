export { compareBytes, concatBytes, equalBytes, sha256 } from './encoding/bytes.ts';
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
export {
  encodeBase64,
  encodeBase64url,
  encodeHex,
  encodeUtf8,
  parseBase64,
  parseBase64url,
  parseHex,
  parseUtf8,
} from './encoding/text.ts';
export { assert, CodedError, isCodedError } from './errors.ts';
export { keysInForce } from './fold/authority.ts';
export { type Applied, apply, createEpoch, statementChecks } from './fold/fold.ts';
export { listLeaf, listLeaves, partyLeaves, rootOfLeaves, rulebookLeaves, sectionsOf, sortLeaves } from './fold/sections.ts';
export {
  type ChangeRecord,
  changeKey,
  createNetworkState,
  type DecisionRecord,
  type NetworkState,
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
  type Statement,
  type StatementBody,
  type StatementOf,
  type StatementParse,
  STATEMENT_TYP,
  type StatusChange,
} from './fold/statement.ts';
export {
  APPROVAL_TYP,
  type Approval,
  bindingDigest,
  type DecisionTerms,
  decisionDigest,
  encodeSaltedLeaf,
  parseApproval,
  type SaltedLeaf,
  saltedRoot,
} from './governance/decision.ts';
export {
  type ActionClass,
  type Assurance,
  EFFECTS,
  type Effect,
  FRESHNESS_BANDS,
  type Freshness,
  type FreshnessRule,
  type FreshnessRules,
  type Grant,
  grantOf,
  POWERS,
  type Power,
  type Rulebook,
  rulebookSchema,
  textOfClass,
} from './rulebook/rulebook.ts';
export { networkIssuerKey, profileFor } from './trust/issuer-key.ts';
export type { Judgement } from './verdict/checks.ts';
export type { Evidence, ForeignStatus, IssuerKey, NetworkView, SignatureResults, Trust } from './verdict/evidence.ts';
export { DEFAULT_FRESHNESS } from './verdict/freshness.ts';
export { judge } from './verdict/judge.ts';
export { consequenceOf } from './verdict/reasons.ts';
export {
  type Allowance,
  type Basis,
  CHECK_NAMES,
  type Check,
  type CheckName,
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
