import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import {
  BITSTRING_TYP,
  createBitstringPayload,
  encodeBase64url,
  encodeJws,
  encodeSigningInput,
  encodeUtf8,
  packBitstring,
  sha256,
} from '@holdfast/core';
import type { IssuerList } from '../../ports/issuer-store.ts';
import type { IssuerBounds } from './config.ts';
import { type ListReading, type ListToken, readList } from './list-tokens.ts';
import type { Lists } from './lists.ts';
import type { IssuerFollower, IssuerSigner } from './neighbours.ts';
import { listUriOf, type Tenant } from './tenant.ts';

/** What a bit of a projection says, and which status of the network's list it stands for. */
export const BITSTRING_PURPOSES = { revocation: 1, suspension: 2 } as const;
export type BitstringPurpose = keyof typeof BITSTRING_PURPOSES;

type Ports = { readonly signer: IssuerSigner; readonly follower: IssuerFollower; readonly bounds: IssuerBounds };

export type BitstringLists = {
  /** Undefined where no token of the list is published. */
  read(number: number, purpose: BitstringPurpose): Promise<ListToken | undefined>;
};

const compress = promisify<Uint8Array, { level: number }, Uint8Array>(gzip);
const GZIP_LEVEL = 6;

/**
 * The tenant's lists once more, as Bitstring Status Lists: projections of the same fold, one for each purpose, signed by the
 * same key. Made when somebody asks and once for each token of the list, so whoever asks often has nothing signed.
 */
export function createBitstringLists(ports: Ports, tenant: Tenant, lists: Lists): BitstringLists {
  /** As many as there are lists and purposes. */
  const made = new Map<string, ListToken>();
  /** At most one for each list of the issuer and each purpose. */
  const underWay = new Map<string, Promise<ListToken | undefined>>();

  async function make(number: number, purpose: BitstringPurpose, uri: string): Promise<ListToken | undefined> {
    const list = await lists.findList(listUriOf(tenant, number));
    const reading = list === undefined ? undefined : readList(ports.follower, list);
    // Nothing new is signed from a feed that contradicts itself: the last list stays, and grows old.
    if (list === undefined || reading === undefined) return made.get(uri);
    const token = await signBitstring(ports, { list, reading, uri, issuer: tenant.issuer, purpose });
    made.set(uri, token);
    return token;
  }

  return {
    async read(number, purpose) {
      const token = lists.readToken(number);
      if (token === undefined) return undefined;
      const uri = `${listUriOf(tenant, number)}/${purpose}`;
      const known = made.get(uri);
      if (known !== undefined && saysAsMuch(known, token)) return known;
      const running = underWay.get(uri) ?? make(number, purpose, uri).finally(() => underWay.delete(uri));
      underWay.set(uri, running);
      return running;
    },
  };
}

/** Read at the epoch of the list's token or after it, and of the same list unless it was read after it. */
function saysAsMuch(known: ListToken, token: ListToken): boolean {
  return known.asOf > token.asOf || (known.asOf === token.asOf && known.digest === token.digest);
}

type Content = {
  readonly list: IssuerList;
  readonly reading: ListReading;
  readonly uri: string;
  readonly issuer: string;
  readonly purpose: BitstringPurpose;
};

/** Dated by the epoch that was read, as the list's token is. */
async function signBitstring({ signer, bounds }: Ports, content: Content): Promise<ListToken> {
  const { list, reading, uri, issuer, purpose } = content;
  const iat = Math.floor(reading.asOf / 1000);
  const exp = iat + Math.floor(bounds.listTokenLifeMs / 1000);
  const packed = packBitstring(reading.values, BITSTRING_PURPOSES[purpose]);
  const compressed = new Uint8Array(await compress(packed, { level: GZIP_LEVEL }));
  const payload = createBitstringPayload({ uri, issuer, purpose, iat, exp, ttlMs: bounds.listTtlMs, compressed });
  const input = encodeSigningInput({ alg: 'ES256', typ: BITSTRING_TYP, kid: list.key, x5c: list.x5c }, payload);
  const jwt = encodeJws(input, await signer.sign(list.keyName, encodeUtf8(input)));
  const etag = `"${encodeBase64url(sha256(encodeUtf8(jwt)))}"`;
  return { jwt, etag, digest: reading.digest, asOf: iat * 1000, expiresAt: exp * 1000 };
}
