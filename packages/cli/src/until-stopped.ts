/** Told to stop by a signal; a process started by another also when that one is gone, whichever way it went. */
export function untilStopped(isChild: boolean): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve(undefined));
    if (!isChild || process.stdin.isTTY) return;
    process.stdin
      .once('end', () => resolve(undefined))
      .once('error', () => resolve(undefined))
      .resume();
  });
}
