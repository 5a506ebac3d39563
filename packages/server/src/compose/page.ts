import { CodedError, isJsonObject, type Position, parseVerdictEnvelope, type Verdict } from '@holdfast/core';
import type { ReadLines } from '../http/page/log-lines.ts';
import type { Money } from '../http/page/money-state.ts';
import type { PageState, VerifierCard } from '../http/page/page-state.ts';
import type { ComposedNetwork } from './network.ts';
import { SAMPLE } from './sample-network.ts';

/** How long an answer that a page waits for may take. */
export const ASK_TIMEOUT_MS = 4000;

type Ask = (path: string, init?: RequestInit) => Promise<unknown>;

/** Asks an origin as anybody would: verifiers answer pages by the same door as everybody. */
export function createAsker(url: string, adminKey: string): Ask {
  return async (path, init = {}) => {
    const headers = {
      authorization: `Bearer ${adminKey}`,
      ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const response = await fetch(`${url}${path}`, {
      ...init,
      headers,
      signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
    });
    const body: unknown = await response.json();
    if (response.ok) return body;
    const { code, detail } = isJsonObject(body) ? body : {};
    throw new CodedError(String(code ?? 'request.malformed'), String(detail ?? 'The verifier did not answer.'));
  };
}

export async function verifyBy(ask: Ask, verifier: string, credential: string): Promise<Verdict> {
  const body = JSON.stringify({ credential });
  const answer = await ask(`/v/${encodeURIComponent(verifier)}/verify`, { method: 'POST', body });
  return parseVerdictEnvelope(String(isJsonObject(answer) ? answer.signed : '')).envelope.verdict;
}

export async function readPageState(
  network: ComposedNetwork['network'],
  readLines: ReadLines,
  ask: Ask,
  readShared: () => Promise<Money>,
): Promise<PageState> {
  const rulebook = network.state.rulebook?.body;
  const [verifiers, money] = await Promise.all([readCards(ask), readShared()]);
  return {
    now: Date.now(),
    title: rulebook?.title ?? 'A network',
    verifiers,
    money,
    entries: await readLines(network.state.position?.size ?? 0, rulebook),
    officers: SAMPLE.officers,
  };
}

/** Whose turn it is, in words for people. */
export function sampleNames({
  id,
  name,
}: {
  readonly id: string;
  readonly name: string;
}): Readonly<Record<string, string>> {
  const verifiers = SAMPLE.verifiers.map((verifier) => [verifier.id, verifier.name] as const);
  const roles = {
    distributor: name,
    rail: 'The bank',
    officers: 'The officers',
    governor: 'The governor',
    network: 'The log',
  };
  return { ...Object.fromEntries(verifiers), ...roles, [id]: name };
}

/** Each verifier, as it says itself. */
function readCards(ask: Ask): Promise<readonly VerifierCard[]> {
  return Promise.all(SAMPLE.verifiers.map((verifier) => readCard(ask, verifier)));
}

/** One verifier, as it says itself. */
export async function readCard(
  ask: Ask,
  { id, name }: { readonly id: string; readonly name: string },
): Promise<VerifierCard> {
  const answer = await ask(`/v/${encodeURIComponent(id)}`).catch(() => undefined);
  if (!isJsonObject(answer)) return { id, name, isAnswering: false };
  const position = isJsonObject(answer.position) ? { position: answer.position as unknown as Position } : {};
  const witnessedAt = isJsonObject(answer.witnessed) ? { witnessedAt: Number(answer.witnessed.time ?? 0) || null } : {};
  return { id, name, isAnswering: true, ...position, ...witnessedAt };
}
