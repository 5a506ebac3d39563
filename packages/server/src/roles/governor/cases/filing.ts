import {
  type CaseSubject,
  CodedError,
  canonicalJson,
  encodeBase64url,
  encodeUtf8,
  isCodedError,
  parseBase64url,
  type Remedy,
  sha256,
} from '@holdfast/core';
import type { FiledSubject } from '../../../ports/matters.ts';
import type { Sealer } from '../../../ports/sealer.ts';
import { type HolderPorts, verifyHolder } from '../../../presenting/holder.ts';

export const MAX_STATEMENT_LENGTH = 4_000;
export const MAX_CASE_EVIDENCE = 16;

/** What somebody files: in their own words, which are sealed. */
export type Filing = {
  readonly about: CaseSubject;
  readonly class: string;
  readonly remedy: Remedy;
  /** Absent: the presented credential. */
  readonly subject?: FiledSubject;
  /** The party complained about, or `holder`. */
  readonly respondent?: string;
  /** Entry of the decision complained about. */
  readonly against?: number;
  readonly statement: string;
  readonly evidence?: readonly { readonly class: string; readonly digest: string }[];
  /** How to reach whoever files it; sealed with the rest. */
  readonly contact?: string;
};

/**
 * Whoever files: a person by presenting a credential of this network, somebody at the operator's desk for them, or somebody for
 * whom another role of this house vouches: it made the code that they hold, for this subject and no other.
 */
export type Filer =
  | { readonly presentation: string }
  | { readonly operator: string }
  | { readonly vouched: string; readonly subject: FiledSubject }
  /** A party of the network, whose signature is verified (`party-filings.ts`). */
  | { readonly party: string };

/** Who files, as far as this network can tell, and the credential that was presented. */
export type KnownFiler = {
  readonly name: string;
  readonly credential?: { readonly list: string; readonly index: number };
};

/**
 * Who holds this credential of ours, and may file about it, whatever has become of it. Throws `case.presentation` with what
 * is wrong: whoever cannot show that the credential is theirs files nothing.
 */
export async function filerByHolding(presentation: string, ports: HolderPorts): Promise<KnownFiler> {
  const holder = await verifyHolder(presentation, ports);
  if ('key' in holder) return { name: `holder ${holder.key}`, credential: holder.place };
  const { why, because } = holder;
  const details = because === undefined ? {} : { because };
  throw new CodedError('case.presentation', `This credential does not show who files: ${why}.`, details);
}

/** The same for the same subject, and nothing to anybody without our key. */
export function handleOf(sealer: Sealer, subject: FiledSubject): Promise<string> {
  return sealer.pseudonym(canonicalJson(subject), 'case-subject');
}

/** The same for the same filer, and nothing to anybody without our key. */
export function filerOf(sealer: Sealer, name: string): Promise<string> {
  return sealer.pseudonym(name, 'case-filer');
}

export function codeDigest(code: string): string {
  try {
    return encodeBase64url(sha256(parseBase64url(code)));
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return encodeBase64url(sha256(encodeUtf8(code)));
  }
}
