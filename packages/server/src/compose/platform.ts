import type { SignatureEngine } from '@holdfast/verifier';
import { createPlatformClock } from '@holdfast/verifier';
import { createThreadEngine } from '@holdfast/verifier/node';
import type { Logger } from 'pino';
import { systemEntropy } from '../adapters/system/entropy.ts';
import type { Clock } from '../ports/clock.ts';
import type { Entropy } from '../ports/entropy.ts';
import type { Seeing } from '../seeing/seeing.ts';

/** What every role of a process shares: time, randomness, a signature engine, and ways to say what happened. */
export type Platform = {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly engine: SignatureEngine;
  readonly logger: Logger;
  /** What is told of this process; without it nobody is told. */
  readonly seeing?: Seeing;
};

/** The platform of a real process. Disposing of it ends its threads. */
export function createSystemPlatform(
  logger: Logger,
  seeing?: Seeing,
): {
  platform: Platform;
  [Symbol.asyncDispose]: () => Promise<void>;
} {
  const engine = createThreadEngine();
  const platform = {
    clock: createPlatformClock(),
    entropy: systemEntropy,
    engine,
    logger,
    ...(seeing === undefined ? {} : { seeing }),
  };
  return { platform, [Symbol.asyncDispose]: async () => engine[Symbol.asyncDispose]() };
}
