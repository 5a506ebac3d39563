import type { FormerLog, SignatureEngine } from '@holdfast/verifier';
import { createPlatformClock } from '@holdfast/verifier';
import {
  createNearEngine,
  createNodeEngine,
  createRememberingEngine,
  createThreadEngine,
} from '@holdfast/verifier/node';
import type { Logger } from 'pino';
import { systemEntropy } from '../adapters/system/entropy.ts';
import type { Clock } from '../ports/clock.ts';
import type { Entropy } from '../ports/entropy.ts';
import type { Seeing } from '../seeing/seeing.ts';
import { type Bounds, DEFAULT_BOUNDS, setBounds } from './bounds.ts';

/** What every role of a process shares: time, randomness, a signature engine, and ways to say what happened. */
export type Platform = {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly engine: SignatureEngine;
  readonly logger: Logger;
  /** What is told of this process; without it nobody is told. */
  readonly seeing?: Seeing;
  /** What an operator set; without it every bound is as usual. */
  readonly bounds?: Bounds;
  /** Copies of logs that a network had before its present one, for whoever has to read more of one. */
  readonly formerLogs?: readonly FormerLog[];
};

/** The platform of a real process. Disposing of it ends its threads. */
export function createSystemPlatform(
  logger: Logger,
  seeing?: Seeing,
  bounds: Bounds = DEFAULT_BOUNDS,
  formerLogs: readonly FormerLog[] = [],
): {
  platform: Platform;
  [Symbol.asyncDispose]: () => Promise<void>;
} {
  const threads = bounds['signatures.threads'];
  const threadEngine = createThreadEngine({
    ...(threads === 0 ? {} : { threads }),
    maxQueuedChecks: bounds['signatures.waiting'],
  });
  const engine = createRememberingEngine(createNearEngine(createNodeEngine(), threadEngine));
  const platform = {
    clock: createPlatformClock(),
    entropy: systemEntropy,
    engine,
    logger,
    bounds,
    formerLogs,
    ...(seeing === undefined ? {} : { seeing }),
  };
  const set = setBounds(bounds);
  if (Object.keys(set).length > 0) logger.info({ bounds: set }, 'bounds that an operator set');
  return { platform, [Symbol.asyncDispose]: async () => threadEngine[Symbol.asyncDispose]() };
}
