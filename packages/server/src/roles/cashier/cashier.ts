import {
  type Account,
  accountNameOfOrder,
  accountOfOrder,
  CodedError,
  checkOfAcceptance,
  createRates,
  holderAccount,
  judgeKeyOrder,
  type KeyChange,
  type KeyOrder,
  keyOfAccount,
  MAX_ORDER_MS,
  type Order,
  type ParsedOrder,
  type PublicJwk,
  parseOrder,
  receiptOf,
  signatureCheck,
  type TransferAnswer,
  type TransferId,
  type TransferOrder,
  type TransferReceipt,
  thumbprint,
  transferOfOrder,
  wrongAnswer,
} from '@holdfast/core';
import type { SignatureEngine } from '@holdfast/verifier';
import type { AccountKeyStore } from '../../ports/account-key-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ledger } from '../../ports/ledger.ts';

export type CashierBounds = {
  /** Orders of one account, a second, and how many at once. */
  readonly perSecond: number;
  readonly burst: number;
  /** Accounts whose pace is remembered. */
  readonly maxAccounts: number;
};

const DEFAULT_BOUNDS: CashierBounds = { perSecond: 5, burst: 50, maxAccounts: 65_536 };

export type CashierPorts = {
  readonly clock: Clock;
  readonly engine: Pick<SignatureEngine, 'verify'>;
  readonly ledger: Ledger;
  /** Which keys holders gave their accounts. */
  readonly accountKeys: AccountKeyStore;
  /** The keys that the ledger signs its acceptances with. */
  readonly ledgerKeys: () => readonly PublicJwk[] | Promise<readonly PublicJwk[]>;
  /** The party whose ledger it is. */
  readonly party: string;
  readonly bounds?: Partial<CashierBounds>;
};

/** What the ledger answered to an order, with its signature: nothing else has to be believed. */
export type CarriedOut = {
  readonly transfer: TransferId;
  readonly answer: TransferAnswer;
  readonly receipt: TransferReceipt;
};

/**
 * Takes orders of holders for the accounts of their keys. A holder's signature is the whole authority: no operator's key moves
 * a holder's money, and no holder's key moves anybody else's. It keeps nothing; what was done is in the ledger, under a
 * name made of the order.
 *
 * Idempotency: an order is one transfer, however often it is sent; a repeat is told what became of it, also after it expired.
 * Refused by the ledger, it is refused for ever. Custody: until the receipt is back, the holder keeps the order and sends it
 * again. Retries: the holder, with the same order, after any code that says `later`.
 */
export interface Cashier {
  /** Throws `order.*`, and what the ledger throws. */
  carryOut(text: string): Promise<CarriedOut>;
  /** The account that is asked about. Throws `order.*`, and what the ledger throws. */
  read(text: string): Promise<Account>;
  /**
   * Begins that another key takes over an account, or calls that off. Answers with the change as it stands, also to a repeat.
   * Throws `order.*`.
   */
  changeKey(text: string): Promise<KeyChange>;
  /** Every change of the key of the account that a balance may be asked of. Throws `order.*`. */
  keyChanges(text: string): Promise<readonly KeyChange[]>;
}

/** Whoever has seen a question for a balance can ask it again until it expires. */
const MAX_ASKING_MS = 300_000;

type Genuine<Kind extends Order['kind']> = ParsedOrder & { readonly order: Extract<Order, { kind: Kind }> };

