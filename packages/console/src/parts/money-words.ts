/** Minor units in decimal digits, as an amount that people read: "EUR 1,200.00". */
export function amountOf(minor: string | bigint, asset: { readonly code: string; readonly decimals: number }): string {
  const digits = String(minor);
  const sign = digits.startsWith('-') ? '-' : '';
  const text = digits.slice(sign.length).padStart(asset.decimals + 1, '0');
  const whole = asset.decimals === 0 ? text : text.slice(0, -asset.decimals);
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  const part = asset.decimals === 0 ? '' : `.${text.slice(-asset.decimals)}`;
  return `${asset.code} ${sign}${grouped}${part}`;
}

/** Roughly, for the length of a bar: amounts that are read or counted are never made a number. */
export function inUnits(minor: bigint, { decimals }: { readonly decimals: number }): number {
  return Number(minor) / 10 ** decimals;
}
