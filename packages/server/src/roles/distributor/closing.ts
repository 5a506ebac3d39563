import { assert, type ProgramRecord, parseAmount } from '@holdfast/core';
import { MAX_APPLICATIONS_PER_READ, type PaymentSums } from '../../ports/distributor-store.ts';
import { booksOf, isDone } from './accounts.ts';
import type { DistributorPorts } from './neighbours.ts';

/**
 * Nothing waits any more, and nobody can appeal any more. `time` is the log's, unix milliseconds: what follows cannot be
 * taken back, so a clock that runs ahead does not bring it about.
 */
export function isOver({ program, sealedAt }: ProgramRecord, payments: PaymentSums, time: number): boolean {
  if (sealedAt === undefined || time < sealedAt.time + program.appealMs) return false;
  return [payments.planned, payments.reserved, payments.posted].every((sum) => (sum?.count ?? 0) === 0);
}

/** Has the program ended? Its key is the last thing that goes. */
export async function isEnded(
  { store }: Pick<DistributorPorts, 'store'>,
  { program, seal }: ProgramRecord,
): Promise<boolean> {
  return seal !== undefined && (await store.readKey(program.uniqueness.key)) === undefined;
}

/**
 * Ends a program: what is left goes back where it came from, what people sent in is erased, and so is the key under which
 * they were counted. Safe to repeat.
 */
export async function closeProgram(ports: DistributorPorts, record: ProgramRecord): Promise<void> {
  const { store, ledger } = ports;
  const { program } = record;
  const { budget, treasury, transfers } = booksOf(program);
  const [account] = await ledger.readAccounts([budget.id]);
  assert(account?.debitsPending === 0n, 'closing a program leaves nothing reserved');
  const left = account.creditsPosted - account.debitsPosted;
  if (left > 0n) {
    const amount = parseAmount(left);
    const back = { kind: 'posted', id: transfers.close, debit: budget.id, credit: treasury.id, amount } as const;
    const [answer] = (await ledger.transfer([back])).results;
    assert(answer !== undefined && isDone(answer.answer), 'what a program has left goes back once');
  }
  while ((await store.eraseSealed(program.id, MAX_APPLICATIONS_PER_READ)) > 0);
  await store.eraseKey(program.uniqueness.key);
  ports.signals?.programClosed({ program: program.id });
}
