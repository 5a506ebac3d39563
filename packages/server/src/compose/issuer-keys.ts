/** The holder of the issuer's keys in the keyring. */
export const ISSUER_KEYS = 'issuer';
