import { sha256Base64url } from '../encoding/bytes.ts';
import { type PublicJwk, thumbprint } from '../encoding/jwk.ts';
import { type AccountId, parseAccountId } from './account.ts';

/** Characters of an account's id, at most. */
const MAX_ACCOUNT_ID = 128;

/** Before the thumbprint of a key, in the name of the account that this key orders. */
export const OF_KEY = 'key.';

/**
 * The account that is paid when a destination says `internal` and this name. An account is of one asset, so a person has one
 * for each: otherwise whoever was paid in one could stop a program in another by naming the same. A name that is too long with
 * what stands before it is told by its digest, under a prefix of its own.
 */
export function holderAccount(asset: string, name: string): AccountId {
  const counted = spelled(asset);
  const id = `holder.${counted}.${name}`;
  return parseAccountId(id.length <= MAX_ACCOUNT_ID ? id : `holder-digest.${counted}.${sha256Base64url(name)}`);
}

/** CAIP-19 has slashes, which no account's id has, and may be long: such an asset is told by its digest. */
function spelled(asset: string): string {
  return /^[A-Za-z0-9_.:-]{1,64}$/.test(asset) ? asset : `digest:${sha256Base64url(asset)}`;
}

/**
 * The name of the account that a key orders: the key is all of it, so nobody registers it and nobody can be told another
 * one. An account with any other name is moved by nobody's order.
 */
export function accountOfKey(key: PublicJwk): string {
  return `${OF_KEY}${thumbprint(key)}`;
}
