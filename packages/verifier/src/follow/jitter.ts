/** Full jitter: followers that lost the same network do not come back together. Milliseconds below `withinMs`. */
export function jitter(entropy: { bytes(count: number): Uint8Array }, withinMs: number): number {
  const [a = 0, b = 0, c = 0] = entropy.bytes(3);
  return ((a * 256 + b) * 256 + c) * (withinMs / 2 ** 24);
}
