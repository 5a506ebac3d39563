import type { NoticeMessage, Notifier } from '../../ports/notifier.ts';
import { assertAddress, oneLine } from '../webhook/notifier.ts';

/** Tells nobody, and remembers what would have been told; `fail` stands in for a way that is broken. */
export function createNotifierMemory(fail: () => void = () => undefined): Notifier & {
  readonly taken: NoticeMessage[];
} {
  const taken: NoticeMessage[] = [];
  return {
    taken,
    async send(message) {
      assertAddress(message.to);
      fail();
      taken.push({ ...message, subject: oneLine(message.subject) });
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}
