import { formatAmount } from '@holdfast/core';
import { grouped } from '../lists/list-flags.ts';

const MAX_WIDTH = 150;
const CUT = '\u2026 (whole with --json)';

/** Whoever wrote the program wrote its words: they cannot move the cursor, turn a line around, or fill the screen. */
export function asLine(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu, '\ufffd');
  return plain.length > MAX_WIDTH ? `${plain.slice(0, MAX_WIDTH - CUT.length)}${CUT}` : plain;
}

/** Minor units of an asset in words: 1234500 as "12,345.00 EUR". */
export function moneyIn({
  code,
  decimals,
}: {
  readonly code: string;
  readonly decimals: number;
}): (amount: bigint) => string {
  return (amount) => {
    const [whole = '', part = ''] = formatAmount(amount, decimals).split('.');
    return `${grouped(whole)}${decimals === 0 ? '' : `.${part.padEnd(decimals, '0')}`} ${code}`;
  };
}

/** In UTC, to the minute: whoever reads it may be elsewhere. */
export function dateOf(timeMs: number): string {
  const date = new Date(timeMs);
  if (Number.isNaN(date.getTime())) return `${timeMs} ms`;
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
