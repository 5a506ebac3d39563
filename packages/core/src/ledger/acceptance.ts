import { z } from 'zod';
import { type Jws, parseJws } from '../encoding/jws.ts';
import { encodeBase64url, encodeUtf8, parseBase64url } from '../encoding/text.ts';
import { CodedError } from '../errors.ts';
import { inclusionProof, readerOfLeaves, verifyInclusion } from '../log/proof.ts';
import { leafHash, rootOf } from '../log/tree.ts';
import type { TransferAnswer, TransferCommand, TransferResult } from './transfer.ts';

export const ACCEPTANCE_TYP = 'acceptance+jwt';
/** Characters of a signed acceptance; anything longer is none. */
export const MAX_ACCEPTANCE_LENGTH = 2048;
/** Characters of one accepted transfer as text: four ids, an amount, a reference. */
const MAX_TRANSFER_LENGTH = 1024;

const hash = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

const acceptanceSchema = z.strictObject({
  /** The party whose ledger it is. */
  iss: z.string().min(1).max(500),
  /** Seconds, as RFC 7519 says. */
  iat: z.int().min(0),
  /** Transfers asked for in this call. */
  count: z.int().min(0),
  /** RFC 6962 root, base64url, over each transfer as `encodeAcceptedTransfer` writes it, in the order asked. */
  root: hash,
});
/** What a ledger signs about one call: what it was asked, and what it answered to each. */
export type Acceptance = z.infer<typeof acceptanceSchema>;

/** One transfer as it was asked for, and the answer: a leaf of the acceptance. Amounts are digits. */
export type AcceptedTransfer = {
  readonly id: string;
  readonly kind: TransferCommand['kind'];
  readonly answer: string;
  readonly amount?: string | undefined;
  readonly debit?: string | undefined;
  readonly credit?: string | undefined;
  readonly pending?: string | undefined;
  readonly expiresAt?: number | undefined;
  readonly reference?: string | undefined;
};

const acceptedTransferSchema = z.strictObject({
  amount: z.string().optional(),
  answer: z.string(),
  credit: z.string().optional(),
  debit: z.string().optional(),
  expiresAt: z.int().optional(),
  id: z.string(),
  kind: z.enum(['posted', 'pending', 'post', 'void']),
  pending: z.string().optional(),
  reference: z.string().optional(),
});

/** That one transfer stands in a signed acceptance: enough to show it to a stranger, and nothing of the others in it. */
export const transferReceiptSchema = z.strictObject({
  /** Compact JWS of an `Acceptance`. */
  acceptance: z.string().max(MAX_ACCEPTANCE_LENGTH),
  /** The leaf, as text. */
  transfer: z.string().max(MAX_TRANSFER_LENGTH),
  index: z.int().min(0),
  proof: z.array(hash).max(64),
});
export type TransferReceipt = z.infer<typeof transferReceiptSchema>;

/**
 * A leaf of an acceptance: JSON with the members in the order of the alphabet and no spaces, as RFC 8785 has it. Nothing in
 * it needs escaping, as ids are letters and digits.
 */
export function encodeAcceptedTransfer(command: TransferCommand, answer: TransferAnswer): string {
  const { id, kind, reference } = command;
  const amount = 'amount' in command && command.amount !== undefined ? { amount: command.amount.toString() } : {};
  const expiresAt = 'expiresAt' in command ? command.expiresAt : undefined;
  const { debit, credit, pending } = { debit: undefined, credit: undefined, pending: undefined, ...command };
  return JSON.stringify({ ...amount, answer, credit, debit, expiresAt, id, kind, pending, reference });
}

/** The leaves of one call. `results` are the answers, in the order of the commands. */
export function acceptedTransfers(
  commands: readonly TransferCommand[],
  results: readonly TransferResult[],
): readonly string[] {
  return commands.map((command, i) => encodeAcceptedTransfer(command, results[i]?.answer ?? 'exists'));
}

/** What is signed about these leaves. */
export function acceptanceOf(leaves: readonly string[], { iss, iat }: Pick<Acceptance, 'iss' | 'iat'>): Acceptance {
  return { iss, iat, count: leaves.length, root: encodeBase64url(rootOf(leaves.map(hashOf))) };
}

/** Opens an acceptance without verifying its signature. Throws `acceptance.malformed`, or the code of the layer below. */
export function parseAcceptance(text: string): {
  readonly jws: Jws;
  readonly kid: string;
  readonly acceptance: Acceptance;
} {
  if (text.length > MAX_ACCEPTANCE_LENGTH) throw malformed();
  const jws = parseJws(text, { maxLength: MAX_ACCEPTANCE_LENGTH, maxDepth: 4 });
  const { typ, kid } = jws.header;
  const parsed = acceptanceSchema.safeParse(jws.payload);
  if (typ !== ACCEPTANCE_TYP || typeof kid !== 'string' || !parsed.success) {
    throw malformed();
  }
  return { jws, kid, acceptance: parsed.data };
}

function malformed(): CodedError {
  return new CodedError('acceptance.malformed', 'This is not the signed acceptance of a ledger.');
}

/** A receipt for the leaf at `index` of a call. */
export function receiptOf(acceptance: string, leaves: readonly string[], index: number): TransferReceipt | undefined {
  const transfer = leaves[index];
  if (transfer === undefined) return undefined;
  const proof = inclusionProof(index, leaves.length, readerOfLeaves(leaves.map(hashOf)));
  return { acceptance, transfer, index, proof: proof.map(encodeBase64url) };
}

/**
 * The transfer that a receipt is for, once it is shown to stand in the acceptance; undefined when it does not. Whether a
 * ledger signed the acceptance is the caller's to check, by `jws` of `parseAcceptance`.
 */
export function openReceipt(acceptance: Acceptance, receipt: TransferReceipt): AcceptedTransfer | undefined {
  const isIn = verifyInclusion({
    leafHash: hashOf(receipt.transfer),
    index: receipt.index,
    size: acceptance.count,
    root: parseBase64url(acceptance.root),
    proof: receipt.proof.map(parseBase64url),
  });
  return isIn ? parseTransfer(receipt.transfer) : undefined;
}

function parseTransfer(text: string): AcceptedTransfer | undefined {
  try {
    return acceptedTransferSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function hashOf(leaf: string): Uint8Array {
  return leafHash(encodeUtf8(leaf));
}
