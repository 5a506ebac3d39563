import type { PublicJwk } from '@holdfast/core';
import type { SignatureEngine } from '@holdfast/verifier';
import type { Clock } from '../../ports/clock.ts';
import type { Ledger } from '../../ports/ledger.ts';
import { encodeLedgerJson, type LedgerCall, parseLedgerCall, refused } from './ledger-call.ts';

export type LedgerDeskPorts = {
  readonly clock: Pick<Clock, 'now'>;
  readonly engine: Pick<SignatureEngine, 'verify'>;
  /** The party whose ledger it is: what callers sign their calls for. */
  readonly party: string;
  /** Keys from which calls are taken now. Nobody else moves money here, whatever bearer key he has. */
  readonly callers: () => Promise<readonly PublicJwk[]>;
  readonly ledger: Ledger;
  /** Told by which of the ledger's keys a caller knows it. */
  readonly named?: (kid: string) => void;
};

export interface LedgerDesk {
  /** What a call asks for, once its signature was checked. Throws `ledger.call-refused`, `ledger.malformed`. */
  open(call: string): Promise<LedgerCall>;
  /** Does it; answers as JSON. Throws what a ledger throws. */
  answer(call: LedgerCall): Promise<string>;
}

/** A ledger for callers in other processes. A call that is sent twice is the same call: ids make it so. */
export function createLedgerDesk({ clock, engine, party, callers, ledger, named }: LedgerDeskPorts): LedgerDesk {
  return {
    async open(text) {
      const { call, check } = parseLedgerCall(text, { callers: await callers(), aud: party, now: clock.now() });
      const [isGenuine] = await engine.verify([check]);
      if (isGenuine !== true) throw refused('signature');
      return call;
    },
    async answer(call) {
      if (call.method === 'transfer' && call.acceptance !== undefined) named?.(call.acceptance);
      return encodeLedgerJson(await answerCall(ledger, call));
    },
  };
}

async function answerCall(ledger: Ledger, call: LedgerCall): Promise<object> {
  switch (call.method) {
    case 'accounts':
      return { results: await ledger.createAccounts(call.accounts) };
    case 'transfer':
      return ledger.transfer(call.commands);
    case 'read-accounts':
      return { accounts: (await ledger.readAccounts(call.accountIds)).map((found) => found ?? null) };
    case 'read-transfers':
      return { transfers: (await ledger.readTransfers(call.transferIds)).map((found) => found ?? null) };
    case 'read-pending':
      return { transfers: await ledger.readPending(call.account, call.limit, call.after) };
    default:
      return call satisfies never;
  }
}
