import { checkOfAcceptance, wrongAnswer } from '@holdfast/core';
import type { Ledger } from '../../ports/ledger.ts';
import type { DistributorPorts } from './neighbours.ts';

/**
 * The ledger, believed only as far as it has signed: each answer to a transfer is looked at, and kept so that it can be
 * shown, before anybody acts on it. `party`: whose ledger it is. What is not signed by a ledger's key, or is about anything
 * else than was asked, throws `ledger.answer`: whoever asked goes on owning the transfers, and asks again.
 */
export function createReceiptedLedger(ports: DistributorPorts, party: string): Ledger {
  const { ledger, ledgerKeys, engine, receipts } = ports;
  return {
    createAccounts: (accounts) => ledger.createAccounts(accounts),
    async transfer(commands) {
      const answer = await ledger.transfer(commands);
      const { leaves, check } = checkOfAcceptance({ ...answer, commands, party, keys: ledgerKeys() });
      const [isGenuine] = await engine.verify([check]);
      if (isGenuine !== true) throw wrongAnswer('signature');
      await receipts.add({
        acceptance: answer.acceptance,
        transfers: commands.map(({ id }, i) => ({ id, leaf: leaves[i] ?? '' })),
      });
      return answer;
    },
    readAccounts: (ids) => ledger.readAccounts(ids),
    readTransfers: (ids) => ledger.readTransfers(ids),
    readPending: (account, limit, after) => ledger.readPending(account, limit, after),
  };
}
