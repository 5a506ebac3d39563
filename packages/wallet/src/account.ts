import {
  accountOfKey,
  CodedError,
  encodeBase64url,
  encodeJws,
  encodeSigningInput,
  encodeUtf8,
  isJsonObject,
  type JsonObject,
  type Order,
  openReceipt,
  orderSigningParts,
  type PublicJwk,
  parseAcceptance,
  parseOrder,
  parsePublicJwk,
  signatureCheck,
  type TransferReceipt,
  thumbprint,
  transferOfOrder,
  transferReceiptSchema,
} from '@holdfast/core';
import { type FetchOptions, fetchBounded, fetchJson, parseAnswer } from './bounded-fetch.ts';
import type { HolderKey } from './holder-keys.ts';
import type { WalletPorts } from './wallet-ports.ts';

/** An account of the ledger that one key orders. `name` is what others pay to: `internal` and this name. */
export type HolderAccount = HolderKey & { readonly name: string };

/** Where a ledger is asked, and what its own keys are where the holder has them from the log; otherwise it is asked for them. */
export type LedgerAddress = {
  /** The origin before `/ledger/…`. */
  readonly url: string;
  readonly party?: string;
  readonly keys?: readonly PublicJwk[];
};

export type TransferOptions = {
  readonly account: HolderAccount;
  readonly asset: string;
  /** The name of an account, as `HolderAccount.name` or an `internal` destination has it. */
  readonly to: string;
  /** Minor units in digits. */
  readonly amount: string;
  /** Milliseconds until it is refused; default an hour, at most a day. */
  readonly goodForMs?: number;
  /** Digest of what it is for. */
  readonly reference?: string;
};

/** Kept before it is sent: sent again, it is the same transfer. */
export type PreparedTransfer = { readonly url: string; readonly order: string };

export type SentTransfer = PreparedTransfer & {
  readonly transfer: string;
  /** `created`, `exists` for a repeat, or why the ledger does not do it, ever: `refused-…`. */
  readonly answer: string;
  readonly receipt: TransferReceipt;
};

const SALT_BYTES = 16;
const DEFAULT_GOOD_FOR_MS = 3_600_000;
const ASKING_MS = 60_000;

export async function openAccount({ keys }: Pick<WalletPorts, 'keys'>): Promise<HolderAccount> {
  const key = await keys.create();
  return { ...key, name: accountOfKey(key.publicKey) };
}

/** Signs an order; nothing is sent but the question whose ledger it is, unless `party` says so. Throws what fetching throws. */
export async function prepareTransfer(
  ports: WalletPorts,
  address: LedgerAddress,
  { account, asset, to, amount, goodForMs = DEFAULT_GOOD_FOR_MS, reference }: TransferOptions,
): Promise<PreparedTransfer> {
  const ledger = address.party ?? (await readLedger(ports, address)).party;
  const salt = encodeBase64url(ports.entropy.bytes(SALT_BYTES));
  const expiresAt = ports.now() + goodForMs;
  const asked = { v: 1, kind: 'transfer', ledger, asset, to, amount, salt, expiresAt, ...fromOf(account) } as const;
  const order = await sign(ports, account, reference === undefined ? asked : { ...asked, reference });
  return { url: address.url, order };
}

/**
 * Sends an order, as often as need be: it is one transfer. Believes nothing but the ledger's signature over this very transfer.
 * Throws `wallet.refused` with the ledger's code, `wallet.receipt` for an answer that is not signed by its ledger or is about
 * something else, and what fetching throws; after any of them it may have been carried out, and is sent again.
 */
export async function sendTransfer(
  ports: WalletPorts,
  address: LedgerAddress,
  prepared: PreparedTransfer,
): Promise<SentTransfer> {
  const answer = await post(ports, `${prepared.url}/ledger/orders`, prepared.order);
  const { transfer, answer: said } = answer;
  const receipt = transferReceiptSchema.safeParse(answer.receipt);
  if (typeof transfer !== 'string' || typeof said !== 'string' || !receipt.success) throw notSigned('shape');
  const { party, keys } =
    address.keys === undefined ? await readLedger(ports, address) : withKeys(address, address.keys);
  await assertReceipt(ports, { party, keys }, prepared, { transfer, answer: said, receipt: receipt.data });
  return { ...prepared, transfer, answer: said, receipt: receipt.data };
}

/** What is on an account and may be ordered, minor units in digits. Throws `wallet.refused` and what fetching throws. */
export async function readBalance(
  ports: WalletPorts,
  address: LedgerAddress,
  account: HolderAccount,
  asset: string,
): Promise<{ readonly available: bigint; readonly decimals: number }> {
  const ledger = address.party ?? (await readLedger(ports, address)).party;
  const order = await sign(ports, account, {
    v: 1,
    kind: 'balance',
    ledger,
    asset,
    ...fromOf(account),
    expiresAt: ports.now() + ASKING_MS,
  });
  const answer = await post(ports, `${address.url}/ledger/balances`, order);
  const digits = (member: string): bigint => {
    const value = answer[member];
    if (typeof value !== 'string' || !/^\d{1,39}$/.test(value)) throw notSigned(member);
    return BigInt(value);
  };
  const decimals = isJsonObject(answer.asset) ? Number(answer.asset.decimals) : Number.NaN;
  if (!Number.isInteger(decimals)) throw notSigned('asset');
  const available = digits('creditsPosted') - digits('debitsPosted') - digits('debitsPending');
  return { available, decimals };
}

/** Named in an order where the account is not named after the key that signs: its holder gave it this key later. */
function fromOf({ name, publicKey }: HolderAccount): { readonly from?: string } {
  return name === accountOfKey(publicKey) ? {} : { from: name };
}

