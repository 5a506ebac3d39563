import { formatAmount } from '@holdfast/core';

export type Asset = { readonly code: string; readonly decimals: number };

/** Minor units in digits, as people read them, the same in every language: `25.00 EUR`. */
export function amountWords(minor: string | bigint, { code, decimals }: Asset): string {
  const [whole = '', part = ''] = formatAmount(BigInt(minor), decimals).split('.');
  return `${whole}${decimals === 0 ? '' : `.${part.padEnd(decimals, '0')}`} ${code}`;
}

/** What somebody typed, in minor units; undefined for what is none. A comma is how many people write a point. */
export function parseTyped(text: string, { decimals }: Asset): string | undefined {
  const [, whole = '', part = ''] = /^(\d{1,15})(?:[.,](\d*))?$/.exec(text.trim()) ?? [];
  if (whole === '' || part.length > decimals) return undefined;
  const minor = BigInt(whole + part.padEnd(decimals, '0'));
  return minor === 0n ? undefined : minor.toString();
}
