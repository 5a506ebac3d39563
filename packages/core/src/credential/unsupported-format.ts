import { isJsonObject, type JsonBounds, type JsonObject, parseJson } from '../encoding/json.ts';
import { parseJws } from '../encoding/jws.ts';
import { parseBase64url } from '../encoding/text.ts';
import { isCodedError } from '../errors.ts';

/**
 * The name of a format that is not ours but known, or undefined. Someone who holds a good credential of another kind
 * is told which kind it is: "malformed" would send them back to an issuer who made no mistake.
 */
export function nameOfFormat(text: string, bounds: JsonBounds): string | undefined {
  if (text.startsWith('openid-credential-offer://')) return 'OpenID4VCI credential offer, which a wallet opens';
  if (text.startsWith('openid4vp://') || text.startsWith('haip-vp://'))
    return 'OpenID4VP request, which a wallet opens';
  try {
    if (text.startsWith('{')) return nameOfJson(parseJson(text, bounds));
    const dots = countDots(text);
    if (dots === 4) return 'encrypted JWT (JWE)';
    if (dots === 2) return nameOfJwt(text, bounds);
    return dots === 0 ? nameOfCbor(text) : undefined;
  } catch (error) {
    // Bytes that no encoding of ours can read have no name either; the caller says what is wrong with them.
    if (isCodedError(error)) return undefined;
    throw error;
  }
}

function countDots(text: string): number {
  let count = 0;
  for (let at = text.indexOf('.'); at !== -1 && count < 5; at = text.indexOf('.', at + 1)) count += 1;
  return count;
}

function nameOfJson(value: unknown): string | undefined {
  if (!isJsonObject(value)) return undefined;
  if ('cred_def_id' in value && 'schema_id' in value) return 'AnonCreds credential';
  if ('requested_proof' in value) return 'AnonCreds presentation';
  if ('payload' in value && ('signature' in value || 'signatures' in value)) return 'SD-JWT in JWS JSON serialization';
  if ('@context' in value) return 'verifiableCredential' in value ? 'W3C VP JSON-LD' : 'W3C VC JSON-LD';
  return undefined;
}

function nameOfJwt(text: string, bounds: JsonBounds): string | undefined {
  const { header, payload } = parseJws(text, bounds);
  if (header.typ === 'dc+sd-jwt') return undefined;
  return nameOfClaims(header.typ, payload) ?? 'plain JWT';
}

/** Names a JWT, or an SD-JWT, by what its issuer put into it; undefined when nothing tells it apart. */
export function nameOfClaims(typ: unknown, payload: JsonObject): string | undefined {
  if (typ === 'statuslist+jwt') return 'Token Status List token';
  if (isJsonObject(payload.vc) || typ === 'vc+jwt' || typ === 'vc+ld+json+jwt') return 'W3C VC JWT';
  if (isJsonObject(payload.vp) || typ === 'vp+jwt') return 'W3C VP JWT';
  if ('@context' in payload) return 'W3C VC secured as SD-JWT';
  return undefined;
}

/** ISO 18013-5 names every member it has in plain text, so a CBOR map that spells them is a mobile document. */
function nameOfCbor(text: string): string | undefined {
  const bytes = parseBase64url(text);
  const major = (bytes[0] ?? 0) >> 5;
  if (major !== 5) return major === 6 && bytes[0] === 0xd2 ? 'COSE message' : undefined;
  const latin1 = String.fromCharCode(...bytes.subarray(0, 4096));
  if (!/issuerAuth|issuerSigned|nameSpaces|docType/.test(latin1)) return undefined;
  return 'ISO mdoc (CBOR)';
}
