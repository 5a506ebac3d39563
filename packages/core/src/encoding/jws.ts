import { CodedError } from '../errors.ts';
import { type JsonBounds, type JsonObject, parseJsonObject } from './json.ts';
import { type Algorithm, algorithmOf, type PublicJwk } from './jwk.ts';
import { encodeBase64url, encodeUtf8, parseBase64url, parseBase64urlText } from './text.ts';

/** One signature to be checked by whoever has a crypto engine: core never verifies, it lists what to verify. */
export type SignatureCheck = {
  readonly alg: Algorithm;
  readonly key: PublicJwk;
  readonly data: Uint8Array;
  /** 64 bytes: r and s for ES256 (RFC 7518 section 3.4), the RFC 8032 signature for EdDSA. */
  readonly signature: Uint8Array;
};

export type Jws = {
  readonly header: JsonObject;
  readonly payload: JsonObject;
  readonly signingInput: string;
  readonly signature: Uint8Array;
};

/**
 * Parses a compact JWS (RFC 7515 section 3.1) whose payload is a JSON object, without verifying it. Throws
 * `jws.malformed`, `jws.critical` for a `crit` header (we understand none, RFC 7515 section 4.1.11), or the code of
 * the layer below (`json.*`, `encoding.*`).
 */
export function parseJws(text: string, bounds?: JsonBounds): Jws {
  const firstDot = text.indexOf('.');
  const lastDot = text.indexOf('.', firstDot + 1);
  if (firstDot < 1 || lastDot < firstDot + 2 || text.indexOf('.', lastDot + 1) !== -1) {
    throw new CodedError('jws.malformed', 'A compact JWS has three parts with two dots between them.');
  }
  const header = parseJsonObject(parseBase64urlText(text.slice(0, firstDot)), bounds);
  const payload = parseJsonObject(parseBase64urlText(text.slice(firstDot + 1, lastDot)), bounds);
  if ('crit' in header) {
    throw new CodedError('jws.critical', 'This JWS names critical header members, and none is understood here.');
  }
  return { header, payload, signingInput: text.slice(0, lastDot), signature: parseBase64url(text.slice(lastDot + 1)) };
}

/** The bytes a signer signs for this header and payload. Member order is kept as given. */
export function encodeSigningInput(header: object, payload: object): string {
  const part = (value: object) => encodeBase64url(encodeUtf8(JSON.stringify(value)));
  return `${part(header)}.${part(payload)}`;
}

export function encodeJws(signingInput: string, signature: Uint8Array): string {
  return `${signingInput}.${encodeBase64url(signature)}`;
}

/**
 * The check this JWS needs under `key`. The algorithm comes from the key; a header that names another (`none`,
 * `HS256`, anything) throws `jws.algorithm`, so no header can choose how it is verified. `bytes`: of the whole JWS, where the
 * caller has them, so that they are not written again.
 */
export function signatureCheck(jws: Jws, key: PublicJwk, bytes?: Uint8Array): SignatureCheck {
  const alg = algorithmOf(key);
  if (jws.header.alg !== alg) {
    throw new CodedError('jws.algorithm', `This key verifies ${alg}; the header asks for another algorithm.`, {
      alg: jws.header.alg,
    });
  }
  if (jws.signature.length !== 64) throw new CodedError('jws.malformed', 'A signature here is 64 bytes.');
  const data = bytes?.subarray(0, jws.signingInput.length) ?? encodeUtf8(jws.signingInput);
  return { alg, key, data, signature: jws.signature };
}
