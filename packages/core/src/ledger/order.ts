import { z } from 'zod';
import { sha256Base64url } from '../encoding/bytes.ts';
import { canonicalJson, type JsonObject } from '../encoding/json.ts';
import { algorithmOf, type PublicJwk, parsePublicJwk, thumbprint } from '../encoding/jwk.ts';
import { type Jws, parseJws } from '../encoding/jws.ts';
import { parseBase64url } from '../encoding/text.ts';
import { CodedError } from '../errors.ts';
import type { AccountId } from './account.ts';
import { parseAmount } from './amount.ts';
import { accountOfKey, holderAccount } from './holder-account.ts';
import { parseTransferId, parseTransferReference, type TransferCommand } from './transfer.ts';

export const ORDER_TYP = 'order+jwt';
/** Characters of a signed order; anything longer is none. */
export const MAX_ORDER_LENGTH = 2048;
/** An order is good for a day at most: what lies about for longer is not what its holder still wants. */
export const MAX_ORDER_MS = 86_400_000;

const ORDER_LABEL = 'holdfast order v1';

const digest = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
/** Named after the key that an account began with; its holder may have given it another since. */
const ofKey = z.string().regex(/^key\.[A-Za-z0-9_-]{43}$/);

const always = {
  v: z.literal(1),
  /** The party whose ledger it is for: the same order does nothing at another. */
  ledger: z.string().min(1).max(500),
  /** Unix milliseconds: from then on it is refused, unless it was carried out before. */
  expiresAt: z.int().min(0),
};

const common = {
  ...always,
  /** The account, where that is not the one named after the key that signs. */
  from: ofKey.optional(),
  /** Code of the asset; its decimals are the account's. */
  asset: z.string().regex(/^[A-Za-z0-9_.:/-]{1,128}$/),
};

const orderSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('transfer'),
    ...common,
    /** The name of the account that gets it, as an `internal` destination has it. */
    to: z.string().regex(/^[A-Za-z0-9_.:-]{1,128}$/),
    /** Minor units in digits. */
    amount: z.string().regex(/^(0|[1-9][0-9]{0,38})$/),
    /** 16 to 64 random bytes, base64url: two orders of the same are two, and one sent twice is one. */
    salt: z.string().refine(isSalt, '16 to 64 bytes in base64url'),
    /** Digest of what it is for; see `TransferReference`. */
    reference: z
      .string()
      .regex(/^[A-Za-z0-9_-]{43}$/)
      .optional(),
  }),
  z.strictObject({ kind: z.literal('balance'), ...common }),
  z.strictObject({
    kind: z.literal('rekey'),
    ...always,
    account: ofKey,
    /** Thumbprint of the key that is to order it. */
    to: digest,
    salt: z.string().refine(isSalt, '16 to 64 bytes in base64url'),
  }),
  z.strictObject({
    kind: z.literal('keep-key'),
    ...always,
    account: ofKey,
    /** The change that is called off. */
    change: digest,
  }),
]);

/** What a holder orders about their account: to move of it, to be told what is on it, or that another key is to order it. */
export type Order = z.infer<typeof orderSchema>;
export type TransferOrder = Extract<Order, { kind: 'transfer' }>;
/** About an account's key, whatever is on it. */
export type KeyOrder = Extract<Order, { kind: 'rekey' | 'keep-key' }>;

export type ParsedOrder = {
  readonly jws: Jws;
  /** The holder's key, out of the header: it is authority over its own account and over nothing else. */
  readonly key: PublicJwk;
  readonly order: Order;
};

/** Header and payload for signing, in canonical order. */
export function orderSigningParts(order: Order, key: PublicJwk): [JsonObject, JsonObject] {
  const header = { alg: algorithmOf(key), jwk: { ...key }, typ: ORDER_TYP };
  return [JSON.parse(canonicalJson(header)) as JsonObject, JSON.parse(canonicalJson(order)) as JsonObject];
}

/** Opens an order without verifying it. Throws `order.malformed`, or the code of the layer below (`jws.*`, `jwk.*`, `json.*`). */
export function parseOrder(text: string): ParsedOrder {
  if (text.length > MAX_ORDER_LENGTH) throw malformed('it is too long');
  const jws = parseJws(text, { maxLength: MAX_ORDER_LENGTH, maxDepth: 4 });
  if (jws.header.typ !== ORDER_TYP) throw malformed('its type is another');
  const parsed = orderSchema.safeParse(jws.payload);
  if (parsed.success) return { jws, key: parsePublicJwk(jws.header.jwk), order: parsed.data };
  const [issue] = parsed.error.issues;
  throw malformed(issue?.path.join('.') || 'the whole');
}

/** The name of the account that an order is about. */
export function accountNameOfOrder({ key, order }: Pick<ParsedOrder, 'key' | 'order'>): string {
  return 'account' in order ? order.account : (order.from ?? accountOfKey(key));
}

/** The account that gives, or that is asked about. */
export function accountOfOrder(parsed: {
  readonly key: PublicJwk;
  readonly order: Exclude<Order, KeyOrder>;
}): AccountId {
  return holderAccount(parsed.order.asset, accountNameOfOrder(parsed));
}

/**
 * What is asked of the ledger. Named by what the holder signed and not by the signature, of which there are many for the same
 * bytes: however often it is sent, or signed again, it is one transfer.
 */
export function transferOfOrder(order: TransferOrder, key: PublicJwk): TransferCommand & { readonly kind: 'posted' } {
  const { asset, to, amount, reference } = order;
  return {
    kind: 'posted',
    id: parseTransferId(`order.${sha256Base64url(canonicalJson([ORDER_LABEL, thumbprint(key), order]))}`),
    debit: accountOfOrder({ key, order }),
    credit: holderAccount(asset, to),
    amount: parseAmount(amount),
    ...(reference === undefined ? {} : { reference: parseTransferReference(reference) }),
  };
}

function isSalt(text: string): boolean {
  try {
    const { length } = parseBase64url(text);
    return length >= 16 && length <= 64;
  } catch {
    return false;
  }
}

function malformed(what: string): CodedError {
  return new CodedError('order.malformed', `This is no order of a holder: ${what}.`);
}
