import { isCodedError } from '../errors.ts';

/** Why a text is not a credential this verifier can read. Closed and public: added to, never renamed. */
export type CredentialReason =
  | 'format.too_long'
  | 'format.too_deep'
  | 'format.malformed'
  | 'format.duplicate_member'
  | 'format.forbidden_member'
  | 'format.critical_header'
  | 'format.unsupported'
  | 'format.unsupported_typ'
  | 'format.unsupported_key'
  | 'format.claim_malformed'
  | 'format.key_binding_malformed'
  | 'format.key_binding_unexpected'
  | 'signature.alg_not_allowed'
  | 'signature.malformed'
  | 'disclosure.malformed'
  | 'disclosure.too_many'
  | 'disclosure.duplicate'
  | 'disclosure.duplicate_digest'
  | 'disclosure.unreferenced'
  | 'disclosure.wrong_shape'
  | 'disclosure.reserved_name'
  | 'disclosure.reserved_claim'
  | 'disclosure.claim_exists'
  | 'disclosure.digest_malformed'
  | 'disclosure.hash_unsupported'
  | 'disclosure.hash_misplaced';

/**
 * `path` says where and never what: a claim by its JSON pointer (`/address/country`), anything else without the first
 * slash (`header/alg`, `disclosures/3`, `keyBinding/aud`).
 */
export type Refusal<Code extends string = CredentialReason> = {
  readonly ok: false;
  readonly reason: { readonly code: Code; readonly path?: string };
  /** One sentence for the operator, without anything a person wrote. */
  readonly detail: string;
};

/** Carries a refusal from the depth of a parse to its door, where it becomes a value; it never leaves this folder. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: CredentialReason;
  readonly path: string | undefined;

  constructor(code: CredentialReason, message: string, path?: string) {
    super(message);
    this.code = code;
    this.path = path;
  }
}

export function refusal<Code extends string>(code: Code, detail: string, path?: string): Refusal<Code> {
  return { ok: false, reason: path === undefined ? { code } : { code, path }, detail };
}

const REASON_OF_CODE: Readonly<Record<string, CredentialReason>> = {
  'json.too-long': 'format.too_long',
  'json.too-deep': 'format.too_deep',
  'json.malformed': 'format.malformed',
  'json.not-an-object': 'format.malformed',
  'json.duplicate-member': 'format.duplicate_member',
  'json.forbidden-member': 'format.forbidden_member',
  'json.lone-surrogate': 'format.malformed',
  'json.number-range': 'format.malformed',
  'encoding.base64url': 'format.malformed',
  'encoding.utf8': 'format.malformed',
  'jws.malformed': 'format.malformed',
  'jws.critical': 'format.critical_header',
  'jwk.malformed': 'format.claim_malformed',
  'jwk.private': 'format.claim_malformed',
  'jwk.unsupported': 'format.unsupported_key',
};

/** Runs one step of a parse: what it throws about the bytes becomes a refusal at `path`, as `refusedAt` says. */
export function refuseAt<T>(path: string, step: () => T, malformed: CredentialReason = 'format.malformed'): T {
  try {
    return step();
  } catch (error) {
    throw refusedAt(path, error, malformed);
  }
}

/**
 * What to throw for something thrown in one step of a parse: what the encodings say about the bytes becomes a refusal
 * at `path`, with `malformed` for text that is not even an encoding; a refusal gets the path it lacks. Anything else
 * is a defect of ours and stays what it is.
 */
export function refusedAt(path: string, error: unknown, malformed: CredentialReason): unknown {
  if (error instanceof Refused) return error.path === undefined ? new Refused(error.code, error.message, path) : error;
  const code = isCodedError(error) ? REASON_OF_CODE[error.code] : undefined;
  if (code === undefined || !isCodedError(error)) return error;
  return new Refused(code === 'format.malformed' ? malformed : code, error.message, path);
}
