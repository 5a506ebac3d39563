import { algorithmOf, type PublicJwk, thumbprint } from '../encoding/jwk.ts';
import { encodeSigningInput, type Jws, parseJws } from '../encoding/jws.ts';
import { CodedError } from '../errors.ts';

export const ERASURE_TYP = 'erasure+jwt';
/** Characters of a signed request; anything longer is none. */
const MAX_LENGTH = 2048;
const MAX_NAME = 500;

/** What an officer asks for: that whoever an issuer's operator knows by this label is forgotten. */
export type ErasureRequest = {
  /** The network's name, so that it asks for nothing in another one. */
  readonly network: string;
  readonly tenant: string;
  readonly label: string;
  /** Unix milliseconds: it counts for a while. */
  readonly at: number;
};

/** The bytes an officer signs to ask for it; `encodeJws` makes the request of it. */
export function erasureSigningInput({ network, tenant, label, at }: ErasureRequest, officerKey: PublicJwk): string {
  const header = { alg: algorithmOf(officerKey), kid: thumbprint(officerKey), typ: ERASURE_TYP };
  return encodeSigningInput(header, { at, label, network, tenant });
}

/** Opens a request without verifying its signature. Throws `erasure.malformed`, or the code of the layer below. */
export function parseErasureRequest(text: string): {
  readonly jws: Jws;
  readonly kid: string;
  readonly request: ErasureRequest;
} {
  if (text.length > MAX_LENGTH) throw malformed();
  const jws = parseJws(text, { maxLength: MAX_LENGTH, maxDepth: 4 });
  const { typ, kid } = jws.header;
  const { network, tenant, label, at } = jws.payload;
  if (typ !== ERASURE_TYP || typeof kid !== 'string' || !isName(network) || !isName(tenant) || !isName(label)) {
    throw malformed();
  }
  if (typeof at !== 'number' || !Number.isSafeInteger(at)) throw malformed();
  return { jws, kid, request: { network, tenant, label, at } };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_NAME;
}

function malformed(): CodedError {
  return new CodedError('erasure.malformed', 'This is not the signed request of an officer to forget somebody.');
}
