import { randomBytes, randomFillSync } from 'node:crypto';
import type { Entropy } from '../../ports/entropy.ts';

const POOL_BYTES = 4_096;
const MOST_POOLED_BYTES = 64;

/** The operating system's own source. */
export const systemEntropy: Entropy = { bytes: createPooledBytes() };

/** Small amounts come out of a larger one, as asking the system costs more than what it gives; what was given is wiped there. */
function createPooledBytes(): Entropy['bytes'] {
  const pool = new Uint8Array(POOL_BYTES);
  let next = POOL_BYTES;
  return (count) => {
    if (count > MOST_POOLED_BYTES) return new Uint8Array(randomBytes(count));
    if (next + count > POOL_BYTES) {
      randomFillSync(pool);
      next = 0;
    }
    const given = pool.slice(next, next + count);
    pool.fill(0, next, next + count);
    next += count;
    return given;
  };
}
