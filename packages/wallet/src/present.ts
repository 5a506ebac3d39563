import {
  CodedError,
  type Credential,
  createPresentationDraft,
  encodePresentation,
  encodeUtf8,
  isJsonObject,
  type Json,
  matchQuery,
  parseCredential,
} from '@holdfast/core';
import { assertAddress, fetchBounded } from './bounded-fetch.ts';
import { fetchRequest, type PresentationRequest } from './request-object.ts';
import type { WalletPorts } from './wallet-ports.ts';
import type { HeldCredential } from './wallet-store.ts';

/** One way to answer one part of a verifier's query. */
export type Candidate = {
  readonly credential: HeldCredential;
  /** Names of the claims that the verifier would read; everything else stays hidden. */
  readonly claims: readonly string[];
};

/** What a holder is asked to decide. */
export type Question = {
  readonly verifier: { readonly clientId: string; readonly fingerprint: string; readonly name?: string };
  readonly parts: readonly { readonly query: string; readonly candidates: readonly Candidate[] }[];
};

/** For each part, the id of the credential to show; undefined to refuse. Parts left out are not answered. */
export type Choice = Readonly<Record<string, string>> | undefined;

export type PresentOptions = {
  /** Asks the holder. By default the first candidate of each part is shown: the least used copy of the newest credential. */
  readonly choose?: (question: Question) => Choice | Promise<Choice>;
};

export type Presented = {
  /** Where the verifier sends the holder's browser next. */
  readonly redirectUri?: string;
  readonly shown: readonly {
    readonly query: string;
    readonly credential: string;
    readonly claims: readonly string[];
  }[];
};

/**
 * Answers a verifier (OpenID4VP 1.0, `direct_post`): reads its signed request, finds what answers it, asks the holder,
 * discloses the claims asked for and no others, and binds the answer to this verifier and this request. When it cannot or
 * may not, the verifier is told so and `wallet.not-answered` is thrown with the OAuth error it was told.
 *
 * Throws also what `fetchRequest` throws, and `wallet.refused` when the verifier does not accept.
 */
export async function presentCredentials(
  ports: WalletPorts,
  link: string,
  { choose = chooseFirst }: PresentOptions = {},
): Promise<Presented> {
  const request = await fetchRequest(ports, link);
  if (request.hasTransactionData) throw await decline(ports, request, 'invalid_transaction_data');
  const question = await createQuestion(ports, request);
  if (question === undefined) throw await decline(ports, request, 'access_denied', 'no-credential');
  const choice = await choose(question);
  if (choice === undefined) throw await decline(ports, request, 'access_denied', 'holder-refused');
  const shown = applyChoice(question, choice);
  const answer: Record<string, string[]> = {};
  for (const { query, candidate } of shown) {
    answer[query] = [...(answer[query] ?? []), await createPresentation(ports, request, candidate)];
  }
  const redirectUri = await send(ports, request, { vp_token: JSON.stringify(answer) });
  const used = shown.map(({ candidate: { credential } }) => ({ ...credential, uses: credential.uses + 1 }));
  await ports.store.append(used);
  return {
    ...(redirectUri === undefined ? {} : { redirectUri }),
    shown: shown.map(({ query, candidate: { credential, claims } }) => ({ query, credential: credential.id, claims })),
  };
}

function chooseFirst({ parts }: Question): Choice {
  return Object.fromEntries(
    parts.flatMap(({ query, candidates }) => candidates.slice(0, 1).map((first) => [query, first.credential.id])),
  );
}

/** Undefined when what is held does not answer the query. */
async function createQuestion(ports: WalletPorts, request: PresentationRequest): Promise<Question | undefined> {
  const held = await readUsable(ports);
  const { ok, matches } = matchQuery(
    request.query,
    held.map(({ parsed }) => ({ parsed })),
    'held',
  );
  if (!ok) return undefined;
  const { clientId, fingerprint, name } = request;
  const parts = request.query.credentials.map(({ id }) => ({
    query: id,
    candidates: matches
      .filter(({ query }) => query === id)
      .flatMap(({ candidate, claims }) => {
        const found = held[candidate];
        return found === undefined ? [] : [{ credential: found.credential, claims }];
      }),
  }));
  return {
    verifier: { clientId, fingerprint, ...(name === undefined ? {} : { name }) },
    parts: parts.filter(({ candidates }) => candidates.length > 0),
  };
}

