/** Something that this process started and that must not outlive it, unless it is killed with -9. */
export type Charge = {
  /** Tells it to end, at once and without waiting: a process that exits waits for nothing. */
  signal(): void;
  /** Settles when it has ended, or when it has had its time. */
  ended(): Promise<unknown>;
};

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** At most one for each server that this process has started. */
const charges = new Set<Charge>();

/**
 * Until released, this process does not end without ending the charge: not by `process.exit`, an uncaught exception,
 * or a signal that nobody else listens for. Whoever does listen drains first and then stops what it started.
 */
export function takeCharge(charge: Charge): () => void {
  if (charges.size === 0) {
    process.on('exit', onExit);
    for (const signal of SIGNALS) process.on(signal, onSignal);
  }
  charges.add(charge);
  return () => {
    if (charges.delete(charge) && charges.size === 0) stopListening();
  };
}

function stopListening(): void {
  process.off('exit', onExit);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

function onExit(): void {
  for (const charge of charges) charge.signal();
}

function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  const ends = [...charges].map((charge) => {
    charge.signal();
    return charge.ended();
  });
  void Promise.allSettled(ends).then(() => {
    charges.clear();
    stopListening();
    process.kill(process.pid, signal);
  });
}
