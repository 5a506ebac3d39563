import { encodeJws, partyFilingSigningInput } from '@holdfast/core';
import { createIdealSignatures } from '../../../../core/test/test-keys.ts';
import { describeFilingDesk, filingAbout } from '../../ports/filing.contract.ts';
import { createFilingDeskMemory } from './filing.ts';

const key = createIdealSignatures().key('south');

describeFilingDesk('a governor in memory', async () => ({
  desk: createFilingDeskMemory(),
  sign: async ({ id, index }) => {
    const subject = { list: 'https://civic.example/lists/1', index };
    const input = partyFilingSigningInput(filingAbout({ network: 'n', party: 'south', id, subject }), key.jwk);
    return encodeJws(input, key.sign(input));
  },
}));
