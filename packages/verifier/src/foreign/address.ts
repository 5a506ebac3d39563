/** The bytes of an IP address as text: 4, 16, or undefined for anything else, zone identifiers included. */
export function parseAddress(text: string): Uint8Array | undefined {
  return parseV4(text) ?? parseV6(text);
}

/** Loopback: 127.0.0.0/8, ::1, and the former written as IPv6. */
export function isLoopbackAddress(text: string): boolean {
  const bytes = parseAddress(text);
  if (bytes === undefined) return false;
  const v4 = embeddedV4(bytes);
  return v4 === undefined ? startsWith(bytes, LOOPBACK_V6, 128) : v4[0] === 127;
}

/**
 * Whether an address belongs to the public Internet. Private, link-local, shared, documentation, multicast and reserved
 * ranges (IANA special-purpose registries, RFC 6890) are where clouds keep their metadata and companies their databases:
 * a credential naming them tries to make us fetch for its author.
 */
export function isPublicAddress(text: string): boolean {
  const bytes = parseAddress(text);
  if (bytes === undefined) return false;
  const v4 = embeddedV4(bytes);
  if (v4 !== undefined) return !SPECIAL_V4.some(([prefix, bits]) => startsWith(v4, prefix, bits));
  // 2000::/3 is all that has been given out; the rest is refused without a list.
  return startsWith(bytes, [0x20], 3) && !SPECIAL_V6.some(([prefix, bits]) => startsWith(bytes, prefix, bits));
}

type Range = readonly [prefix: readonly number[], bits: number];

const SPECIAL_V4: readonly Range[] = [
  [[0], 8],
  [[10], 8],
  [[100, 64], 10],
  [[127], 8],
  [[169, 254], 16],
  [[172, 16], 12],
  [[192, 0, 0], 24],
  [[192, 0, 2], 24],
  [[192, 88, 99], 24],
  [[192, 168], 16],
  [[198, 18], 15],
  [[198, 51, 100], 24],
  [[203, 0, 113], 24],
  [[224], 4],
  [[240], 4],
];

/** Within 2000::/3: protocol assignments with Teredo, documentation, 6to4 (which hides an IPv4 address), documentation. */
const SPECIAL_V6: readonly Range[] = [
  [[0x20, 0x01, 0x00], 23],
  [[0x20, 0x01, 0x0d, 0xb8], 32],
  [[0x20, 0x02], 16],
  [[0x3f, 0xff, 0x00], 20],
];

const LOOPBACK_V6 = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const MAPPED_V4 = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
/** 64:ff9b::/96, RFC 6052: how a network without IPv4 reaches it. Its local twin 64:ff9b:1::/48 is not public. */
const NAT64 = [0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0];

/** The IPv4 address that would really be reached. */
function embeddedV4(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length === 4) return bytes;
  return startsWith(bytes, MAPPED_V4, 96) || startsWith(bytes, NAT64, 96) ? bytes.subarray(12) : undefined;
}

function startsWith(bytes: Uint8Array, prefix: readonly number[], bits: number): boolean {
  for (let bit = 0; bit < bits; bit += 8) {
    const mask = (0xff << Math.max(0, 8 - (bits - bit))) & 0xff;
    if (((bytes[bit / 8] ?? 0) & mask) !== ((prefix[bit / 8] ?? 0) & mask)) return false;
  }
  return true;
}

function parseV4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  const isV4 = parts.length === 4 && parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256);
  return isV4 ? Uint8Array.from(parts, Number) : undefined;
}

function parseV6(text: string): Uint8Array | undefined {
  if (text.length > 45 || !/^[0-9a-fA-F:.]+$/.test(text)) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  // Only the very last group may be written as an IPv4 address.
  const [head, tail] = halves.map((half, i) => parseGroups(half, i === halves.length - 1));
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 16 ? Uint8Array.from(head) : undefined;
  if (tail === undefined || head.length + tail.length > 14) return undefined;
  return Uint8Array.from([...head, ...new Array<number>(16 - head.length - tail.length).fill(0), ...tail]);
}

/** Bytes of groups between colons. */
function parseGroups(text: string, mayEndInV4: boolean): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [i, group] of groups.entries()) {
    const v4 = mayEndInV4 && i === groups.length - 1 ? parseV4(group) : undefined;
    if (v4 !== undefined) bytes.push(...v4);
    else if (/^[0-9a-fA-F]{1,4}$/.test(group))
      bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255);
    else return undefined;
  }
  return bytes;
}
