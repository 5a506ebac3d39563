import { CodedError, formatAmount, MAX_DECIMALS, UNITS, type Units } from '@holdfast/core/lists';
import { type Command, InvalidArgumentError, Option } from 'commander';

export type ListFlags = { readonly units?: Units; readonly decimals?: number };

/** What a list does not say itself. Neither has a default: a guess would be wrong by many zeros. */
export function addListFlags(command: Command): Command {
  return command
    .addOption(new Option('--units <units>', 'what the amounts are in').choices([...UNITS]))
    .option('--decimals <count>', 'the decimals of the token; needed for --units token', parseDecimals);
}

export function parseDecimals(text: string): number {
  if (!/^[0-9]{1,2}$/.test(text) || Number(text) > MAX_DECIMALS) {
    throw new InvalidArgumentError(`Decimals are a whole number from 0 to ${MAX_DECIMALS}.`);
  }
  return Number(text);
}

/** Throws `usage.units` unless it is said what the amounts are in. */
export function requireUnits({ units, decimals }: ListFlags): { units: Units; decimals: number } {
  if (units === undefined || (units === 'token' && decimals === undefined)) {
    throw new CodedError(
      'usage.units',
      units === undefined
        ? 'Say what the amounts are in: --units minor for whole minor units, or --units token --decimals D.'
        : 'Say how many decimals the token has: --units token --decimals D.',
    );
  }
  return { units, decimals: decimals ?? 0 };
}

/** "60,000 minor units", or "6 tokens (4 decimals) = 60000 minor units" where the decimals are known. */
export function wordsOfAmount(amount: bigint, { decimals }: ListFlags): string {
  if (decimals === undefined) return `${grouped(`${amount}`)} minor units`;
  return `${grouped(formatAmount(amount, decimals))} tokens (${decimals} decimals) = ${amount} minor units`;
}

export function countInWords(count: number): string {
  return `${grouped(`${count}`)} recipient${count === 1 ? '' : 's'}`;
}

/** 8426800 as 8,426,800; only ever for people. */
export function grouped(text: string): string {
  const [whole = '', part] = text.split('.');
  const digits = whole.replace(/\B(?=(?:[0-9]{3})+$)/g, ',');
  return part === undefined ? digits : `${digits}.${part}`;
}
