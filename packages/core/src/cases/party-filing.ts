import { z } from 'zod';
import { algorithmOf, type PublicJwk, thumbprint } from '../encoding/jwk.ts';
import { encodeSigningInput, type Jws, parseJws } from '../encoding/jws.ts';
import { CodedError } from '../errors.ts';
import { CASE_SUBJECTS, REMEDIES } from '../rulebook/case-rules.ts';

export const PARTY_FILING_TYP = 'case-filing+jwt';
export const MAX_PARTY_FILING_LENGTH = 32_768;

const name = z.string().min(1).max(500);
const digest = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

const common = {
  /** Name of the network. */
  network: name,
  party: name,
  /** The party's own, the same for the same matter: a repeat is answered with the same case. */
  id: z.string().regex(/^[A-Za-z0-9._-]{1,120}$/),
  /** Unix milliseconds. */
  filedAt: z.int().min(0),
  /** What whoever decides it needs to know; the governor seals it. Of an incident it keeps the digest only. */
  statement: z.string().min(1).max(4_000),
};

/** What a party of the network files with its governor: what a machine cannot decide, or has failed at. */
export const partyFilingSchema = z.discriminatedUnion('kind', [
  z
    .strictObject({
      kind: z.literal('case'),
      ...common,
      about: z.enum(CASE_SUBJECTS),
      class: name,
      remedy: z.enum(REMEDIES),
      subject: z.union([
        z.strictObject({ list: name, index: z.int().min(0) }),
        z.strictObject({ program: name, digest: digest.exactOptional() }),
      ]),
    })
    .readonly(),
  /** A promise of its own that it has not kept. */
  z.strictObject({ kind: z.literal('incident'), ...common, class: name }).readonly(),
]);
export type PartyFiling = z.infer<typeof partyFilingSchema>;

/** With a key of the party's that signs statements, or verdicts. */
export function partyFilingSigningInput(filing: PartyFiling, key: PublicJwk): string {
  const header = { alg: algorithmOf(key), kid: thumbprint(key), typ: PARTY_FILING_TYP };
  return encodeSigningInput(header, filing);
}

export type SignedPartyFiling = { readonly filing: PartyFiling; readonly jws: Jws; readonly kid: string };

/** Takes what a party has signed; whose key that is, is for the caller to find out. Throws `jws.*`, `case.filing`. */
export function parsePartyFiling(text: string): SignedPartyFiling {
  const jws = parseJws(text, { maxLength: MAX_PARTY_FILING_LENGTH, maxDepth: 6 });
  const { typ, kid } = jws.header;
  const parsed = partyFilingSchema.safeParse(jws.payload);
  if (typ !== PARTY_FILING_TYP || typeof kid !== 'string' || !parsed.success) {
    throw new CodedError('case.filing', `What a party files is a compact JWS of type ${PARTY_FILING_TYP}.`);
  }
  return { filing: parsed.data, jws, kid };
}
