import { randomBytes } from 'node:crypto';
import type { Entropy } from '../../ports/entropy.ts';

/** The operating system's random numbers. */
export const systemEntropy: Entropy = {
  bytes: (count) => new Uint8Array(randomBytes(count)),
};
