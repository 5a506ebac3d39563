import type { DistributorStore, KeptApplication, Payment, PaymentState } from '../../ports/distributor-store.ts';

/**
 * Reads the payments of one state a few at a time, round and round: those that cannot move yet hold up nobody behind them.
 * Where a round has come to is forgotten with the process; it begins again.
 */
export function createRounds(
  store: Pick<DistributorStore, 'readPayments'>,
  state: PaymentState,
  most: number,
): (program: string) => Promise<readonly (KeptApplication & { readonly payment: Payment })[]> {
  /** At most one for each program of the distributor. */
  const cursors = new Map<string, string>();
  return async (program) => {
    const after = cursors.get(program);
    const page = await store.readPayments(program, state, most, after);
    const last = page.at(-1);
    if (last !== undefined && page.length === most) cursors.set(program, last.application);
    else cursors.delete(program);
    // Behind the last there is nobody: begin again at once, rather than to say that nothing waits.
    return page.length === 0 && after !== undefined ? store.readPayments(program, state, most) : page;
  };
}
