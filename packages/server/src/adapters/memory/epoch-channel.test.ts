import { describeEpochChannel } from '../../ports/epoch-channel.contract.ts';
import { createEpochChannelMemory } from './epoch-channel.ts';

describeEpochChannel('a channel in memory', async () => {
  const channel = createEpochChannelMemory();
  return { channel, again: () => channel };
});
