import type { Program } from '@holdfast/core';
import type { KeptApplication } from '@holdfast/server/roles';
import type { World } from '../world.ts';
import type { Row } from './money.ts';

/** What is paid at once is paid in the order in which people came: nobody is passed over, and nobody waits for those behind. */
export function checkArrivals({ oracles, scheduler }: World, { id }: Program, rows: readonly Row[]): void {
  const inOrder = [...rows].sort((a, b) => a.kept.sequence - b.kept.sequence);
  const lastServed = inOrder.findLastIndex(({ kept }) => kept.payment !== undefined);
  const passedOver = inOrder.slice(0, Math.max(0, lastServed)).find(({ kept }) => kept.judgement === undefined);
  const expect = (holds: boolean, what: () => string) =>
    oracles.expect('first-come-first-served', holds, scheduler.now, () => `${id}: ${what()}`);
  expect(passedOver === undefined, () => `${passedOver?.sent.digest} is not judged, somebody behind is served`);
  // Whoever was told that nothing is left sees others served only by what has come back since.
  const refused = inOrder.findIndex(({ kept }) => codeOf(kept) === 'application.budget_spent');
  const later = refused === -1 ? [] : inOrder.slice(refused).filter(({ kept }) => kept.payment !== undefined);
  const back = rows.filter(({ kept }) => kept.payment?.state === 'voided');
  expect(later.length <= back.length, () => `${later.length} are served after nothing was left`);
  const counted = new Map<number, number>();
  for (const { sent, kept } of inOrder) {
    if (kept.admitted === true) counted.set(sent.holder.index, kept.sequence);
  }
  const squatted = inOrder.find(
    ({ sent, kept }) => isDuplicate(kept) && kept.sequence < (counted.get(sent.holder.index) ?? 0),
  );
  expect(squatted === undefined, () => `${squatted?.sent.digest} came before the one that counts`);
}

function isDuplicate(kept: KeptApplication): boolean {
  return codeOf(kept) === 'application.duplicate_person';
}

function codeOf({ judgement }: KeptApplication): string | undefined {
  return judgement !== undefined && 'refused' in judgement ? judgement.refused : undefined;
}
