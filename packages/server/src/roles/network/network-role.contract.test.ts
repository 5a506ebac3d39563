import { describe } from 'vitest';
import { startTestNetwork } from '../../../test/test-network.ts';
import { networkContract } from '../../ports/network.contract.ts';

describe('the network in the same process', () => {
  networkContract(async () => {
    const started = await startTestNetwork();
    let made = 0;
    const next = () => {
      made += 1;
      return made;
    };
    return {
      network: started.role,
      decide: () => started.write.revoke(next()),
      list: async () => started.write.list(`https://civic.example/lists/${next()}`),
      novelty: () => started.write.any({ type: 'novelty', v: 1, critical: [`${next()}`] }),
      refused: async () => [
        [await started.write.decision(['officer-a']), 'quorum'],
        [started.write.any({ type: 'novelty', v: 1 }), 'unknown-type'],
        [started.write.any({ type: 'list', v: 1 }, 'nobody'), 'unparsed'],
        [
          await started.write
            .list('https://civic.example/lists/1')
            .then((text) => text.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A'))),
          'signature',
        ],
        ['nonsense', 'unparsed'],
      ],
      tick: () => started.tick(),
    };
  });
});
