import { randomBytes } from 'node:crypto';
import type { SignatureEngine } from '@holdfast/verifier';
import { createPlatformClock } from '@holdfast/verifier';
import { createThreadEngine } from '@holdfast/verifier/node';
import type { Logger } from 'pino';
import type { Clock } from '../ports/clock.ts';
import type { Entropy } from '../ports/entropy.ts';

/** What every role of a process shares: time, randomness, a signature engine, and somewhere to say what happened. */
export type Platform = {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly engine: SignatureEngine;
  readonly logger: Logger;
};

export const systemEntropy: Entropy = { bytes: (count) => new Uint8Array(randomBytes(count)) };

/** The platform of a real process. Disposing of it ends its threads. */
export function createSystemPlatform(logger: Logger): {
  platform: Platform;
  [Symbol.asyncDispose]: () => Promise<void>;
} {
  const engine = createThreadEngine();
  const platform = { clock: createPlatformClock(), entropy: systemEntropy, engine, logger };
  return { platform, [Symbol.asyncDispose]: async () => engine[Symbol.asyncDispose]() };
}
