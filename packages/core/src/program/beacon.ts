import { sha256Base64url } from '../encoding/bytes.ts';
import { canonicalJson } from '../encoding/json.ts';
import { CodedError } from '../errors.ts';
import type { BeaconTerms } from './program.ts';

type CommitReveal = Extract<BeaconTerms, { kind: 'commit-reveal' }>;
type Drand = Extract<BeaconTerms, { kind: 'drand' }>;

/** What chance is bound to: nobody knew it when the program named its beacon, and nobody can change it once chance is known. */
export type SealedLists = {
  /** Digest of the program. */
  readonly program: string;
  /** Root of the admitted, as sealed. */
  readonly root: string;
  /** Time of the first epoch after the seal, unix milliseconds. */
  readonly sealedAt: number;
};

/** What a draw carries of its beacon, so that anybody makes the seed again. */
export type BeaconEvidence =
  | { readonly kind: 'commit-reveal'; readonly round: number; readonly secrets: readonly string[] }
  /** Hex, as drand publishes it. */
  | { readonly kind: 'drand'; readonly round: number; readonly signature: string };

const SEED_LABEL = 'holdfast draw seed v1';

/**
 * The seed of a draw, base64url: SHA-256 over the program, the seal's root and the chance. So a seed is of one seal only, and
 * cannot be known before it.
 */
export function seedOf({ program, root }: Pick<SealedLists, 'program' | 'root'>, evidence: BeaconEvidence): string {
  const chance = evidence.kind === 'drand' ? [evidence.signature] : evidence.secrets;
  return sha256Base64url(canonicalJson([SEED_LABEL, program, root, evidence.kind, evidence.round, chance]));
}

/** What a party puts into the program for a secret: its digest. A secret is the base64url of 32 random bytes. */
export function commitmentOf(secret: string): string {
  return sha256Base64url(secret);
}

export const SECRET_LENGTH = 43;

/** One party's secret for one round, and when it was received, unix milliseconds. */
export type Reveal = {
  readonly party: string;
  readonly round: number;
  readonly secret: string;
  readonly at: number;
};

export type CommitRevealState =
  | { readonly state: 'drawn'; readonly evidence: Extract<BeaconEvidence, { kind: 'commit-reveal' }> }
  /** `until`: when this round ends and the next begins; `missing`: the parties it waits for. */
  | { readonly state: 'waiting'; readonly round: number; readonly until: number; readonly missing: readonly string[] }
  /** Somebody kept silent in every round: there is no draw, and the program says what happens (`exhausted`). */
  | { readonly state: 'exhausted'; readonly missing: readonly string[] };

/** When the round that is `round` places after the first ends. */
export function endOfRound({ revealWithinMs }: CommitReveal, { sealedAt }: SealedLists, round: number): number {
  return sealedAt + (round + 1) * revealWithinMs;
}

function roundsOf({ parties }: CommitReveal): number {
  return parties[0]?.commitments.length ?? 0;
}

/**
 * Which round makes the seed. The first in which every party reveals in time; a party that keeps silent only moves the draw
 * to the next round, with secrets that were all committed to before. Whoever reveals last still chooses whether to: it is
 * seen by everybody who did, and they are named.
 */
export function commitRevealState(
  terms: CommitReveal,
  seal: SealedLists,
  reveals: readonly Reveal[],
  now: number,
): CommitRevealState {
  let missing: string[] = [];
  for (let round = 0; round < roundsOf(terms); round += 1) {
    const end = endOfRound(terms, seal, round);
    const secrets = terms.parties.map(({ id, commitments }) => {
      const inTime = (one: Reveal) => one.party === id && one.round === round && one.at < end;
      return reveals.find((one) => inTime(one) && commitmentOf(one.secret) === commitments[round])?.secret;
    });
    const silent = terms.parties.flatMap(({ id }, i) => (secrets[i] === undefined ? [id] : []));
    if (silent.length === 0) {
      const known = secrets.filter((secret) => secret !== undefined);
      return { state: 'drawn', evidence: { kind: 'commit-reveal', round, secrets: known } };
    }
    if (now < end) return { state: 'waiting', round, until: end, missing: silent };
    missing = silent;
  }
  return { state: 'exhausted', missing };
}

/**
 * Is this the moment for this secret? Throws `beacon.early` before the seal's epoch, or while an earlier round goes on: a
 * secret that is out too soon lets the last to speak see the draw. `beacon.late` after the round's end or once there is a
 * draw, `beacon.secret` for what is not the secret that was committed to.
 */
export function assertRevealable(
  terms: CommitReveal,
  seal: SealedLists | undefined,
  reveals: readonly Reveal[],
  reveal: Reveal,
): void {
  const { party, round, secret, at } = reveal;
  const committed = terms.parties.find(({ id }) => id === party)?.commitments[round];
  if (committed === undefined || commitmentOf(secret) !== committed) {
    throw new CodedError('beacon.secret', 'This is not the secret that the party committed to for this round.', {
      party,
      round,
    });
  }
  if (seal === undefined || at < seal.sealedAt) {
    throw new CodedError('beacon.early', 'Secrets are revealed once an epoch has committed to the seal.', { round });
  }
  const current = commitRevealState(terms, seal, reveals, at);
  if (current.state === 'waiting' && round > current.round) {
    throw new CodedError('beacon.early', 'An earlier round goes on: keep this secret until it is over.', {
      round,
      until: current.until,
    });
  }
  if (current.state !== 'waiting' || round < current.round) {
    throw new CodedError('beacon.late', 'This round is over, or the seed is known.', { round });
  }
}

/** The round that is drawn: the first that comes out at least `stepMs` after the seal's epoch. Rounds count from 1. */
export function drandRoundOf({ genesisTime, periodS, stepMs }: Drand, { sealedAt }: SealedLists): number {
  const sinceGenesisMs = sealedAt + stepMs - genesisTime * 1000;
  return Math.max(1, Math.ceil(sinceGenesisMs / (periodS * 1000)) + 1);
}

/** When a round comes out, unix milliseconds. */
export function drandRoundTime({ genesisTime, periodS }: Drand, round: number): number {
  return (genesisTime + (round - 1) * periodS) * 1000;
}
