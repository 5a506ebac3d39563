import type { PublicJwk } from '../encoding/jwk.ts';
import { thumbprint } from '../encoding/jwk.ts';
import { type SignatureCheck, signatureCheck } from '../encoding/jws.ts';
import { CodedError, isCodedError } from '../errors.ts';
import { acceptanceOf, acceptedTransfers, parseAcceptance } from './acceptance.ts';
import type { TransferCommand, TransferResult } from './transfer.ts';

export type AcceptedCall = {
  /** Whose ledger it is. */
  readonly party: string;
  /** The keys that it signs with. */
  readonly keys: readonly PublicJwk[];
  readonly commands: readonly TransferCommand[];
  readonly results: readonly TransferResult[];
  /** Compact JWS, as the ledger answered. */
  readonly acceptance: string;
};

/**
 * What a caller has to find true before it believes what a ledger answered to its call: that the acceptance is about exactly
 * these transfers and answers, and the signature to check. Throws `ledger.answer` for what is about anything else; then,
 * and when the signature is not genuine, the caller goes on owning its transfers and asks again.
 */
export function checkOfAcceptance(call: AcceptedCall): {
  readonly leaves: readonly string[];
  readonly check: SignatureCheck;
} {
  const { commands, results, party, keys } = call;
  const isAboutThese = results.length === commands.length && commands.every(({ id }, i) => results[i]?.id === id);
  if (!isAboutThese) throw wrongAnswer('answers');
  const leaves = acceptedTransfers(commands, results);
  const { jws, kid, acceptance } = parse(call.acceptance);
  if (acceptance.iss !== party) throw wrongAnswer('party');
  const { count, root } = acceptanceOf(leaves, acceptance);
  if (acceptance.count !== count || acceptance.root !== root) throw wrongAnswer('root');
  const key = keys.find((known) => thumbprint(known) === kid);
  if (key === undefined) throw wrongAnswer('key');
  return { leaves, check: signatureCheck(jws, key) };
}

function parse(text: string) {
  try {
    return parseAcceptance(text);
  } catch (error) {
    if (!isCodedError(error)) throw error;
    throw wrongAnswer('format', error);
  }
}

/** `ledger.answer`, naming what is not as it was asked. */
export function wrongAnswer(what: string, cause?: unknown): CodedError {
  return new CodedError(
    'ledger.answer',
    `What the ledger answered is not what it would have signed for these transfers: ${what}.`,
    { what },
    cause,
  );
}
