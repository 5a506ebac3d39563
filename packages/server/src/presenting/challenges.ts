import { encodeBase64url } from '@holdfast/core';
import type { Clock } from '../ports/clock.ts';
import type { Entropy } from '../ports/entropy.ts';
import type { Sealer } from '../ports/sealer.ts';

/** What a person's presentation has to be made for. */
export type Challenge = { readonly nonce: string; readonly audience: string };

/** Nonces that cost nothing to keep: when they end, random bytes, and a pseudonym of both that only their giver can make. */
export type Challenges = {
  readonly audience: string;
  create(): Promise<Challenge>;
  /** Whether it was given out here, for this purpose, at most `ttlMs` ago. It is not used up: what follows is idempotent. */
  isCurrent(nonce: string): Promise<boolean>;
};

export type ChallengePorts = {
  readonly clock: Pick<Clock, 'now'>;
  readonly entropy: Entropy;
  readonly sealer: Pick<Sealer, 'pseudonym'>;
  /** Whom a presentation has to be made for. */
  readonly audience: string;
  /** How long one is good for; default `CHALLENGE_TTL_MS`. */
  readonly ttlMs?: number;
};

export const CHALLENGE_TTL_MS = 600_000;
const RANDOM_BYTES = 16;
const TIME_DIGITS = 18;
const MAX_LENGTH = 200;

/** `purpose`: what is shown for one thing asks for nothing else. */
export function createChallenges(ports: ChallengePorts, purpose: string): Challenges {
  const { clock, entropy, sealer, audience, ttlMs = CHALLENGE_TTL_MS } = ports;
  const tagOf = (body: string) => sealer.pseudonym(body, purpose);
  return {
    audience,
    async create() {
      const time = String(clock.now() + ttlMs).padStart(TIME_DIGITS, '0');
      const body = `${time}.${encodeBase64url(entropy.bytes(RANDOM_BYTES))}`;
      return { nonce: `${body}.${await tagOf(body)}`, audience };
    },
    async isCurrent(nonce) {
      const [time = '', random = '', tag] = nonce.split('.');
      if (nonce.length > MAX_LENGTH || tag === undefined || !/^[0-9]{18}$/.test(time)) return false;
      return Number(time) > clock.now() && (await tagOf(`${time}.${random}`)) === tag;
    },
  };
}
