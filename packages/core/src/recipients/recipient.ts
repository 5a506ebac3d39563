import type { Address } from '../merkle/address.ts';
import type { StellarAddressKind } from './stellar-address.ts';

export type SablierRecipient = { readonly format: 'sablier'; readonly address: Address; readonly amount: bigint };

export type SdpRecipient = {
  readonly format: 'sdp';
  readonly contact: { readonly kind: 'phone' | 'email'; readonly value: string };
  readonly id: string;
  readonly amount: bigint;
  /** What the recipient will be asked for: personal data. */
  readonly verification?: string;
  readonly paymentId?: string;
  readonly wallet?: { readonly kind: StellarAddressKind; readonly address: string; readonly memo?: string };
};

/** One line of a list, canonical; amounts in minor units. */
export type Recipient = SablierRecipient | SdpRecipient;

/** The cells of a recipient in the columns of a list, the amount in minor units: read again, they give the same. */
export function encodeRecipient(recipient: Recipient, columns: readonly string[]): string[] {
  const cells: Readonly<Record<string, string | undefined>> =
    recipient.format === 'sablier'
      ? { address: recipient.address, amount: `${recipient.amount}` }
      : {
          [recipient.contact.kind]: recipient.contact.value,
          id: recipient.id,
          amount: `${recipient.amount}`,
          verification: recipient.verification,
          paymentID: recipient.paymentId,
          walletAddress: recipient.wallet?.address,
          walletAddressMemo: recipient.wallet?.memo,
        };
  return columns.map((column) => cells[column] ?? '');
}
