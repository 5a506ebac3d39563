import { thumbprint } from '../encoding/jwk.ts';
import { type SignatureCheck, signatureCheck } from '../encoding/jws.ts';
import { isCodedError } from '../errors.ts';
import { keysInForce } from '../fold/authority.ts';
import type { NetworkState, ProgramRecord } from '../fold/state.ts';
import { type AcceptedTransfer, openReceipt, parseAcceptance, type TransferReceipt } from '../ledger/acceptance.ts';
import { payoutTransfer } from '../program/transfers.ts';

/** What a ledger has signed about one transfer, as far as it can be read; or why it proves nothing. */
export type OpenedReceipt =
  | {
      readonly ok: true;
      /** To be verified by the caller. */
      readonly check: SignatureCheck;
      readonly party: string;
      readonly transfer: AcceptedTransfer;
    }
  | { readonly ok: false; readonly detail: string };

/** Opens a receipt under the keys that the log names as the ledger's at the time it was signed. */
export function openAuditedReceipt(state: Readonly<NetworkState>, receipt: TransferReceipt): OpenedReceipt {
  try {
    const { jws, kid, acceptance } = parseAcceptance(receipt.acceptance);
    const transfer = openReceipt(acceptance, receipt);
    if (transfer === undefined) return { ok: false, detail: 'The transfer does not stand in the acceptance.' };
    const { iss: party, iat } = acceptance;
    const keys = keysInForce(state.parties.get(party), 'acceptance', iat * 1000);
    const key = keys.find((known) => thumbprint(known) === kid);
    if (key === undefined)
      return { ok: false, detail: `It is signed by no key that the log names as the ledger of ${party}.` };
    return { ok: true, check: signatureCheck(jws, key), party, transfer };
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return { ok: false, detail: 'It is no receipt of a ledger.' };
  }
}

/** Receipts that are kept in mind, to find two that contradict each other; beyond, only sums are compared. */
const MAX_REMEMBERED = 1_000_000;

export type ReceiptTally = {
  /** Takes in a receipt whose signature holds; the sentence says what is wrong with it, if anything. */
  readonly add: (party: string, transfer: AcceptedTransfer) => string | undefined;
  /** What each program has paid by these receipts, minor units. */
  readonly paid: () => ReadonlyMap<string, bigint>;
};

/** Holds signed receipts against what the log allows: no program pays more than was drawn, or than its budget. */
export function createReceiptTally(state: Readonly<NetworkState>): ReceiptTally {
  const seen = new Map<string, string>();
  const paid = new Map<string, bigint>();

  function add(party: string, transfer: AcceptedTransfer): string | undefined {
    if (transfer.answer !== 'created' && transfer.answer !== 'exists') return undefined;
    const { id, kind, amount } = transfer;
    const said = JSON.stringify([kind, amount, transfer.debit, transfer.credit, transfer.pending]);
    const known = seen.get(id);
    if (known !== undefined)
      return known === said ? undefined : `The ledger has signed two things about transfer ${id}.`;
    if (seen.size < MAX_REMEMBERED) seen.set(id, said);
    const record = kind === 'post' ? programOf(state, party, id) : undefined;
    if (record === undefined || amount === undefined) return undefined;
    const { program } = record;
    const sum = (paid.get(program.id) ?? 0n) + BigInt(amount);
    paid.set(program.id, sum);
    const most = BigInt(record.draw?.allocated.total ?? program.budget);
    const what = record.draw === undefined ? 'its budget is' : 'its draw in the log gives';
    return sum <= most ? undefined : `With this receipt ${program.id} has paid ${sum}; ${what} ${most}.`;
  }

  return { add, paid: () => paid };
}

function programOf(state: Readonly<NetworkState>, party: string, id: string): ProgramRecord | undefined {
  for (const record of state.programs.values()) {
    const { program } = record;
    if (program.organiser === party && id.startsWith(payoutTransfer(program.id, ''))) return record;
  }
  return undefined;
}
