import { CodedError } from '../errors.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** Version bytes of SEP-23: an account is `G...`, a contract `C...`. */
const KINDS = new Map([
  [6 << 3, 'account'],
  [2 << 3, 'contract'],
] as const);

export type StellarAddressKind = 'account' | 'contract';

/**
 * What a Stellar address (SEP-23: base32 of a version byte, 32 bytes and a checksum) is of. Throws `stellar.malformed` for
 * any other text, a mistyped one included.
 */
export function parseStellarAddress(text: string): StellarAddressKind {
  if (!/^[A-Z2-7]{56}$/.test(text)) throw malformed();
  const bytes = parseBase32(text);
  const kind = KINDS.get((bytes[0] ?? 0) as never);
  const checksum = (bytes[33] ?? 0) | ((bytes[34] ?? 0) << 8);
  if (kind === undefined || crc16(bytes.subarray(0, 33)) !== checksum) throw malformed();
  return kind;
}

/** 56 characters of five bits are exactly 35 bytes. */
function parseBase32(text: string): Uint8Array {
  const bytes = new Uint8Array(35);
  let held = 0;
  let bits = 0;
  let at = 0;
  for (const character of text) {
    held = ((held << 5) | ALPHABET.indexOf(character)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at] = (held >> bits) & 255;
    at += 1;
  }
  return bytes;
}

/** CRC-16/XMODEM. */
function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
  }
  return crc;
}

function malformed(): CodedError {
  return new CodedError('stellar.malformed', 'This is not the address of a Stellar account or contract.');
}
