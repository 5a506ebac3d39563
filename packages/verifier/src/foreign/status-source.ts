import { MAX_STATUS_TOKEN_LENGTH } from '@holdfast/core';
import type { ReadOptions } from './evidence-cache.ts';
import { type FetchedList, parseFetchedList } from './fetched-list.ts';
import {
  createListSource,
  type KeyFor,
  type ListEvidence,
  type ListKind,
  type ListSource,
  type ListSourceOptions,
  type NoList,
} from './list-source.ts';
import { reversedEntries } from './reversal.ts';

/** A list as fetched. `verify` says whether it is signed by whom it should be. Times here in unix milliseconds. */
export type StatusEvidence = ListEvidence<FetchedList>;
export type StatusRead = { readonly ok: true; readonly evidence: StatusEvidence } | NoList;

/** What `judge` takes: a verified list, or why there is none. */
export type VerifiedStatus =
  | {
      readonly ok: true;
      readonly uri: string;
      readonly bits: 1 | 2 | 4 | 8;
      readonly packed: Uint8Array;
      readonly asOf: number;
      readonly expiresAt: number;
      readonly digest: string;
      /** The source said revoked for this index before, and does not now. */
      readonly reversed: boolean;
    }
  | NoList;

export type StatusSource = Omit<ListSource<FetchedList>, 'readVerified'> & {
  /** Both, and whether the source contradicts itself. `keyFor` finds the key for the token's header, if any. */
  readVerified(
    reference: { readonly uri: string; readonly index: number },
    keyFor: KeyFor,
    options?: ReadOptions,
  ): Promise<VerifiedStatus>;
};

export type StatusSourceOptions = ListSourceOptions;

const TOKENS: ListKind<FetchedList> = {
  accept: ['application/statuslist+jwt'],
  maxBytes: MAX_STATUS_TOKEN_LENGTH,
  parse: parseFetchedList,
  reversed: reversedEntries,
};

/** Token Status Lists of foreign issuers. */
export function createStatusSource(options: StatusSourceOptions): StatusSource {
  const lists = createListSource(TOKENS, options);
  return {
    ...lists,
    async readVerified(reference, keyFor, wait) {
      const found = await lists.readVerified(reference, keyFor, wait);
      if (!found.ok) return found;
      const { uri, bits, packed, asOf, expiresAt, digest } = found.evidence;
      return { ok: true, uri, bits, packed, asOf, expiresAt, digest, reversed: found.reversed };
    },
  };
}
