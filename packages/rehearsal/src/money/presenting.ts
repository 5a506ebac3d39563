import {
  type Application,
  applicationDigest,
  applicationNonce,
  createPresentationDraft,
  type Destination,
  encodeBase64url,
  encodePresentation,
  encodeUtf8,
  type Program,
  type PublicJwk,
  parseCredential,
  programDigest,
} from '@holdfast/core';
import type { Holder } from '../holders.ts';
import type { Random } from '../random.ts';
import type { World } from '../world.ts';
import { RELIEF } from './distributor-node.ts';
import type { Sent } from './money.ts';

/** One application to a program, with the salt that makes it this one's and nobody's who guesses. */
export function createApplication(program: Program, destination: Destination, random: Random): Application {
  return { v: 1, program: programDigest(program), destination, salt: encodeBase64url(random.bytes(16)) };
}

/** A credential as it is shown for an application, by a key that is its holder's or not. `at`: unix milliseconds. */
export function present(
  { signatures }: Pick<World, 'signatures'>,
  application: Application,
  shown: {
    readonly credential: Holder['credential'];
    readonly key: PublicJwk;
    readonly claims: readonly string[];
    readonly at: number;
  },
): string {
  const { credential, key, claims, at } = shown;
  const request = { nonce: applicationNonce(application), audience: RELIEF, iat: Math.floor(at / 1000) };
  const draft = createPresentationDraft(credential, claims, request);
  return encodePresentation(draft, signatures.sign(key, encodeUtf8(draft.signingInput)));
}

/** What somebody sends, by the digests that it is known by, before anybody has answered. */
export function unanswered(
  sent: Pick<Sent, 'kind' | 'program' | 'holder' | 'application' | 'presentation' | 'at'>,
): Sent {
  const { presentedDigest: presented } = parseCredential(sent.presentation);
  const digest = applicationDigest(sent.application, presented);
  return { ...sent, presented, digest, acknowledgement: undefined, refused: undefined };
}
