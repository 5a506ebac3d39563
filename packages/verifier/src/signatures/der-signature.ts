const INTEGER = 2;
const SEQUENCE = 48;
const NUMBER_BYTES = 32;
const LONGEST = 72;

/** The DER form (RFC 3279 section 2.2.3) of a P-256 signature of 64 bytes, r and s. */
export function encodeDerSignature(signature: Uint8Array): Uint8Array {
  const der = new Uint8Array(LONGEST);
  const middle = writeInteger(der, 2, signature.subarray(0, NUMBER_BYTES));
  const end = writeInteger(der, middle, signature.subarray(NUMBER_BYTES));
  der[0] = SEQUENCE;
  der[1] = end - 2;
  return der.subarray(0, end);
}

/** Without leading zeros, but for the one that keeps a number from being read as negative. Returns where it ends. */
function writeInteger(der: Uint8Array, at: number, bigEndian: Uint8Array): number {
  let first = 0;
  while (first < NUMBER_BYTES - 1 && bigEndian[first] === 0) first += 1;
  const padding = (bigEndian[first] ?? 0) > 127 ? 1 : 0;
  const length = NUMBER_BYTES - first + padding;
  der[at] = INTEGER;
  der[at + 1] = length;
  der.set(bigEndian.subarray(first), at + 2 + padding);
  return at + 2 + length;
}

/** The 64 bytes, r and s, of a P-256 signature that OpenSSL has just made. For nothing from outside: it checks nothing. */
export function readOwnDerSignature(der: Uint8Array): Uint8Array {
  const signature = new Uint8Array(2 * NUMBER_BYTES);
  const middle = readInteger(der, 2, signature.subarray(0, NUMBER_BYTES));
  readInteger(der, middle, signature.subarray(NUMBER_BYTES));
  return signature;
}

/** Into the last bytes of what is all zeros. Returns where it ends. */
function readInteger(der: Uint8Array, at: number, into: Uint8Array): number {
  const end = at + 2 + (der[at + 1] ?? 0);
  const digits = der.subarray(at + 2, end).subarray(-NUMBER_BYTES);
  into.set(digits, NUMBER_BYTES - digits.length);
  return end;
}
