import { type Destination, encodeDestination } from '../destination/destination.ts';
import { sha256Base64url } from '../encoding/bytes.ts';
import { canonicalJson } from '../encoding/json.ts';

/** What a rail is asked to pay. */
export type SettlementLine = {
  /** Of one attempt: stable, unique, 1 to 35 of `A-Za-z0-9-`; the EndToEndId of ISO 20022. */
  readonly lineId: string;
  readonly transferId: string;
  readonly destination: Destination;
  /** Minor units. */
  readonly amount: bigint;
  readonly asset: { readonly code: string; readonly decimals: number };
  /** What the payee reads on the statement: 1 to 140 characters. */
  readonly reference: string;
};

/** Lines that are handed to a rail together, and for which it gives one acceptance. */
export type SettlementBatch = {
  /** Ours, unique: 1 to 35 of `A-Za-z0-9-`; the MsgId of ISO 20022. */
  readonly id: string;
  /** Unix milliseconds. A part of the batch, so that whatever a rail makes of it is the same each time. */
  readonly createdAt: number;
  readonly lines: readonly SettlementLine[];
};

/** SHA-256, base64url, of everything in the batch: equal for a repeat, another for whatever differs. */
export function settlementBatchDigest({ id, createdAt, lines }: SettlementBatch): string {
  const rows = lines.map(({ lineId, transferId, destination, amount, asset, reference }) => [
    lineId,
    transferId,
    encodeDestination(destination),
    amount.toString(),
    asset.code,
    asset.decimals,
    reference,
  ]);
  return sha256Base64url(canonicalJson([id, createdAt, rows]));
}
