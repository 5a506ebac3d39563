import {
  CodedError,
  encodeBase64url,
  isCodedError,
  MAX_OFFLINE_DOCUMENTS,
  parseBase64url,
  type RecordedDocument,
} from '@holdfast/core';
import { createBitstringSource } from '../foreign/bitstring-source.ts';
import type { GuardedFetch, GuardedResponse } from '../foreign/guarded-fetch.ts';
import { createKeyResolver } from '../foreign/key-resolver.ts';
import { createStatusSource } from '../foreign/status-source.ts';
import type { SignatureEngine } from '../signatures/engine.ts';
import type { ForeignSources } from '../verify/evidence.ts';
import type { Policy } from '../verify/policy.ts';
import type { PathVerifier } from '../x509/certificate-path.ts';

/** A fetch that keeps what it was given, for a bundle: at most 64 documents, later ones are passed on and not kept. */
export function recordFetch(
  fetch: GuardedFetch,
  now: () => number,
): { readonly fetch: GuardedFetch; readonly documents: () => readonly RecordedDocument[] } {
  const kept = new Map<string, RecordedDocument>();
  return {
    async fetch(request) {
      const at = now();
      const response = await fetch(request);
      if (kept.size < MAX_OFFLINE_DOCUMENTS || kept.has(request.url))
        kept.set(request.url, recordOf(request.url, response, at));
      return response;
    },
    documents: () => [...kept.values()],
  };
}

function recordOf(url: string, { contentType, cacheControl, body }: GuardedResponse, at: number): RecordedDocument {
  const cached = cacheControl === undefined ? {} : { cacheControl };
  return { url, contentType, ...cached, body: encodeBase64url(body), at };
}

type RecordedOptions = {
  readonly documents: readonly RecordedDocument[];
  readonly engine: SignatureEngine;
  readonly policy: Policy;
  /** Without it certificates are not understood. */
  readonly paths: Pick<PathVerifier, 'verify'> | undefined;
};

/**
 * The evidence of strangers from what was fetched earlier and nothing else. It is as old as its fetching: time stands still
 * for these sources, and the verdict's tick makes its age.
 */
export function createRecordedSources({ documents, engine, policy, paths }: RecordedOptions): ForeignSources {
  const byUrl = new Map(documents.map((document) => [document.url, document]));
  // One time for all of them, the earliest: none is made younger than it is.
  const fetchedAt = documents.length === 0 ? 0 : Math.min(...documents.map(({ at }) => at));
  const fetch: GuardedFetch = async ({ url, accept, maxBytes }) => {
    const document = byUrl.get(url);
    if (document === undefined) throw notRecorded(url);
    const body = bodyOf(document);
    if (body.length > maxBytes)
      throw new CodedError('fetch.too-large', 'This document is larger than it may be.', { url });
    if (!accept.includes(document.contentType)) throw notRecorded(url);
    return { url, contentType: document.contentType, cacheControl: document.cacheControl, body };
  };
  const common = { fetch, now: () => fetchedAt, entropy: (length: number) => new Uint8Array(length) };
  return {
    keys: createKeyResolver({
      ...common,
      ...(paths === undefined ? {} : { verifyPath: (x5c: readonly string[], at: number) => paths.verify(x5c, at) }),
      allowLoopback: policy.allowLoopback,
    }),
    status: createStatusSource({ ...common, engine }),
    bitstrings: createBitstringSource({ ...common, engine }),
  };
}

function bodyOf({ body, url }: RecordedDocument): Uint8Array {
  try {
    return parseBase64url(body);
  } catch (error) {
    if (!isCodedError(error)) throw error;
    throw notRecorded(url, error);
  }
}

function notRecorded(url: string, cause?: unknown): CodedError {
  return new CodedError(
    'fetch.unreachable',
    'The bundle holds no such document, and nothing is fetched.',
    { url },
    cause,
  );
}
