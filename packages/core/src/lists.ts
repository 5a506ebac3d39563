// The door for whoever handles lists of recipients and nothing else: it loads a tenth of what the whole of core does.
export { isJsonObject, type Json, parseJson } from './encoding/json.ts';
export { type Keccak, keccak256 } from './encoding/keccak.ts';
export { CodedError } from './errors.ts';
export { type Address, parseAddress } from './merkle/address.ts';
export {
  DIALECT_NAMES,
  DIALECTS,
  type Dialect,
  type DialectName,
  type LeafType,
  standardLeaves,
} from './merkle/dialect.ts';
export {
  createDistribution,
  type Distribution,
  findRecipient,
  type ListedRecipient,
  recipientAt,
  recipientLeafHash,
} from './merkle/distribution.ts';
export { encodeHash, parseHash } from './merkle/published-hash.ts';
export { appendRecipient, createRecipientTable, type RecipientTable } from './merkle/recipient-table.ts';
export {
  encodeSablierCampaign,
  encodeStandardDump,
  parseStandardDump,
  type StandardDump,
} from './merkle/standard-dump.ts';
export {
  type BuildOptions,
  createMerkleTree,
  type Leaves,
  type MerkleTree,
  merkleProof,
  merkleRoot,
  proofPositions,
  verifyMerkleProof,
} from './merkle/tree.ts';
export { encodeUniswapClaims, parseUniswapClaims } from './merkle/uniswap-claims.ts';
export {
  type ClaimList,
  type ClaimRow,
  type ListedClaim,
  MAX_CLAIM_FAULTS,
  MAX_CLAIM_LIST_LENGTH,
  MAX_CLAIM_ROWS,
  parseClaimList,
} from './recipients/claim-list.ts';
export { LIST_COLUMNS, LIST_FORMATS, type ListFormat, type ListHeader } from './recipients/list-header.ts';
export {
  createListReader,
  type ListOptions,
  type ListReader,
  type ListReport,
  type ListWarning,
  MAX_FAULTS,
  MAX_LIST_ROWS,
  type RowFault,
} from './recipients/list-reader.ts';
export {
  type AmountFormat,
  formatAmount,
  MAX_DECIMALS,
  parseListedAmount,
  UNITS,
  type Units,
} from './recipients/listed-amount.ts';
export {
  keyOfRow,
  type OfferRows,
  type OffersMade,
  type OfferTerms,
  offerToList,
  type RowOutcome,
} from './recipients/offer-list.ts';
export { type OfferedType, offeredTypesOf } from './recipients/offered-types.ts';
export { encodeRecipient, type Recipient } from './recipients/recipient.ts';
export type { Cell } from './recipients/row-cells.ts';
export { VERIFICATIONS, type Verification } from './recipients/verification.ts';
