import { sha256Base64url } from '../encoding/bytes.ts';
import { canonicalJson } from '../encoding/json.ts';
import { thumbprint } from '../encoding/jwk.ts';
import { OF_KEY } from './holder-account.ts';
import type { KeyOrder, ParsedOrder } from './order.ts';

/** How long after it was ordered another key takes over an account: as long as its holder has to notice and call it off. */
export const KEY_CHANGE_DELAY_MS = 7 * 86_400_000;

/** Changes of one account's key, at most, those that were called off too. */
export const MAX_KEY_CHANGES = 32;

/** Another key for an account, as its key at that time ordered it. */
export type KeyChange = {
  /** Digest of what was signed: sent again, or signed again, it is the same change. */
  readonly id: string;
  /** `key.…`: named after the key that the account began with, for good. */
  readonly account: string;
  /** 1, 2, 3 … of this account. */
  readonly number: number;
  /** Thumbprint of the key that takes over. */
  readonly to: string;
  /** Unix milliseconds: when it was ordered, and from when on it counts. */
  readonly at: number;
  readonly effectiveAt: number;
  /** The signed order. */
  readonly order: string;
  /** The signed order that called it off. */
  readonly cancelledBy?: string;
};

export type KeyOrderAnswer =
  | { readonly kind: 'begin'; readonly change: KeyChange }
  | { readonly kind: 'cancel'; readonly change: KeyChange }
  /** It was done before. */
  | { readonly kind: 'repeat'; readonly change: KeyChange }
  | { readonly kind: 'refused'; readonly why: 'not-its-key' | 'key-pending' | 'no-key-change' | 'key-changes-full' };

/** Thumbprint of the key that orders an account now. */
export function keyOfAccount(account: string, changes: readonly KeyChange[], now: number): string {
  const done = changes.filter(({ cancelledBy, effectiveAt }) => cancelledBy === undefined && effectiveAt <= now);
  return done.at(-1)?.to ?? account.slice(OF_KEY.length);
}

/** The change that waits to take effect. There is at most one. */
export function pendingKeyChange(changes: readonly KeyChange[], now: number): KeyChange | undefined {
  return changes.find(({ cancelledBy, effectiveAt }) => cancelledBy === undefined && effectiveAt > now);
}

/**
 * What an order about an account's key comes to. Only the key in force orders it, also while another waits to take over: until then it
 * can call that off, and afterwards nothing. `changes`: all of this account, by number.
 */
export function judgeKeyOrder(
  { order, key }: ParsedOrder & { readonly order: KeyOrder },
  text: string,
  changes: readonly KeyChange[],
  now: number,
): KeyOrderAnswer {
  const { account } = order;
  const signer = thumbprint(key);
  const pending = pendingKeyChange(changes, now);
  if (order.kind === 'keep-key') {
    const named = changes.find(({ id }) => id === order.change);
    if (named?.cancelledBy !== undefined) return { kind: 'repeat', change: named };
    if (signer !== keyOfAccount(account, changes, now)) return { kind: 'refused', why: 'not-its-key' };
    if (pending === undefined || pending.id !== order.change) return { kind: 'refused', why: 'no-key-change' };
    return { kind: 'cancel', change: { ...pending, cancelledBy: text } };
  }
  const id = sha256Base64url(canonicalJson(['holdfast key change v1', signer, order]));
  const known = changes.find((change) => change.id === id);
  if (known !== undefined) return { kind: 'repeat', change: known };
  if (signer !== keyOfAccount(account, changes, now)) return { kind: 'refused', why: 'not-its-key' };
  if (pending !== undefined) return { kind: 'refused', why: 'key-pending' };
  if (changes.length >= MAX_KEY_CHANGES) return { kind: 'refused', why: 'key-changes-full' };
  const number = changes.length + 1;
  const effectiveAt = now + KEY_CHANGE_DELAY_MS;
  return { kind: 'begin', change: { id, account, number, to: order.to, at: now, effectiveAt, order: text } };
}
