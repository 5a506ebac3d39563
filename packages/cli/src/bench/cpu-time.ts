/**
 * Milliseconds of processor time since then, all threads of this process together, collecting garbage included: for work
 * that cannot be run in turns with what it is compared with, so that a busy neighbour counts for neither.
 */
export function cpuMs(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
