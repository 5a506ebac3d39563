import {
  isCodedError,
  keysInForce,
  type NetworkState,
  openReceipt,
  type ProgramRecord,
  parseAcceptance,
  payoutTransfer,
  signatureCheck,
  type TransferReceipt,
  thumbprint,
} from '@holdfast/core';
import { createNodeEngine } from '@holdfast/verifier/node';

const engine = createNodeEngine();

/** What a ledger has signed for: minor units, and when, unix milliseconds. */
export type PaidReceipt = { readonly amount: bigint; readonly at: number };

/**
 * Opens the receipt for the payment of one application. Undefined for whatever proves nothing: about another transfer, one
 * that was refused, or signed by a key that the log does not name as the ledger's.
 */
export async function judgeReceipt(
  state: NetworkState,
  { program }: ProgramRecord,
  application: string,
  receipt: TransferReceipt,
): Promise<PaidReceipt | undefined> {
  try {
    const { jws, kid, acceptance } = parseAcceptance(receipt.acceptance);
    const transfer = openReceipt(acceptance, receipt);
    const at = acceptance.iat * 1000;
    const keys = keysInForce(state.parties.get(program.organiser), 'acceptance', at);
    const key = keys.find((one) => thumbprint(one) === kid);
    const isPaid = transfer?.answer === 'created' || transfer?.answer === 'exists';
    const isThis = transfer?.kind === 'post' && transfer.id === payoutTransfer(program.id, application);
    if (key === undefined || !isPaid || !isThis || acceptance.iss !== program.organiser) return undefined;
    const [isSigned] = await engine.verify([signatureCheck(jws, key)]);
    return isSigned === true && transfer.amount !== undefined ? { amount: BigInt(transfer.amount), at } : undefined;
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return undefined;
  }
}
