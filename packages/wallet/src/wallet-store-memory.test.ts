import { describeWalletStore } from './wallet-store.contract.ts';
import { createWalletStoreMemory } from './wallet-store-memory.ts';

describeWalletStore('wallet store in memory', async (max) => createWalletStoreMemory(max));
