import { describeLogMark } from '../../ports/log-mark.contract.ts';
import { createLogMarkMemory } from './log-mark.ts';

describeLogMark('a mark in memory', async () => {
  const mark = createLogMarkMemory();
  return { open: async () => mark };
});
