import {
  CodedError,
  type Destination,
  destinationSchema,
  encodeAttemptId,
  encodeDestination,
  encodeUtf8,
  parseJson,
  parseUtf8,
  type SettlementLine,
  settlementLineId,
} from '@holdfast/core';
import type { Sealer } from '../../../ports/sealer.ts';
import type { KeptLine, PlannedLine } from '../../../ports/settlement-store.ts';

/** A transfer that is posted in the ledger and shall be paid outside. */
export type SettlementIntent = {
  readonly transferId: string;
  readonly destination: Destination;
  /** Minor units. */
  readonly amount: bigint;
  readonly asset: { readonly code: string; readonly decimals: number };
  /** What the payee reads on the statement. */
  readonly reference: string;
};

/** What is kept of an intent: everything in the clear but where it goes. */
export async function sealIntent(
  intent: SettlementIntent,
  rail: string,
  plannedAt: number,
  sealer: Sealer,
): Promise<PlannedLine> {
  const { transferId, amount, asset, reference } = intent;
  const id = settlementLineId(transferId);
  const text = encodeDestination(intent.destination);
  const [sealed, destination] = await Promise.all([
    sealer.seal(encodeUtf8(text), contextOf(id)),
    sealer.pseudonym(text, 'settlement destination'),
  ]);
  return { id, transferId, rail, sealed, destination, amount, asset, reference, plannedAt };
}

/** The program is over: where this went is forgotten, so it cannot be paid again whatever a rail says by now. */
export function destinationErased(transferId: string): CodedError {
  return new CodedError(
    'settlement.erased',
    'Where this payment went was erased when its program ended; it cannot be sent again.',
    { transferId },
  );
}

/** What a rail is asked to pay with that attempt. Throws `settlement.erased`. */
export async function openLine(line: KeptLine, attempt: number, sealer: Sealer): Promise<SettlementLine> {
  const { id, sealed, transferId, amount, asset, reference } = line;
  if (sealed === undefined) throw destinationErased(transferId);
  const text = parseUtf8(await sealer.open(sealed, contextOf(id)));
  const destination = destinationSchema.parse(parseJson(text));
  return { lineId: encodeAttemptId(id, attempt), transferId, destination, amount, asset, reference };
}

function contextOf(lineId: string): string {
  return `settlement ${lineId}`;
}
