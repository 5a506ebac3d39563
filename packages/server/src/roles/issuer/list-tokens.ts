import {
  createStatusTokenPayload,
  encodeBase64url,
  encodeJws,
  encodeSigningInput,
  encodeUtf8,
  packStatuses,
  publishedStatuses,
  STATUS_TOKEN_TYP,
  sha256,
} from '@holdfast/core';
import type { IssuerList } from '../../ports/issuer-store.ts';
import type { IssuerBounds } from './config.ts';
import type { IssuerFollower, IssuerSigner } from './neighbours.ts';

/** A Status List Token as it is served. Times in unix milliseconds. */
export type ListToken = {
  readonly jwt: string;
  /** Strong: equal exactly when the bytes are. */
  readonly etag: string;
  /** SHA-256 of the packed list it says. */
  readonly digest: string;
  /** Time of the epoch it was read at, and when it ends. */
  readonly asOf: number;
  readonly expiresAt: number;
};

type Ports = {
  readonly signer: IssuerSigner;
  readonly bounds: IssuerBounds;
  readonly compress: Compress;
};

/** Makes packed bytes a zlib stream (RFC 1950). What it gives is transport: nothing is signed that depends on how well. */
export type Compress = (packed: Uint8Array) => Promise<Uint8Array>;

/** What the network's view says of one list. Undefined when it has not read the list, or when the feed contradicts itself. */
export type ListReading = {
  readonly values: Uint8Array;
  readonly bits: 2;
  /** base64url SHA-256 of the packed list. */
  readonly digest: string;
  /** Time of the epoch, unix milliseconds. */
  readonly asOf: number;
};

export function readList(
  follower: IssuerFollower,
  { uri, key }: Pick<IssuerList, 'uri' | 'key'>,
): ListReading | undefined {
  const view = follower.view();
  const list = view?.lists.get(uri);
  if (follower.contradiction !== undefined || view === undefined || list === undefined || list.key !== key)
    return undefined;
  const { bits } = list;
  const values = publishedStatuses(list.values);
  // Of the network's list: what is published of it changes when that does.
  const digest = list.digest ?? encodeBase64url(sha256(packStatuses(list.values, bits)));
  return { values, bits, digest, asOf: view.position.time };
}

/**
 * Signs what was read, with the key of the list's credentials. `iat` is the time of the epoch that it was read at, not of
 * the signing: an issuer that is cut off cannot make old knowledge look young, its token just grows old and ends.
 */
export async function createListToken(
  { signer, bounds, compress }: Ports,
  list: IssuerList,
  reading: ListReading,
  aggregationUri: string,
): Promise<ListToken> {
  const iat = Math.floor(reading.asOf / 1000);
  const exp = iat + Math.floor(bounds.listTokenLifeMs / 1000);
  const compressed = await compress(packStatuses(reading.values, reading.bits));
  const payload = createStatusTokenPayload({
    ...{ uri: list.uri, iat, exp, ttl: Math.floor(bounds.listTtlMs / 1000) },
    ...{ bits: reading.bits, compressed: new Uint8Array(compressed), aggregationUri },
  });
  const header = { alg: 'ES256', typ: STATUS_TOKEN_TYP, kid: list.key, x5c: list.x5c };
  const input = encodeSigningInput(header, payload);
  const jwt = encodeJws(input, await signer.sign(list.keyName, encodeUtf8(input)));
  const etag = `"${encodeBase64url(sha256(encodeUtf8(jwt)))}"`;
  return { jwt, etag, digest: reading.digest, asOf: iat * 1000, expiresAt: exp * 1000 };
}
