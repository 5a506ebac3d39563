import { bls12_381 } from '@noble/curves/bls12-381.js';
import { sha256 } from '../encoding/bytes.ts';
import { parseHex } from '../encoding/text.ts';
import { type BeaconEvidence, commitmentOf, drandRoundOf, type SealedLists, seedOf } from './beacon.ts';
import type { BeaconTerms } from './program.ts';

/** Of scheme `bls-unchained-g1-rfc9380`: RFC 9380 section 8.8.1 on G1. */
const DOMAIN = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_';

/**
 * Is it drand's signature of this round under this group key? `publicKey` is G2 and `signature` G1, compressed, in hex. Total:
 * what is no point of its group is `false`. About a tenth of a second.
 */
export function verifyDrand(publicKey: string, round: number, signature: string): boolean {
  const message = new Uint8Array(8);
  new DataView(message.buffer).setBigUint64(0, BigInt(round));
  try {
    const schemes = bls12_381.shortSignatures;
    return schemes.verify(parseHex(signature), schemes.hash(sha256(message), DOMAIN), parseHex(publicKey));
  } catch {
    return false;
  }
}

export type BeaconJudgement =
  | { readonly ok: true; readonly seed: string }
  /** `kind`: another beacon than the program names; `round`: not the one that was drawn; `secrets`, `signature`: forged. */
  | { readonly ok: false; readonly why: 'kind' | 'round' | 'secrets' | 'signature' };

/** Makes the seed again from what a draw carries, or says what is wrong with it. Needs nobody's word. */
export function judgeBeacon(terms: BeaconTerms, seal: SealedLists, evidence: BeaconEvidence): BeaconJudgement {
  if (terms.kind === 'commit-reveal') {
    if (evidence.kind !== 'commit-reveal') return { ok: false, why: 'kind' };
    const { round, secrets } = evidence;
    if (round >= (terms.parties[0]?.commitments.length ?? 0)) return { ok: false, why: 'round' };
    const areGenuine = terms.parties.every(({ commitments }, i) => {
      const secret = secrets[i];
      return secret !== undefined && commitmentOf(secret) === commitments[round];
    });
    if (!areGenuine || secrets.length !== terms.parties.length) return { ok: false, why: 'secrets' };
  } else {
    if (evidence.kind !== 'drand') return { ok: false, why: 'kind' };
    if (evidence.round !== drandRoundOf(terms, seal)) return { ok: false, why: 'round' };
    if (!verifyDrand(terms.publicKey, evidence.round, evidence.signature)) return { ok: false, why: 'signature' };
  }
  return { ok: true, seed: seedOf(seal, evidence) };
}