export function createCashier(ports: CashierPorts): Cashier {
  const { clock, engine, ledger, party } = ports;
  const rates = createRates(ratesOf({ ...DEFAULT_BOUNDS, ...ports.bounds }));

  /** Only a signature spends of an account's pace: nobody can use up somebody else's by naming their key. */
  async function open<Kind extends Order['kind']>(text: string, ...kinds: readonly Kind[]): Promise<Genuine<Kind>> {
    const parsed = parseOrder(text);
    const { jws, key, order } = parsed;
    if (!(kinds as readonly string[]).includes(order.kind)) {
      throw new CodedError('order.malformed', `This door takes orders of the kind ${kinds.join(' or ')}.`);
    }
    if (order.ledger !== party) {
      throw new CodedError('order.other-ledger', 'This order is for another ledger.', { ledger: order.ledger });
    }
    const [isGenuine] = await engine.verify([signatureCheck(jws, key)]);
    if (isGenuine !== true) throw new CodedError('order.signature', 'This order is not signed by the key it names.');
    if (!rates.take(`${thumbprint(key)} ${accountNameOfOrder(parsed)}`, clock.monotonic())) {
      throw new CodedError('order.too-many', 'This account has ordered more than it may in this time.');
    }
    return parsed as Genuine<Kind>;
  }

  async function isItsKey({ key, order }: ParsedOrder): Promise<boolean> {
    const name = accountNameOfOrder({ key, order });
    return keyOfAccount(name, await ports.accountKeys.read(name), clock.now()) === thumbprint(key);
  }

  async function assertItsKey(parsed: ParsedOrder): Promise<void> {
    if (!(await isItsKey(parsed))) throw refusedKey('not-its-key');
  }

  /** Of an order of a key that has been replaced: whether it was carried out while it could be. */
  async function assertMayMove(parsed: Genuine<'transfer'>, transfer: TransferId): Promise<void> {
    if (await isItsKey(parsed)) return;
    const [known] = await ledger.readTransfers([transfer]);
    if (known === undefined) throw refusedKey('not-its-key');
  }

  async function requireAccount(parsed: Genuine<'transfer' | 'balance'>): Promise<Account> {
    const [account] = await ledger.readAccounts([accountOfOrder(parsed)]);
    if (account !== undefined) return account;
    throw new CodedError('order.no-account', 'Nothing was ever paid to the account of this key, in this asset.');
  }

  function isInTime({ expiresAt }: Order, mostMs: number): boolean {
    const now = clock.now();
    if (expiresAt <= now + mostMs) return expiresAt > now;
    throw new CodedError('order.expiry', 'This order says that it is good for longer than it may be.', {
      expiresAt,
      mostMs,
    });
  }

  /** What expired may have been carried out in time: then the holder is told so. */
  async function assertInTime(order: TransferOrder, transfer: TransferId): Promise<void> {
    if (isInTime(order, MAX_ORDER_MS)) return;
    const { expiresAt } = order;
    const [known] = await ledger.readTransfers([transfer]);
    if (known === undefined) throw expired(expiresAt);
  }

  return {
    async carryOut(text) {
      const parsed = await open(text, 'transfer');
      const { order, key } = parsed;
      const command = transferOfOrder(order, key);
      await assertInTime(order, command.id);
      await assertMayMove(parsed, command.id);
      const { asset, rule } = await requireAccount(parsed);
      await ledger.createAccounts([{ id: holderAccount(order.asset, order.to), asset, rule }]);
      const { results, acceptance } = await ledger.transfer([command]);
      const keys = await ports.ledgerKeys();
      const { leaves, check } = checkOfAcceptance({ commands: [command], results, acceptance, party, keys });
      const [isGenuine] = await engine.verify([check]);
      const receipt = receiptOf(acceptance, leaves, 0);
      const [result] = results;
      if (isGenuine !== true || receipt === undefined || result === undefined) throw wrongAnswer('signature');
      return { transfer: command.id, answer: result.answer, receipt };
    },
    read: async (text) => {
      const parsed = await open(text, 'balance');
      if (!isInTime(parsed.order, MAX_ASKING_MS)) throw expired(parsed.order.expiresAt);
      await assertItsKey(parsed);
      return requireAccount(parsed);
    },
    async changeKey(text) {
      const parsed = await open(text, 'rekey', 'keep-key');
      const { accountKeys } = ports;
      const { order } = parsed as ParsedOrder & { readonly order: KeyOrder };
      const judge = async () =>
        judgeKeyOrder({ ...parsed, order }, text, await accountKeys.read(order.account), clock.now());
      const answer = await judge();
      if (answer.kind === 'repeat') return answer.change;
      if (!isInTime(order, MAX_ORDER_MS)) throw expired(order.expiresAt);
      if (answer.kind === 'refused') throw refusedKey(answer.why);
      if (answer.kind === 'cancel') await accountKeys.cancel({ ...answer.change, cancelledBy: text });
      else await accountKeys.append(answer.change);
      // Another may have come at the same time: what is kept decides.
      const kept = await judge();
      if (kept.kind === 'repeat') return kept.change;
      throw refusedKey(kept.kind === 'refused' ? kept.why : 'key-pending');
    },
    async keyChanges(text) {
      const parsed = await open(text, 'balance');
      if (!isInTime(parsed.order, MAX_ASKING_MS)) throw expired(parsed.order.expiresAt);
      await assertItsKey(parsed);
      return ports.accountKeys.read(accountNameOfOrder(parsed));
    },
  };
}

type RefusedKey = Extract<ReturnType<typeof judgeKeyOrder>, { kind: 'refused' }>['why'];

function refusedKey(why: RefusedKey): CodedError {
  switch (why) {
    case 'not-its-key':
      return new CodedError('order.not-its-key', 'This account is not ordered by the key that signed.');
    case 'key-pending':
      return new CodedError(
        'order.key-pending',
        'Another key is to take over this account already: call that off first.',
      );
    case 'no-key-change':
      return new CodedError('order.no-key-change', 'No such change of this account’s key waits to take effect.');
    case 'key-changes-full':
      return new CodedError('order.key-changes-full', 'The key of this account was changed as often as it may be.');
  }
}

function ratesOf({ perSecond, burst, maxAccounts }: CashierBounds) {
  return { perSecond, burst, maxNames: maxAccounts };
}

function expired(expiresAt: number): CodedError {
  return new CodedError('order.expired', 'This order has expired, and nothing was done.', { expiresAt });
}
