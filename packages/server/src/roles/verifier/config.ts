import { assert, CodedError, type PublicJwk } from '@holdfast/core';

const DAY_MS = 86_400_000;

/** What one verifier may cost, and how long it remembers. Times in milliseconds. */
export type VerifierBounds = {
  /** Life of a request to a wallet; OpenID4VP request objects live no longer than five minutes here. */
  readonly requestLifeMs: number;
  /** How long after that its outcome can be read. */
  readonly requestMemoryMs: number;
  /** Requests that wait for a wallet at once; the next one gets `presentation.too-many`. */
  readonly maxOpenRequests: number;
  /** Verifications under way from which on none waits for others: its verdict is judged on what is here. */
  readonly maxWaiting: number;
  /** Verifications under way at which the next one gets `verify.overloaded`. */
  readonly maxUnderWay: number;
  /** What was presented is erased this long after its verdict; replay says so from then on. */
  readonly presentationMemoryMs: number;
  /** The signed verdict itself, which names nobody, is forgotten this long after it was given. */
  readonly verdictMemoryMs: number;
  /** What is kept to confirm a verdict by is erased this long after, if nobody has said before that it is settled. */
  readonly standingMemoryMs: number;
  /** Verdicts that wait to be confirmed at once; the next one gets `standing.too-many`. Askers at once may pass it. */
  readonly maxStandings: number;
  /** How often what is due is erased. */
  readonly sweepMs: number;
};

export const DEFAULT_VERIFIER_BOUNDS: VerifierBounds = {
  requestLifeMs: 300_000,
  requestMemoryMs: 3_600_000,
  maxOpenRequests: 100_000,
  maxWaiting: 256,
  maxUnderWay: 2048,
  presentationMemoryMs: 30 * DAY_MS,
  verdictMemoryMs: 400 * DAY_MS,
  standingMemoryMs: 180 * DAY_MS,
  maxStandings: 1_000_000,
  sweepMs: 60_000,
};

export type VerifierKeys = {
  /** Signs verdicts: ES256. Its public key stands in the network under `party`, with the use `verdict`. */
  readonly verdict: { readonly name: string; readonly key: PublicJwk };
  /** Signs requests to wallets: ES256, leaf certificate first, without the anchor; base64 of DER. */
  readonly request: { readonly name: string; readonly x5c: readonly string[] };
};

export type VerifierConfig = {
  /** In paths: lower-case letters, digits and hyphens. */
  readonly id: string;
  /** What people read. */
  readonly name: string;
  /** The party of the network that this verifier is; default its id. It signs verdicts under this name. */
  readonly party?: string;
  /** Where wallets reach it: scheme, host and port. */
  readonly origin: string;
  readonly keys: VerifierKeys;
  readonly bounds?: Partial<VerifierBounds>;
};

/** Throws `verifier.config`, naming the member that is wrong. */
export function assertVerifierConfig({ id, origin, keys }: VerifierConfig): void {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/.test(id)) {
    throw refusal('id: lower-case letters, digits and hyphens, at most 64');
  }
  if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
    throw refusal('origin: an origin such as https://verifier.example, without a path or a slash at its end');
  }
  if (keys.request.x5c.length === 0) throw refusal('keys.request.x5c: the leaf certificate, then those above it');
}

export function boundsOf({ bounds }: VerifierConfig): VerifierBounds {
  const all = { ...DEFAULT_VERIFIER_BOUNDS, ...bounds };
  assert(all.requestLifeMs <= 300_000, 'a request to a wallet lives no longer than five minutes');
  assert(all.maxWaiting <= all.maxUnderWay, 'whoever may wait may also be under way');
  return all;
}

function refusal(sentence: string): CodedError {
  return new CodedError('verifier.config', `The configuration of the verifier is wrong. ${sentence}`);
}

/** What a verifier tells whoever asked to be told. */
export const VERIFIER_EVENTS = ['presentation', 'verdict'] as const;
export type VerifierEvent = (typeof VERIFIER_EVENTS)[number];
