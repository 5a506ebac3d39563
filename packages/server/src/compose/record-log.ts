import type { RecordLog } from '@holdfast/verifier';
import type { ComposedNetwork } from './network.ts';

const ASK_TIMEOUT_MS = 4000;

/** The log as the network itself reads it: nothing has to be asked of anybody for a record. */
export function recordLog({ health, fetchEntries }: ComposedNetwork['network']): RecordLog {
  return {
    readSize: async () => health().size,
    readEntries: (from, to) => fetchEntries(from, to, AbortSignal.timeout(ASK_TIMEOUT_MS)),
  };
}
