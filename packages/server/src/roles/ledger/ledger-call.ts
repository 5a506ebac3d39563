import {
  type Account,
  type AccountId,
  type AccountResult,
  algorithmOf,
  CodedError,
  encodeJws,
  encodeSigningInput,
  encodeUtf8,
  isCodedError,
  type NewAccount,
  type PublicJwk,
  parseAccountId,
  parseAmount,
  parseAsset,
  parseJws,
  parseTransferId,
  parseTransferReference,
  type SignatureCheck,
  signatureCheck,
  type Transfer,
  type TransferCommand,
  type TransferId,
  type TransferResult,
  thumbprint,
} from '@holdfast/core';
import { z } from 'zod';
import { MAX_LEDGER_BATCH, type PendingCursor } from '../../ports/ledger.ts';
import type { Signer } from '../../ports/signer.ts';
import type { RoleKey } from '../../role-keys/role-keys.ts';

/** `typ` of a call. The log knows no statement of this type, so none can be taken for one. */
export const LEDGER_CALL_TYP = 'ledger-call+jwt';
/** Characters of a signed call: five hundred of the longest transfers. */
export const MAX_CALL_LENGTH = 1_048_576;
/** How far the times of caller and ledger may be apart; what was read by somebody on the way is of no use after it. */
const MAX_AGE_S = 300;

/** One call of the port `Ledger`, as it crosses from one process to another. */
export type LedgerCall =
  | { readonly method: 'accounts'; readonly accounts: readonly NewAccount[] }
  | {
      readonly method: 'transfer';
      readonly commands: readonly TransferCommand[];
      /** Thumbprint of the ledger's key that the caller knows it by, where it has had several: what is answered is signed by it. */
      readonly acceptance?: string;
    }
  | { readonly method: 'read-accounts'; readonly accountIds: readonly AccountId[] }
  | { readonly method: 'read-transfers'; readonly transferIds: readonly TransferId[] }
  | {
      readonly method: 'read-pending';
      readonly account: AccountId;
      readonly limit: number;
      readonly after?: PendingCursor;
    };

const amount = z.string().max(40).transform(parseAmount);
const accountId = z.string().max(128).transform(parseAccountId);
const transferId = z.string().max(128).transform(parseTransferId);
const reference = z.string().max(43).transform(parseTransferReference).optional();
const time = z.int().min(0);
const asset = z
  .strictObject({ code: z.string().max(128), decimals: z.int() })
  .transform(({ code, decimals }) => parseAsset(code, decimals));

const newAccount = {
  id: accountId,
  asset,
  rule: z.enum(['none', 'debits-must-not-exceed-credits', 'credits-must-not-exceed-debits']),
  maxReserved: amount.optional(),
};
const movement = { id: transferId, reference, debit: accountId, credit: accountId, amount };
const command = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('posted'), ...movement }),
  z.strictObject({ kind: z.literal('pending'), ...movement, expiresAt: time.optional() }),
  z.strictObject({
    kind: z.literal('post'),
    id: transferId,
    reference,
    pending: transferId,
    amount: amount.optional(),
  }),
  z.strictObject({ kind: z.literal('void'), id: transferId, reference, pending: transferId }),
]);

const many = <Item extends z.ZodType>(item: Item) => z.array(item).max(MAX_LEDGER_BATCH);
const envelope = { aud: z.string().max(500), iat: z.int().min(0) };
const callSchema = z.discriminatedUnion('method', [
  z.strictObject({ ...envelope, method: z.literal('accounts'), accounts: many(z.strictObject(newAccount)) }),
  z.strictObject({
    ...envelope,
    method: z.literal('transfer'),
    commands: many(command),
    acceptance: z.string().length(43).exactOptional(),
  }),
  z.strictObject({ ...envelope, method: z.literal('read-accounts'), accountIds: many(accountId) }),
  z.strictObject({ ...envelope, method: z.literal('read-transfers'), transferIds: many(transferId) }),
  z.strictObject({
    ...envelope,
    method: z.literal('read-pending'),
    account: accountId,
    limit: z.int().min(1).max(MAX_LEDGER_BATCH),
    after: z.strictObject({ at: time, id: transferId }).optional(),
  }),
]);

/** Signs a call to the ledger of `aud`, with a key that this ledger takes calls from. */
export async function encodeLedgerCall(
  call: LedgerCall,
  { aud, now }: { readonly aud: string; readonly now: number },
  {
    signer,
    key: { name, key },
  }: { readonly signer: Pick<Signer, 'sign'>; readonly key: Pick<RoleKey, 'name' | 'key'> },
): Promise<string> {
  const header = { alg: algorithmOf(key), kid: thumbprint(key), typ: LEDGER_CALL_TYP };
  const input = encodeSigningInput(header, JSON.parse(encodeLedgerJson({ aud, iat: Math.floor(now / 1000), ...call })));
  return encodeJws(input, await signer.sign(name, encodeUtf8(input)));
}