type Usable = { readonly credential: HeldCredential; readonly parsed: Credential };

/** One copy of each batch, the least used, newest batch first; nothing that has expired. */
async function readUsable({ store, now }: WalletPorts): Promise<readonly Usable[]> {
  const byBatch = new Map<string, HeldCredential>();
  for (const credential of await store.readAll()) {
    if (credential.expiresAt !== undefined && credential.expiresAt <= now()) continue;
    const other = byBatch.get(credential.batch);
    if (other === undefined || credential.uses < other.uses) byBatch.set(credential.batch, credential);
  }
  const newest = [...byBatch.values()].sort((a, b) => b.receivedAt - a.receivedAt);
  return newest.flatMap((credential) => {
    const parsed = parseCredential(credential.credential);
    return parsed.ok ? [{ credential, parsed }] : [];
  });
}

type Shown = { readonly query: string; readonly candidate: Candidate };

/** Throws `wallet.choice` for a choice that was not offered. */
function applyChoice({ parts }: Question, choice: Readonly<Record<string, string>>): readonly Shown[] {
  return Object.entries(choice).map(([query, id]) => {
    const part = parts.find((candidate) => candidate.query === query);
    const candidate = part?.candidates.find(({ credential }) => credential.id === id);
    if (candidate !== undefined) return { query, candidate };
    throw new CodedError('wallet.choice', 'This credential was not among those that answer the question.');
  });
}

async function createPresentation(
  { keys, now }: WalletPorts,
  { nonce, clientId }: PresentationRequest,
  { credential, claims }: Candidate,
): Promise<string> {
  const parsed = parseCredential(credential.credential);
  const disclosable = new Set(parsed.ok ? parsed.disclosures.map(({ path }) => path[0]) : []);
  const disclose = claims.filter((claim) => disclosable.has(claim));
  const binding = { nonce, audience: clientId, iat: Math.floor(now() / 1000) };
  const draft = createPresentationDraft(credential.credential, disclose, binding);
  return encodePresentation(draft, await keys.sign(credential.keyId, encodeUtf8(draft.signingInput)));
}

/** Tells the verifier why there is no answer (OpenID4VP 1.0 section 8.5), and gives the error to throw. */
async function decline(
  ports: WalletPorts,
  request: PresentationRequest,
  error: 'access_denied' | 'invalid_transaction_data',
  why: 'no-credential' | 'holder-refused' | 'transaction-data' = 'transaction-data',
): Promise<CodedError> {
  // Whether the person has no such credential or does not want to show it is theirs to say: both look the same outside.
  await send(ports, request, { error }).catch(() => undefined);
  return new CodedError('wallet.not-answered', 'The verifier was told that this request is not answered.', {
    error,
    why,
  });
}

async function send(
  ports: WalletPorts,
  { responseUri, state }: PresentationRequest,
  answer: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const form = new URLSearchParams({ ...answer, ...(state === undefined ? {} : { state }) });
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
  const { status, text } = await fetchBounded(ports, responseUri, { method: 'POST', headers, body: form.toString() });
  const body = readAnswer(text);
  if (status !== 200) {
    const { error, error_description: description } = body;
    throw new CodedError('wallet.refused', 'The verifier did not accept the answer.', {
      status,
      ...(typeof error === 'string' ? { error: error.slice(0, 100) } : {}),
      ...(typeof description === 'string' ? { description: description.slice(0, 300) } : {}),
    });
  }
  const { redirect_uri: uri } = body;
  return typeof uri === 'string' ? assertAddress(uri, ports.allowLoopback).href : undefined;
}

/** The body of an answer is optional: what is not JSON says nothing. */
function readAnswer(text: string): { readonly [member: string]: Json } {
  try {
    const body: unknown = JSON.parse(text);
    return isJsonObject(body) ? body : {};
  } catch {
    return {};
  }
}
