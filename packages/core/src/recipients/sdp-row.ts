import { encodeUtf8 } from '../encoding/text.ts';
import { CodedError } from '../errors.ts';
import type { SdpRecipient } from './recipient.ts';
import type { RowCells } from './row-cells.ts';
import { parseStellarAddress } from './stellar-address.ts';

const MAX_ID_LENGTH = 64;
const MAX_EMAIL_LENGTH = 254;
/** As the platform checks it: E.164 with ten to fifteen digits. */
const PHONE = /^\+[1-9][0-9]{9,14}$/;
const EMAIL_NAME = /^[a-z0-9.!#$%&'*+\\/=?^_`{|}~-]+$/;
const DOMAIN_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

type Parsers = {
  readonly amount: (text: string) => bigint;
  readonly verification: (text: string) => string;
};

/**
 * One instruction of the Stellar Disbursement Platform, by its published rules. Its own check of telephone numbers also
 * asks whether such a number exists, which changes with the years and is not asked here.
 */
export function parseSdpRow(cells: RowCells, parsers: Parsers): SdpRecipient | undefined {
  const kind = cells.has('phone') ? 'phone' : 'email';
  const contact = kind === 'phone' ? cells.take(kind, 'signed', parsePhone) : cells.take(kind, 'text', parseEmail);
  const id = cells.take('id', 'text', parseId);
  const amount = cells.take('amount', 'signed', parsers.amount);
  const verification = cells.has('verification')
    ? cells.take('verification', 'text', parsers.verification)
    : ('' as const);
  const paymentId = cells.has('paymentID') ? cells.take('paymentID', 'text', parsePaymentId) : '';
  const wallet = cells.has('walletAddress') ? parseWallet(cells) : null;
  if (contact === undefined || id === undefined || amount === undefined) return undefined;
  if (verification === undefined || paymentId === undefined || wallet === undefined) return undefined;
  return {
    format: 'sdp',
    contact: { kind, value: contact },
    id,
    amount,
    ...(verification === '' ? {} : { verification }),
    ...(paymentId === '' ? {} : { paymentId }),
    ...(wallet === null ? {} : { wallet }),
  };
}

function parsePhone(text: string): string {
  if (!PHONE.test(text)) throw new CodedError('list.phone', 'A telephone number is + and ten to fifteen digits.');
  return text;
}

function parseEmail(text: string): string {
  const email = text.toLowerCase();
  const at = email.lastIndexOf('@');
  const labels = email.slice(at + 1).split('.');
  const isEmail =
    at > 0 &&
    email.length <= MAX_EMAIL_LENGTH &&
    EMAIL_NAME.test(email.slice(0, at)) &&
    labels.every((label) => DOMAIN_LABEL.test(label));
  if (!isEmail) throw new CodedError('list.email', 'This is not an e-mail address.');
  return email;
}

function parseId(text: string): string {
  if (text === '' || text.length > MAX_ID_LENGTH) {
    throw new CodedError('list.id', `An id has 1 to ${MAX_ID_LENGTH} characters.`);
  }
  return text;
}

/** Optional, also row by row. */
function parsePaymentId(text: string): string {
  if (text.length > MAX_ID_LENGTH) {
    throw new CodedError('list.payment-id', `A paymentID has at most ${MAX_ID_LENGTH} characters.`);
  }
  return text;
}

function parseWallet(cells: RowCells): SdpRecipient['wallet'] {
  const wallet = cells.take('walletAddress', 'text', (address) => ({ kind: parseStellarAddress(address), address }));
  if (!cells.has('walletAddressMemo')) return wallet;
  const memo = cells.take('walletAddressMemo', 'text', (text) => parseMemo(text, wallet?.kind === 'contract'));
  if (wallet === undefined || memo === undefined) return undefined;
  return memo === '' ? wallet : { ...wallet, memo };
}

/** A Stellar memo is a number of 64 bits, a text of at most 28 bytes or a hash; contracts take none. */
function parseMemo(text: string, isContract: boolean): string {
  const isHash = /^[0-9a-fA-F]{64}$/.test(text);
  if ((text !== '' && isContract) || (!isHash && encodeUtf8(text).length > 28)) {
    throw new CodedError('list.memo', 'This memo cannot go with the wallet.');
  }
  return text;
}
