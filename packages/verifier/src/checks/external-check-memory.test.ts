import { CodedError } from '@holdfast/core';
import { describeExternalCheck } from './external-check.contract.ts';
import { createExternalCheckMemory } from './external-check-memory.ts';

describeExternalCheck('external check in memory', async () => {
  const check = createExternalCheckMemory('memory', { state: 'failed', asOf: 0 });
  return {
    check,
    teach: (credential, state, asOf) => check.answer({ state, asOf }, credential),
    spoil: () => {
      const refuse = async () => {
        throw new CodedError('check.unreachable', 'Nobody is there.');
      };
      for (const { credential } of [...check.questions, { credential: 'a'.padEnd(43, '_') }])
        check.answer(refuse, credential);
    },
  };
});
