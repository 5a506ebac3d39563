import { CodedError } from '@holdfast/core';
import { describeNotifier } from '../../ports/notifier.contract.ts';
import { createNotifierMemory } from './notifier.ts';

describeNotifier('notifier in memory', async () => {
  let code: string | undefined;
  const notifier = createNotifierMemory(() => {
    if (code !== undefined) throw new CodedError(code, 'Not now.');
  });
  return {
    notifier,
    taken: () => notifier.taken,
    behave: async (how) => {
      code = how === 'well' ? undefined : how === 'refuses' ? 'notice.refused' : 'notice.unreachable';
    },
    close: async () => undefined,
  };
});
