/**
 * The value of an index whose issuer has given its holder a newer credential in its place. As final as a revocation, and it
 * may still become one.
 */
export const SUPERSEDED = 3;

/**
 * What strangers are told of a list: a superseded credential is an invalid one (Token Status List section 7.1), because what
 * 3 means is the business of a network. The values themselves where nothing is superseded.
 */
export function publishedStatuses(values: Uint8Array): Uint8Array {
  return values.includes(SUPERSEDED) ? values.map((value) => (value === SUPERSEDED ? 1 : value)) : values;
}
