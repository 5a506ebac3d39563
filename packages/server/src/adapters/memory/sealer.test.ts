import { describeSealer } from '../../ports/sealer.contract.ts';
import { createMemorySealer } from './sealer.ts';

const keys = { one: new Uint8Array(32).fill(1), another: new Uint8Array(32).fill(2) };

describeSealer('sealer in memory', async (key) => createMemorySealer(keys[key]));
