import {
  CodedError,
  isCodedError,
  type Jws,
  type PublicJwk,
  parseBase64url,
  parseJsonObject,
  parseJws,
  parsePublicJwk,
  parseUtf8,
  type SignatureCheck,
  signatureCheck,
} from '@holdfast/core';

/** A key proof that says the right things (OpenID4VCI 1.0 appendix F.1); `check` is still to be verified. */
export type KeyProof = { readonly key: PublicJwk; readonly nonce: string; readonly check: SignatureCheck };

export type ProofExpectation = {
  /** The credential issuer identifier. */
  readonly audience: string;
  readonly nowMs: number;
  readonly maxAgeMs: number;
  readonly skewMs: number;
};

const PROOF_TYP = 'openid4vci-proof+jwt';
const MAX_PROOF_LENGTH = 4096;
/** Each would name the key; with two of them a reader might bind the credential to the one nobody proved. */
const KEY_MEMBERS = ['jwk', 'kid', 'x5c', 'trust_chain'] as const;

/** Throws `issuance.proof-invalid` with a sentence that says what is wrong. */
export function parseKeyProof(text: string, expected: ProofExpectation): KeyProof {
  if (text.length > MAX_PROOF_LENGTH) throw invalid(`A key proof here is at most ${MAX_PROOF_LENGTH} characters.`);
  const jws = orInvalid(() => parseJws(text, { maxLength: MAX_PROOF_LENGTH, maxDepth: 8 }));
  // The typ is what keeps a key binding or any other JWT of the holder from passing for a key proof.
  if (jws.header.typ !== PROOF_TYP) throw invalid(`The typ of a key proof is ${PROOF_TYP}.`);
  if (jws.header.alg !== 'ES256') throw invalid('Key proofs here are signed with ES256.');
  const key = orInvalid(() => keyOf(jws));
  if (key.kty !== 'EC') throw invalid('Key proofs here are signed with a P-256 key.');
  const nonce = readClaims(jws, expected);
  return { key, nonce, check: orInvalid(() => signatureCheck(jws, key)) };
}

function keyOf({ header }: Jws): PublicJwk {
  const named = KEY_MEMBERS.filter((member) => header[member] !== undefined);
  if (named.length !== 1) throw invalid('A key proof names its key once: by jwk, or by kid with a did:jwk.');
  if (header.jwk !== undefined) return parsePublicJwk(header.jwk);
  const match = typeof header.kid === 'string' ? /^did:jwk:([A-Za-z0-9_-]+)(?:#0)?$/.exec(header.kid) : null;
  if (match === null) throw invalid('The key of a proof is given by jwk, or by kid with a did:jwk.');
  return parsePublicJwk(parseJsonObject(parseUtf8(parseBase64url(match[1] ?? ''))));
}

function readClaims({ payload }: Jws, { audience, nowMs, maxAgeMs, skewMs }: ProofExpectation): string {
  if (payload.aud !== audience) throw invalid(`The aud of a key proof is the credential issuer: ${audience}`);
  const { iat, exp, nbf, nonce } = payload;
  if (typeof iat !== 'number') throw invalid('A key proof says when it was made: iat, in seconds.');
  if (nowMs - iat * 1000 > maxAgeMs + skewMs) throw invalid('This key proof is too old.');
  if (iat * 1000 - nowMs > skewMs) throw invalid('This key proof was made in the future: check the clock.');
  if (exp !== undefined && !(typeof exp === 'number' && exp * 1000 > nowMs - skewMs))
    throw invalid('This key proof has expired.');
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf * 1000 <= nowMs + skewMs))
    throw invalid('This key proof is not valid yet.');
  if (typeof nonce !== 'string' || nonce === '') throw invalid('A key proof carries a nonce of the nonce endpoint.');
  return nonce;
}

function invalid(sentence: string): CodedError {
  return new CodedError('issuance.proof-invalid', sentence);
}

/** What the encodings below throw about a stranger's bytes is an invalid proof; anything else is our own defect. */
function orInvalid<Result>(step: () => Result): Result {
  try {
    return step();
  } catch (error) {
    if (!isCodedError(error) || error.code === 'issuance.proof-invalid') throw error;
    throw new CodedError('issuance.proof-invalid', error.message, {}, error);
  }
}
