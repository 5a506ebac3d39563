import { deflateSync } from 'node:zlib';
import {
  type Basis,
  CodedError,
  createCredentialDraft,
  encodeBase64url,
  encodeCredential,
  encodeJws,
  encodeSigningInput,
  encodeUtf8,
  type Outcome,
} from '@holdfast/core';
import type { GuardedResponse } from '@holdfast/verifier';
import type { IdealSignatures } from './ideal-signatures.ts';
import type { Random } from './random.ts';

export const FOREIGN_LIST = 'https://stranger.test/status/1';
export const FOREIGN_TTL_S = 60;
const FOREIGN_TYPE = 'https://stranger.test/vct/licence/1';
const LIST_SIZE = 4096;
const TOKEN_LIFE_S = 3600;

type Token = { readonly iat: number; readonly text: string };

/** An issuer of no network of ours: a did:jwk, a Token Status List, and now and then a host that serves an old one. */
export type ForeignIssuer = {
  readonly did: string;
  readonly credentials: readonly string[];
  /** Revokes the next one, if any is left, and publishes. */
  readonly revoke: (now: number) => void;
  readonly publish: (now: number) => void;
  /** Bytes as a host serves them: the newest token, or one from the past. */
  readonly serve: (isOld: boolean, random: Random) => GuardedResponse;
  readonly outcomeAt: (index: number, basis: Basis) => Outcome;
};

export function createForeignIssuer(signatures: IdealSignatures, now: number, count = 16): ForeignIssuer {
  const key = signatures.createKey('ES256');
  const did = `did:jwk:${encodeBase64url(encodeUtf8(JSON.stringify(key)))}`;
  const kid = `${did}#0`;
  const values = new Uint8Array(LIST_SIZE);
  const revokedAtS = new Map<number, number>();
  const tokens: Token[] = [];
  let revoked = 0;

  /** No two tokens are of one second: which of them is newer could not be told. Answers with its `iat`. */
  function publish(time: number): number {
    const iat = Math.max(Math.floor(time / 1000), (tokens.at(-1)?.iat ?? 0) + 1);
    const payload = {
      ...{ sub: FOREIGN_LIST, iat, exp: iat + TOKEN_LIFE_S, ttl: FOREIGN_TTL_S },
      status_list: { bits: 2, lst: encodeBase64url(new Uint8Array(deflateSync(packLowestFirst(values)))) },
    };
    const input = encodeSigningInput({ alg: 'ES256', typ: 'statuslist+jwt', kid }, payload);
    tokens.push({ iat, text: encodeJws(input, signatures.sign(key, encodeUtf8(input))) });
    return iat;
  }

  function revoke(time: number): void {
    if (revoked >= count) return;
    // From the middle of a byte outwards: a neighbour that is taken for another shows.
    const index = (revoked * 5) % count;
    revoked += 1;
    values[index] = 1;
    revokedAtS.set(index, publish(time));
  }

  publish(now);
  return {
    did,
    credentials: Array.from({ length: count }, (_, index) => {
      const draft = createCredentialDraft({
        header: { alg: 'ES256', kid },
        claims: { iss: did, vct: FOREIGN_TYPE, iat: Math.floor(now / 1000), licence: `${index}` },
        disclosable: [],
        status: { uri: FOREIGN_LIST, index },
        salts: new Uint8Array(0),
      });
      return encodeCredential(
        draft.signingInput,
        signatures.sign(key, encodeUtf8(draft.signingInput)),
        draft.disclosures,
      );
    }),
    publish: (time) => void publish(time),
    revoke,
    serve: (isOld, random) => {
      const token = isOld ? random.pick(tokens) : tokens.at(-1);
      if (token === undefined) throw new CodedError('fetch.unreachable', 'The stranger is silent.');
      return {
        url: FOREIGN_LIST,
        contentType: 'application/statuslist+jwt',
        body: encodeUtf8(token.text),
        cacheControl: undefined,
      };
    },
    outcomeAt: (index, { foreign }) => {
      const asOf = foreign.find(({ kind }) => kind === 'status')?.asOf;
      const at = revokedAtS.get(index);
      return asOf !== undefined && at !== undefined && at * 1000 <= asOf ? 'revoked' : 'valid';
    },
  };
}

/** Token Status List section 4.1, written again here: what is judged must not be packed by what judges. */
export function packLowestFirst(values: Uint8Array): Uint8Array {
  const packed = new Uint8Array(values.length / 4);
  for (let at = 0; at < packed.length; at += 1) {
    const [a = 0, b = 0, c = 0, d = 0] = values.subarray(at * 4, at * 4 + 4);
    packed[at] = a + b * 4 + c * 16 + d * 64;
  }
  return packed;
}
