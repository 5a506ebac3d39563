import type { LogMark, MarkedLog } from '../../ports/log-mark.ts';

/** For tests: gone with the process. */
export function createLogMarkMemory(): LogMark {
  let written: MarkedLog | undefined;
  return {
    read: async () => written,
    write: async (mark) => {
      written = mark;
    },
  };
}
