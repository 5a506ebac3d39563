import { describe, expect, it } from 'vitest';
import type { LogMark } from './log-mark.ts';

export type LogMarkUnderTest = {
  /** The same mark, also after a restart. */
  readonly open: () => Promise<LogMark>;
};

/** Every mark runs this suite. `create` gives one that nothing was written to. */
export function describeLogMark(name: string, create: () => Promise<LogMarkUnderTest>): void {
  describe(name, () => {
    it('has nothing at first, then what was written last, also after a restart', async () => {
      const { open } = await create();
      const mark = await open();
      expect(await mark.read()).toBeUndefined();
      await mark.write({ size: 2, root: 'a'.repeat(43) });
      expect(await mark.read()).toEqual({ size: 2, root: 'a'.repeat(43) });
      await mark.write({ size: 9, root: 'b'.repeat(43) });
      expect(await (await open()).read()).toEqual({ size: 9, root: 'b'.repeat(43) });
    });
  });
}