/** Another key that is to take over an account. Times in unix milliseconds. */
export type AccountKeyChange = {
  readonly id: string;
  /** Thumbprint of the key that takes over. */
  readonly to: string;
  readonly at: number;
  readonly effectiveAt: number;
  readonly cancelled: boolean;
};

const keyOrder = (ports: WalletPorts) => ({ v: 1 as const, expiresAt: ports.now() + DEFAULT_GOOD_FOR_MS });

/**
 * Orders that the key of this thumbprint takes over the account, after the ledger's delay; until then the present key orders, and can call it
 * off. Throws `wallet.refused` with the ledger's code, and what fetching throws; sent again it is another order, refused while the first waits.
 */
export async function changeAccountKey(
  ports: WalletPorts,
  address: LedgerAddress,
  { account, to }: { readonly account: HolderAccount; readonly to: string },
): Promise<AccountKeyChange> {
  const ledger = address.party ?? (await readLedger(ports, address)).party;
  const salt = encodeBase64url(ports.entropy.bytes(SALT_BYTES));
  const asked = { ...keyOrder(ports), kind: 'rekey', ledger, account: account.name, to, salt } as const;
  return changeOf(await post(ports, `${address.url}/ledger/account-keys`, await sign(ports, account, asked)));
}

/** Calls that off. Safe to repeat. */
export async function keepAccountKey(
  ports: WalletPorts,
  address: LedgerAddress,
  { account, change }: { readonly account: HolderAccount; readonly change: string },
): Promise<AccountKeyChange> {
  const ledger = address.party ?? (await readLedger(ports, address)).party;
  const asked = { ...keyOrder(ports), kind: 'keep-key', ledger, account: account.name, change } as const;
  return changeOf(await post(ports, `${address.url}/ledger/account-keys`, await sign(ports, account, asked)));
}

/** Every change of the account's key: one that its holder did not order has to be called off in time. */
export async function readAccountKeyChanges(
  ports: WalletPorts,
  address: LedgerAddress,
  account: HolderAccount,
): Promise<readonly AccountKeyChange[]> {
  const ledger = address.party ?? (await readLedger(ports, address)).party;
  const expiresAt = ports.now() + ASKING_MS;
  // Which asset does not matter: a key is an account's in all of them.
  const asked = { v: 1, kind: 'balance', ledger, asset: 'any', ...fromOf(account), expiresAt } as const;
  const { changes } = await post(
    ports,
    `${address.url}/ledger/account-keys/changes`,
    await sign(ports, account, asked),
  );
  if (!Array.isArray(changes)) throw notSigned('changes');
  return changes.map((change) => changeOf(isJsonObject(change) ? change : {}));
}

function changeOf({ id, to, at, effectiveAt, cancelled }: JsonObject): AccountKeyChange {
  const isTexts = typeof id === 'string' && typeof to === 'string';
  if (isTexts && typeof at === 'number' && typeof effectiveAt === 'number' && typeof cancelled === 'boolean') {
    return { id, to, at, effectiveAt, cancelled };
  }
  throw notSigned('change');
}

async function sign({ keys }: Pick<WalletPorts, 'keys'>, { id, publicKey }: HolderKey, order: Order): Promise<string> {
  const input = encodeSigningInput(...orderSigningParts(order, publicKey));
  return encodeJws(input, await keys.sign(id, encodeUtf8(input)));
}

async function post(ports: FetchOptions, url: string, order: string): Promise<JsonObject> {
  const { status, text } = await fetchBounded(ports, url, {
    ...{ method: 'POST', repeats: 'keyed', tells: true },
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ order }),
  });
  const answer = parseAnswer(ports, url, text);
  if (status === 200 || status === 201) return answer;
  const { code, detail } = answer;
  const sentence = typeof detail === 'string' ? detail.slice(0, 300) : 'The order was not accepted.';
  throw new CodedError('wallet.refused', sentence, { status, ...(typeof code === 'string' ? { code } : {}) });
}

type LedgerKeys = { readonly party: string; readonly keys: readonly PublicJwk[] };

function withKeys({ party }: LedgerAddress, keys: readonly PublicJwk[]): LedgerKeys {
  if (party === undefined) throw notSigned('party');
  return { party, keys };
}

async function readLedger(ports: FetchOptions, { url }: LedgerAddress): Promise<LedgerKeys> {
  const { party, keys } = await fetchJson(ports, `${url}/ledger/keys`);
  if (typeof party !== 'string' || !Array.isArray(keys)) throw notSigned('keys');
  return { party, keys: keys.slice(0, 16).map(parsePublicJwk) };
}

async function assertReceipt(
  { verify }: Pick<WalletPorts, 'verify'>,
  { party, keys }: LedgerKeys,
  { order: text }: PreparedTransfer,
  { transfer, answer, receipt }: Pick<SentTransfer, 'transfer' | 'answer' | 'receipt'>,
): Promise<void> {
  const { key, order } = parseOrder(text);
  if (order.kind !== 'transfer') throw notSigned('order');
  const command = transferOfOrder(order, key);
  const { jws, kid, acceptance } = parseAcceptance(receipt.acceptance);
  const opened = openReceipt(acceptance, receipt);
  const isThis =
    acceptance.iss === party &&
    transfer === command.id &&
    opened?.id === command.id &&
    opened.answer === answer &&
    opened.debit === command.debit &&
    opened.credit === command.credit &&
    opened.amount === command.amount.toString();
  if (!isThis) throw notSigned('transfer');
  const signer = keys.find((known) => thumbprint(known) === kid);
  if (signer === undefined || !(await verify(signatureCheck(jws, signer)))) throw notSigned('signature');
}

function notSigned(what: string): CodedError {
  return new CodedError('wallet.receipt', 'The answer is not signed by the ledger for this transfer.', { what });
}
