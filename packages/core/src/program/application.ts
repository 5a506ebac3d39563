import { z } from 'zod';
import { destinationSchema } from '../destination/destination.ts';
import { sha256Base64url } from '../encoding/bytes.ts';
import { canonicalJson, type JsonObject } from '../encoding/json.ts';
import { type Jws, parseJws } from '../encoding/jws.ts';
import { encodeBase64url, encodeUtf8, parseBase64url } from '../encoding/text.ts';
import { CodedError } from '../errors.ts';
import { amountSchema } from './program.ts';

export const ACKNOWLEDGEMENT_TYP = 'acknowledgement+jwt';
/** Characters of a signed acknowledgement; anything longer is none. */
export const MAX_ACKNOWLEDGEMENT_LENGTH = 4096;

const NONCE_LABEL = 'holdfast application nonce v1';
const APPLICATION_LABEL = 'holdfast application v1';

/** base64url of a SHA-256, in its one spelling. */
export const digestSchema = z.string().refine((text) => isBytes(text, 32, 32), 'a SHA-256 in base64url, 43 characters');
/** base64url of 16 to 64 random bytes: fewer could be guessed, and what is salted with it then read. */
export const saltSchema = z.string().refine((text) => isBytes(text, 16, 64), '16 to 64 bytes in base64url');
const timeMs = z.int().min(0);

/**
 * What a person asks for, made before the credential is presented: the holder's signature covers the nonce that is
 * computed from it, so nobody can carry a presentation to another destination or program (DESIGN 7).
 */
export const applicationSchema = z.strictObject({
  v: z.literal(1),
  /** Digest of the program, `programDigest`. */
  program: digestSchema,
  destination: destinationSchema,
  /** Random, made by the applicant: without it the digest of a destination could be guessed. */
  salt: saltSchema,
  /** Equal-capped: the most that is wanted, in minor units; the program's cap when absent. */
  want: amountSchema.optional(),
});
export type Application = z.infer<typeof applicationSchema>;

/** Throws `application.malformed`, naming the member. */
export function parseApplication(value: unknown): Application {
  const parsed = applicationSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw malformed(`${issue?.path.join('.') || 'the whole'}: ${issue?.message ?? 'malformed'}`);
}

/** The nonce of the presentation that goes with this application: base64url SHA-256 over all of it. */
export function applicationNonce(application: Application): string {
  return sha256Base64url(canonicalJson([NONCE_LABEL, application]));
}

/**
 * What the log knows an application by. `presented` is the digest of the presentation's text (`presentedDigest` of the
 * parsed credential), `nonce` its `applicationNonce` where that is known already. Both are salted with randomness that only the two sides have, so it tells nothing in public.
 */
export function applicationDigest(
  application: Application,
  presented: string,
  nonce = applicationNonce(application),
): string {
  return sha256Base64url(canonicalJson([APPLICATION_LABEL, nonce, presented]));
}

const acknowledgementSchema = z.object({
  /** The distributor's id in its network. */
  iss: z.string().min(1).max(500),
  /** Seconds, as RFC 7519 says. */
  iat: z.int().min(0),
  /** Digest of the program, and `applicationDigest`. */
  program: digestSchema,
  application: digestSchema,
  /** The salt of its leaves, in the intake and in the seal. */
  salt: saltSchema,
  /** The intake statement that has the leaf stands in the log by then: unix milliseconds of the log's time. */
  intakeBy: timeMs,
  /** How many had been taken in when it came, itself among them, as far as who signed knew. It is no rank: nothing is given by it. */
  place: z.int().min(1).optional(),
  /** When there was more to do than could be done at once: it will have been looked at by then, unix milliseconds. */
  promisedBy: timeMs.optional(),
  /** Who applied for somebody who could not, at the organiser's desk: a name that the organiser knows. */
  by: z
    .string()
    .regex(/^[^\p{Cc}]{1,100}$/u)
    .optional(),
});
/** The signed acceptance of one application: from here on the distributor owns it. */
export type Acknowledgement = z.infer<typeof acknowledgementSchema>;

/** Header and payload for signing, in canonical order. */
export function acknowledgementSigningParts(
  acknowledgement: Acknowledgement,
  alg: string,
  kid: string,
): [JsonObject, JsonObject] {
  return [{ alg, kid, typ: ACKNOWLEDGEMENT_TYP }, JSON.parse(canonicalJson(acknowledgement)) as JsonObject];
}

/** The bytes that a signer signs for it, as text: those of `acknowledgementSigningParts`, without making objects of them first. */
export function acknowledgementSigningInput(acknowledgement: Acknowledgement, alg: string, kid: string): string {
  const part = (text: string) => encodeBase64url(encodeUtf8(text));
  const header = JSON.stringify({ alg, kid, typ: ACKNOWLEDGEMENT_TYP });
  return `${part(header)}.${part(canonicalJson(acknowledgement))}`;
}

/** Opens an acknowledgement without verifying it. Throws `acknowledgement.malformed`, or the code of the layer below. */
export function parseAcknowledgement(text: string): {
  readonly jws: Jws;
  readonly kid: string;
  readonly acknowledgement: Acknowledgement;
} {
  const jws = parseJws(text, { maxLength: MAX_ACKNOWLEDGEMENT_LENGTH, maxDepth: 4 });
  const { typ, kid } = jws.header;
  const parsed = acknowledgementSchema.safeParse(jws.payload);
  if (typ !== ACKNOWLEDGEMENT_TYP || typeof kid !== 'string' || !parsed.success) {
    throw new CodedError('acknowledgement.malformed', 'This is not the signed acknowledgement of an application.');
  }
  return { jws, kid, acknowledgement: parsed.data };
}

function isBytes(text: string, least: number, most: number): boolean {
  try {
    const { length } = parseBase64url(text);
    return length >= least && length <= most;
  } catch {
    return false;
  }
}

function malformed(what: string): CodedError {
  return new CodedError('application.malformed', `This application cannot be read. ${what}`);
}
