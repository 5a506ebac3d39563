import type { Destination } from '@holdfast/core';

/**
 * Nothing is wrong with it as far as anybody can tell, and still somebody should look:
 * - `zero-address`: nobody has the key of this address; what goes there is gone.
 * - `address-unchecked`: it was written without capitals, so a wrong digit in it cannot be noticed.
 */
export type DestinationWarning = 'zero-address' | 'address-unchecked';

export type ParsedDestination = {
  /** In the one spelling that is digested and compared. */
  readonly destination: Destination;
  readonly warnings: readonly DestinationWarning[];
};

/**
 * Reads a destination as people and other programs write it: `{kind: 'iban', iban, name?}`, `{kind: 'msisdn', msisdn}`,
 * `{kind: 'eip155', chainId, address}` or `{kind: 'internal', account}`, with the usual spaces, dashes and letter case.
 *
 * Nothing is kept and nobody is asked: the same text gives the same answer until the tables of countries and numbers
 * are brought up to date. A destination that was accepted once is not asked about again, so a table that changes
 * afterwards stops nobody's money. Throws `destination.malformed | iban-country | iban-length | iban-structure |
 * iban-account | iban-checksum | name | number-malformed | number-country | number-length | number-unassigned |
 * address-length | address-checksum | account`. No message and no details hold the destination itself.
 */
export interface DestinationParser {
  parse(input: unknown): ParsedDestination;
}
