import {
  accountOfKey,
  encodeJws,
  encodeSigningInput,
  holderAccount,
  type Order,
  orderSigningParts,
  type TransferOrder,
} from '@holdfast/core';
import { createNodeEngine } from '@holdfast/verifier/node';
import { newAccount, posted } from '../../core/test/ledger-world.ts';
import { createRealSignatures, type TestKey } from '../../core/test/test-keys.ts';
import type { ManualClock } from '../../verifier/test/manual-clock.ts';
import { createAccountKeyStoreMemory } from '../src/adapters/memory/account-key-store.ts';
import { type CashierPorts, createCashier } from '../src/roles/cashier/cashier.ts';
import { startTestLedger } from './ledger-world.ts';

const signatures = createRealSignatures();

/** A holder's key and account; the same name is the same holder. */
export function holder(name: string) {
  const key = signatures.key(name);
  return { key, name: accountOfKey(key.jwk), account: holderAccount('EUR', accountOfKey(key.jwk)) };
}

export function signOrder(key: TestKey, order: Order, named = key): string {
  const input = encodeSigningInput(...orderSigningParts(order, named.jwk));
  return encodeJws(input, key.sign(input));
}

/** A cashier beside a real ledger, where `ada` has 50 of the budget's 100. */
export async function createCashierWorld(changes: Partial<CashierPorts> = {}) {
  const ledger = await startTestLedger();
  const clock = ledger.clock as ManualClock;
  const ada = holder('ada');
  await ledger.role.createAccounts([newAccount(ada.account, 'debits-must-not-exceed-credits')]);
  await ledger.role.transfer([posted('pay-ada', 'budget', ada.account, 50)]);
  const cashier = createCashier({
    clock,
    engine: createNodeEngine(),
    ledger: ledger.role,
    ledgerKeys: ledger.role.readKeys,
    accountKeys: createAccountKeyStoreMemory(),
    party: 'city',
    ...changes,
  });
  let salts = 0;
  /** An order of `ada` for 10 to `bo`, unless changed; each with a salt of its own. */
  const order = (changed: Partial<TransferOrder> = {}): TransferOrder => {
    salts += 1;
    const salt = Buffer.from(`salt ${salts} of a test order`).toString('base64url');
    const expiresAt = clock.now() + 60_000;
    return {
      v: 1,
      kind: 'transfer',
      ledger: 'city',
      asset: 'EUR',
      to: holder('bo').name,
      amount: '10',
      salt,
      expiresAt,
      ...changed,
    };
  };
  const balance = async (name: string) => {
    const [account] = await ledger.role.readAccounts([holder(name).account]);
    return account === undefined ? undefined : account.creditsPosted - account.debitsPosted;
  };
  return { ...ledger, cashier, ada, order, balance };
}
