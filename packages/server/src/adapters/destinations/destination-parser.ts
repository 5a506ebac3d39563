import { CodedError, destinationSchema, MAX_DESTINATION_NAME_LENGTH } from '@holdfast/core';
import { z } from 'zod';
import type { DestinationParser, DestinationWarning } from '../../ports/destination-parser.ts';
import { parseAddress } from './eip155.ts';
import { parseIban } from './iban.ts';
import { parseMsisdn } from './msisdn.ts';

/** What is read before it is looked at: the longest destination, written with a space after each character. */
const typed = z.string().min(1).max(260);

const typedSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('iban'), iban: typed, name: typed.optional() }),
  z.strictObject({ kind: z.literal('msisdn'), msisdn: typed }),
  z.strictObject({ kind: z.literal('eip155'), chainId: z.int().min(1), address: typed }),
  z.strictObject({ kind: z.literal('internal'), account: typed }),
]);
type Typed = z.infer<typeof typedSchema>;

/** Destinations by the registries of ibantools, libphonenumber-js and the checksum of micro-eth-signer. */
export function createDestinationParser(): DestinationParser {
  return {
    parse(input) {
      const read = typedSchema.safeParse(input);
      if (!read.success) {
        // What is wrong with it is told by its places, because a message of the schema may repeat the text.
        const places = read.error.issues.map(({ path }) => path.join('.')).slice(0, 4);
        throw new CodedError(
          'destination.malformed',
          'A destination is an iban, a msisdn, an eip155 address with its chainId, or an internal account.',
          { places },
        );
      }
      const { canonical, warnings } = canonicalOf(read.data);
      const destination = destinationSchema.safeParse(canonical);
      if (!destination.success) throw refusalOf(read.data.kind);
      return { destination: destination.data, warnings };
    },
  };
}

type Canonical = { readonly canonical: Typed; readonly warnings: readonly DestinationWarning[] };

function canonicalOf(input: Typed): Canonical {
  switch (input.kind) {
    case 'iban': {
      const name = input.name?.normalize('NFC').trim().replace(/ +/g, ' ');
      const iban = parseIban(input.iban);
      return { canonical: { kind: 'iban', iban, ...(name === undefined ? {} : { name }) }, warnings: [] };
    }
    case 'msisdn':
      return { canonical: { kind: 'msisdn', msisdn: parseMsisdn(input.msisdn) }, warnings: [] };
    case 'eip155': {
      const { address, warnings } = parseAddress(input.address);
      return { canonical: { kind: 'eip155', chainId: input.chainId, address }, warnings };
    }
    case 'internal':
      return { canonical: input, warnings: [] };
    default:
      return input satisfies never;
  }
}

/** What the registries cannot find wrong, and the schema of core does. */
function refusalOf(kind: Typed['kind']): CodedError {
  if (kind === 'iban') {
    return new CodedError(
      'destination.name',
      `The name of an account has 1 to ${MAX_DESTINATION_NAME_LENGTH} visible characters on one line.`,
    );
  }
  if (kind === 'internal') {
    return new CodedError('destination.account', 'An account here is named by 1 to 128 letters, digits and _ . : -');
  }
  return new CodedError('destination.malformed', `This is not a destination of kind ${kind}.`);
}
