import { CodedError } from '@holdfast/core';
import { addr } from 'micro-eth-signer';
import type { DestinationWarning } from '../../ports/destination-parser.ts';

const ZERO = /^0x0{40}$/;

/** An address as EIP-55, with what somebody should look at. */
export function parseAddress(text: string): { readonly address: string; readonly warnings: DestinationWarning[] } {
  const typed = text.trim();
  if (!/^0x[0-9a-fA-F]{40}$/.test(typed)) {
    throw new CodedError('destination.address-length', 'An address is 0x and 40 hexadecimal digits.', {
      length: typed.length,
    });
  }
  if (!addr.isValid(typed)) {
    throw new CodedError(
      'destination.address-checksum',
      'The capitals of this address do not fit its digits (EIP-55); a character is wrong.',
    );
  }
  const address = addr.addChecksum(typed);
  if (ZERO.test(address)) return { address, warnings: ['zero-address'] };
  return { address, warnings: address === typed ? [] : ['address-unchecked'] };
}
