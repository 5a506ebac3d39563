export { createFollowerStoreMemory } from '@holdfast/verifier';
