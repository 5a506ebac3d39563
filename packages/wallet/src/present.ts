import { CodedError, isJsonObject, type Json } from '@holdfast/core';
import {
  applyChoice,
  type Choice,
  chooseFirst,
  createPresentation,
  createQuestion,
  type Question,
} from './answering.ts';
import { assertAddress, fetchBounded } from './bounded-fetch.ts';
import { fetchRequest, type PresentationRequest } from './request-object.ts';
import type { WalletPorts } from './wallet-ports.ts';

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
  const { clientId, fingerprint, name } = request;
  const asker = { clientId, fingerprint, ...(name === undefined ? {} : { name }) };
  const question = await createQuestion(ports, request.query, asker);
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
