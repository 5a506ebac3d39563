import { z } from 'zod';
import { canonicalJson } from '../encoding/json.ts';
import { isEip55Address } from './eip55.ts';
import { isIban } from './iban.ts';

export const DESTINATION_KINDS = ['internal', 'iban', 'msisdn', 'eip155'] as const satisfies readonly DestinationKind[];

/** A destination's name is at most this long: what a SEPA credit transfer carries. */
export const MAX_DESTINATION_NAME_LENGTH = 70;

// Line breaks, direction marks and other invisible characters would show an operator another name than the bank reads.
const VISIBLE = /^[^\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]+$/u;

/** The holder's name as the bank knows it: personal data. */
const accountName = z
  .string()
  .min(1)
  .max(MAX_DESTINATION_NAME_LENGTH)
  .refine((name) => VISIBLE.test(name) && name === name.trim() && name === name.normalize('NFC'), {
    message: 'destination.name',
  });

/**
 * Where money goes, in the one spelling that is digested and compared: an IBAN in capitals without spaces, a telephone
 * number as E.164 with its plus, an address as EIP-55, an account of the ledger by its id. Any other spelling is
 * refused here; the door reads what people type and makes this of it. Shape and checksum only: whether a country's
 * IBANs are so long, or a number can be dialled, changes with the years and is asked at the door.
 */
export const destinationSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('iban'),
    iban: z.string().max(34).refine(isIban, { message: 'destination.iban-checksum' }),
    name: accountName.optional(),
  }),
  z.strictObject({ kind: z.literal('msisdn'), msisdn: z.string().regex(/^\+[1-9][0-9]{6,14}$/) }),
  z.strictObject({
    kind: z.literal('eip155'),
    /** As in EIP-155 and CAIP-2. */
    chainId: z.int().min(1),
    address: z.string().max(42).refine(isEip55Address, { message: 'destination.address-checksum' }),
  }),
  z.strictObject({ kind: z.literal('internal'), account: z.string().regex(/^[A-Za-z0-9_.:-]{1,128}$/) }),
]);
export type Destination = z.infer<typeof destinationSchema>;
export type DestinationKind = Destination['kind'];

/** RFC 8785: the bytes that a digest of the destination is of, and by which two destinations are compared. */
export function encodeDestination(destination: Destination): string {
  return canonicalJson(destination);
}

/** For screens and logs: enough for its owner to know it again, never the whole of it and never a name. */
export function maskDestination(destination: Destination): string {
  switch (destination.kind) {
    case 'iban':
      return mask(destination.iban, 2, 4);
    case 'msisdn':
      return mask(destination.msisdn, 3, 2);
    case 'eip155':
      return `${mask(destination.address, 6, 4)} on eip155:${destination.chainId}`;
    case 'internal':
      return `internal ${mask(destination.account, 0, Math.min(4, destination.account.length >> 1))}`;
    default:
      return destination satisfies never;
  }
}

function mask(text: string, first: number, last: number): string {
  return `${text.slice(0, first)}\u2026${text.slice(text.length - last)}`;
}
