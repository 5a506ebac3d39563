// A ledger in a process of its own, which a test can kill. One argument: JSON of `LedgerProcessOptions`. Asks its own
// ledger for random transfers, many at once, for ever; writes one line of JSON for each answer: [id, answer].
import {
  type AccountRule,
  isCodedError,
  parseAccountId,
  parseAmount,
  parseTransferId,
  type TransferCommand,
} from '@holdfast/core';
import { createPlatformClock } from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import { pino } from 'pino';
import { composeLedger } from '../src/compose/ledger.ts';

export type LedgerProcessOptions = { readonly url: string; readonly seed: number; readonly keysFolder: string };

const CALLERS = 24;
const ACCOUNTS = 30;
/** Few enough that many are repeats of what an earlier process was killed over. */
const IDS = 4000;

const { url, seed, keysFolder } = JSON.parse(process.argv[2] ?? '{}') as LedgerProcessOptions;
let state = seed;

/** A linear congruential generator (Numerical Recipes): as random as a history needs to be. */
function below(bound: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * bound);
}

function commandOf(i: number): TransferCommand {
  const id = parseTransferId(`t${i}`);
  // What an id asks for follows from the id, but for one in ten: a repeat with other contents.
  const salt = below(10) === 0 ? below(1000) : i;
  const amount = parseAmount(BigInt((salt % 50) + 1));
  const pending = parseTransferId(`t${i - (i % 4)}`);
  const side = (k: number) => parseAccountId(`a${(salt * k) % (ACCOUNTS + 1)}`);
  const movement = { id, debit: side(7), credit: side(11), amount };
  switch (i % 4) {
    case 0:
      return {
        kind: 'pending',
        ...movement,
        ...(salt % 3 === 0 ? { expiresAt: Date.now() - (Date.now() % 500) + 500 } : {}),
      };
    case 1:
      return { kind: 'post', id, pending, ...(salt % 2 === 0 ? { amount } : {}) };
    case 2:
      return { kind: 'void', id, pending };
    default:
      return { kind: 'posted', ...movement };
  }
}

function ruleOf(i: number): AccountRule {
  return i % 3 === 0 ? 'none' : i % 3 === 1 ? 'debits-must-not-exceed-credits' : 'credits-must-not-exceed-debits';
}

const platform = { clock: createPlatformClock(), engine: createNodeEngine(), logger: pino({ level: 'silent' }) };
const { ledger } = await composeLedger(
  platform,
  { databaseUrl: url, keysFolder, party: 'city' },
  new AbortController().signal,
);
const asset = { code: 'EUR', decimals: 2 };
await ledger.createAccounts(
  Array.from({ length: ACCOUNTS }, (_, i) => ({ id: parseAccountId(`a${i}`), asset, rule: ruleOf(i) })),
);

async function call(): Promise<void> {
  for (;;) {
    const commands = Array.from({ length: 1 + below(6) }, () => commandOf(below(IDS)));
    try {
      for (const { id, answer } of (await ledger.transfer(commands)).results)
        process.stdout.write(`${JSON.stringify([id, answer])}\n`);
    } catch (error) {
      if (!isCodedError(error)) throw error;
    }
  }
}

await Promise.all(Array.from({ length: CALLERS }, call));
