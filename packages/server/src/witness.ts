// A witness in a process of its own, without loading everything else that a server is made of.
export { createLogger } from './adapters/system/logger.ts';
export { type RunningWitness, startWitness, type WitnessStart } from './compose/start-witness.ts';
