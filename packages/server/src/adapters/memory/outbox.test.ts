import { describeOutbox } from '../../ports/outbox.contract.ts';
import { createOutboxMemory } from './outbox.ts';

describeOutbox('outbox in memory', async () => {
  const outbox = createOutboxMemory();
  return { outbox, reopen: async () => outbox };
});
