import { describe, expect, it } from 'vitest';
import type { Entropy } from './entropy.ts';

/** Every source of entropy runs this suite. */
export function describeEntropy(name: string, create: () => Entropy): void {
  describe(name, () => {
    it('gives as many bytes as asked for', () => {
      const entropy = create();
      for (const count of [0, 1, 16, 65_536, 100_000]) expect(entropy.bytes(count)).toHaveLength(count);
    });

    it('never gives the same again, and every value of a byte comes', () => {
      const entropy = create();
      const seen = new Set(Array.from({ length: 1000 }, () => Buffer.from(entropy.bytes(16)).toString('hex')));
      expect(seen.size).toBe(1000);
      expect(new Set(entropy.bytes(16_384)).size).toBe(256);
    });

    it("gives bytes that are the caller's alone", () => {
      const entropy = create();
      const first = entropy.bytes(16);
      const copy = first.slice();
      entropy.bytes(16).fill(0);
      expect(first).toEqual(copy);
    });
  });
}
