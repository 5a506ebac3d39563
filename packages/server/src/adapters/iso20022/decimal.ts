/** Minor units as the decimal number that they are of the whole unit: 1250 with 2 decimals is `12.50`. */
export function encodeDecimal(amount: bigint, decimals: number): string {
  const digits = amount.toString().padStart(decimals + 1, '0');
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** The minor units of a decimal number; undefined for what is none, is negative, or has a part of a minor unit. */
export function parseDecimal(text: string, decimals: number): bigint | undefined {
  const [, whole, fraction = ''] = /^([0-9]{1,18})(?:\.([0-9]{0,18}))?$/.exec(text.trim()) ?? [];
  if (whole === undefined) return undefined;
  if (!/^0*$/.test(fraction.slice(decimals))) return undefined;
  return BigInt(whole + fraction.slice(0, decimals).padEnd(decimals, '0'));
}
