import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Milliseconds of processor time since then, all threads of this process together, collecting garbage included: for work
 * that cannot be run in turns with what it is compared with, so that a busy neighbour counts for neither.
 */
export function cpuMs(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** So that what other work has left lying is not collected at the expense of what is measured next. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
