import { CodedError, isJsonObject, type JsonObject } from '@holdfast/core';
import { createNetworkClient, findAdminKey } from '../network-client.ts';
import { EXIT, type Output } from '../output.ts';

type Book = {
  readonly asset: string;
  readonly accounts: number;
  /** Debits less credits of all accounts, in minor units: 0, or the ledger is wrong. */
  readonly posted: bigint;
  readonly pending: bigint;
};

/** `holdfast audit --books`: whether all accounts of a ledger add up to nothing, as it adds them up now. Nothing of the log is read. */
export async function auditBooks(output: Output, url: string, data: string): Promise<number> {
  const client = createNetworkClient({ url, adminKey: await findAdminKey(data) });
  const { holds, assets } = await client.get('/ledger/audit');
  if (typeof holds !== 'boolean' || !Array.isArray(assets)) throw unknownAnswer();
  const books = assets.map(parseBook);
  output.data({ holds, assets });
  for (const { asset, accounts, posted, pending } of books) {
    const isRight = posted === 0n && pending === 0n;
    const words = isRight
      ? 'what is posted and what is pending add up to nothing'
      : `debits less credits are ${posted} posted and ${pending} pending (minor units), and have to be 0`;
    output.say(`${isRight ? 'ok ' : 'NO '} ${asset.padEnd(8)} ${accounts} accounts: ${words}`);
  }
  if (books.length === 0) output.say('The ledger has no accounts yet.');
  if (!holds)
    output.say('The ledger does NOT add up: stop payments, keep its database as it is, and restore a copy beside it.');
  return holds ? EXIT.yes : EXIT.no;
}

function parseBook(value: unknown): Book {
  if (!isJsonObject(value) || typeof value.asset !== 'string') throw unknownAnswer();
  const { asset, accounts } = value;
  const less = (state: 'Posted' | 'Pending') => sumIn(value, `debits${state}`) - sumIn(value, `credits${state}`);
  return { asset, accounts: Number(accounts), posted: less('Posted'), pending: less('Pending') };
}

function sumIn(value: JsonObject, name: string): bigint {
  const digits = value[name];
  if (typeof digits !== 'string' || !/^-?[0-9]{1,40}$/.test(digits)) throw unknownAnswer();
  return BigInt(digits);
}

function unknownAnswer(): CodedError {
  return new CodedError('network.answer', 'The ledger answered with something that is not an audit.');
}
