import { CodedError } from '@holdfast/core';
import { expect, test } from 'vitest';
import { createDistributorWorld } from '../../../test/distributor-world.ts';

test.each([1, 2])(
  'an answer lost while as much is set aside as may be leaves nobody unpaid, %i looked at in a round',
  async (maxPerRound) => {
    let lost = 0;
    await using world = await createDistributorWorld({
      program: (program) => ({ ...program, reserveMax: '100' }),
      ledger: (ledger) => ({
        ...ledger,
        transfer: async (commands) => {
          const answer = await ledger.transfer(commands);
          if (commands[0]?.kind !== 'pending' || lost > 0) return answer;
          lost += 1;
          throw new CodedError('ledger.outcome-unknown', 'The ledger does not answer.');
        },
      }),
    });
    const { config } = world.options;
    const distributor = world.restart({ config: { ...config, bounds: { maxPerRound } } });
    for (let i = 0; i < 3; i += 1) await distributor.apply('relief', world.sent(world.person()));
    await world.close();
    await world.work(distributor, 12);
    expect(lost).toBe(1);
    expect((await distributor.find('relief')).payments).toEqual({ carried: { count: 3, total: 300n } });
    expect(world.events.filter(({ code }) => code === 'payment.refused')).toEqual([]);
  },
);