/** JSON with minor units in digits: its numbers lose what 128 bits hold. */
export function encodeLedgerJson(value: object): string {
  return JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? String(member) : member));
}

export type OpenedCall = { readonly call: LedgerCall; readonly check: SignatureCheck };

/**
 * A call and the signature to check before anything of it is done. Throws `ledger.call-refused` for what no caller signed for
 * this ledger a moment ago, `ledger.malformed` for what it signed and is no call.
 */
export function parseLedgerCall(
  text: string,
  { callers, aud, now }: { readonly callers: readonly PublicJwk[]; readonly aud: string; readonly now: number },
): OpenedCall {
  const jws = parse(() => parseJws(text, { maxLength: MAX_CALL_LENGTH, maxDepth: 8 }), 'format');
  if (jws.header.typ !== LEDGER_CALL_TYP) throw refused('type');
  const key = callers.find((known) => thumbprint(known) === jws.header.kid);
  if (key === undefined) throw refused('key');
  const check = parse(() => signatureCheck(jws, key), 'format');
  if (jws.payload.aud !== aud) throw refused('audience');
  if (Math.abs(now / 1000 - Number(jws.payload.iat)) > MAX_AGE_S) throw refused('time');
  const parsed = callSchema.safeParse(jws.payload);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new CodedError('ledger.malformed', `This is no call of a ledger: ${issue?.message ?? ''}`, {
      field: issue?.path.join('.') ?? '',
    });
  }
  const { aud: _, iat: __, ...call } = parsed.data;
  return { call: call as LedgerCall, check };
}

/** The refusal of a call, for whoever checks its signature. */
export function refused(what: string, cause?: unknown): CodedError {
  const sentence = `This ledger takes calls that a caller it knows has signed for it a moment ago; this is none: ${what}.`;
  return new CodedError('ledger.call-refused', sentence, { what }, cause);
}

function parse<Result>(work: () => Result, what: string): Result {
  try {
    return work();
  } catch (error) {
    if (!isCodedError(error)) throw error;
    throw refused(what, error);
  }
}

const balances = { debitsPending: amount, debitsPosted: amount, creditsPending: amount, creditsPosted: amount };
const account = z.strictObject({ ...newAccount, ...balances, at: time });
const ended = z.strictObject({ at: time, by: transferId.optional() });
const kept = { command, at: time };
const transfer = z.discriminatedUnion('state', [
  z.strictObject({ ...kept, state: z.literal('refused'), why: z.string().max(60) }),
  z.strictObject({ ...kept, state: z.literal('pending') }),
  z.strictObject({ ...kept, state: z.literal('posted'), amount, ended: ended.optional() }),
  z.strictObject({ ...kept, state: z.literal('voided'), ended: ended.optional() }),
  z.strictObject({ ...kept, state: z.literal('expired'), ended }),
]);
const results = many(z.strictObject({ id: z.string().max(128), answer: z.string().max(60) }));

/** What a ledger answers to each method; whoever asks looks at the shape here, and at what is signed by itself. */
const ANSWERS = {
  accounts: z.strictObject({ results }),
  transfer: z.strictObject({ results, acceptance: z.string().max(4096) }),
  'read-accounts': z.strictObject({ accounts: many(account.nullable()) }),
  'read-transfers': z.strictObject({ transfers: many(transfer.nullable()) }),
  'read-pending': z.strictObject({ transfers: many(transfer) }),
} as const;

export type LedgerAnswers = {
  readonly accounts: { readonly results: readonly AccountResult[] };
  readonly transfer: { readonly results: readonly TransferResult[]; readonly acceptance: string };
  readonly 'read-accounts': { readonly accounts: readonly (Account | null)[] };
  readonly 'read-transfers': { readonly transfers: readonly (Transfer | null)[] };
  readonly 'read-pending': { readonly transfers: readonly Transfer[] };
};

/** Throws `ledger.answer` for what is no answer to this method. */
export function parseLedgerAnswer<Method extends LedgerCall['method']>(
  method: Method,
  answer: unknown,
): LedgerAnswers[Method] {
  try {
    return ANSWERS[method].parse(answer) as unknown as LedgerAnswers[Method];
  } catch (cause) {
    throw new CodedError('ledger.answer', 'What answers there does not answer as a ledger.', { what: 'shape' }, cause);
  }
}
