import {
  acceptanceOf,
  acceptedTransfers,
  CodedError,
  isCodedError,
  parseAcceptance,
  signatureCheck,
  type TransferCommand,
  thumbprint,
} from '@holdfast/core';
import type { AcceptedTransfers, Ledger } from '../../ports/ledger.ts';
import type { DistributorPorts } from './neighbours.ts';

/**
 * The ledger, believed only as far as it has signed: each answer to a transfer is looked at, and kept so that it can be
 * shown, before anybody acts on it. `party`: whose ledger it is. What is not signed by a ledger's key, or is about anything
 * else than was asked, throws `ledger.answer`: whoever asked goes on owning the transfers, and asks again.
 */
export function createReceiptedLedger(ports: DistributorPorts, party: string): Ledger {
  const { ledger, receipts } = ports;
  return {
    createAccounts: (accounts) => ledger.createAccounts(accounts),
    async transfer(commands) {
      const answer = await ledger.transfer(commands);
      const leaves = acceptedTransfers(commands, answer.results);
      await assertSigned(ports, party, commands, answer, leaves);
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

async function assertSigned(
  { ledgerKeys, engine }: Pick<DistributorPorts, 'ledgerKeys' | 'engine'>,
  party: string,
  commands: readonly TransferCommand[],
  { results, acceptance: text }: AcceptedTransfers,
  leaves: readonly string[],
): Promise<void> {
  const isAboutThese = results.length === commands.length && commands.every(({ id }, i) => results[i]?.id === id);
  if (!isAboutThese) throw wrong('answers');
  const { jws, kid, acceptance } = parse(text);
  if (acceptance.iss !== party) throw wrong('party');
  const { count, root } = acceptanceOf(leaves, acceptance);
  if (acceptance.count !== count || acceptance.root !== root) throw wrong('root');
  const key = ledgerKeys().find((known) => thumbprint(known) === kid);
  if (key === undefined) throw wrong('key');
  const [isGenuine] = await engine.verify([signatureCheck(jws, key)]);
  if (isGenuine !== true) throw wrong('signature');
}

function parse(text: string) {
  try {
    return parseAcceptance(text);
  } catch (error) {
    if (!isCodedError(error)) throw error;
    throw wrong('format', error);
  }
}

function wrong(what: string, cause?: unknown): CodedError {
  return new CodedError(
    'ledger.answer',
    `What the ledger answered is not what it would have signed for these transfers: ${what}.`,
    { what },
    cause,
  );
}
