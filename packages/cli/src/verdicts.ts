import { existsSync } from 'node:fs';
import {
  CodedError,
  type DecidingEntry,
  homePosition,
  isJsonObject,
  type Json,
  parseJsonObject,
  parseVerdictEnvelope,
  type Side,
  type Verdict,
} from '@holdfast/core';
import { FILE_BOUNDS, readBounded } from './bounded-file.ts';
import type { NetworkClient } from './network-client.ts';

/** A signed verdict and, where it is known, the verifier and id under which it is kept. */
export type FoundVerdict = {
  readonly name: string;
  readonly verdict: Verdict;
  readonly signed: string;
  readonly kept?: { readonly verifier: string; readonly id: string };
};

const LATEST = 100;

/** A file with a signed verdict (alone, or in what `verify` answered). */
export async function readVerdictFile(file: string): Promise<FoundVerdict> {
  const text = (await readBounded(file)).trim();
  const signed = text.startsWith('{') ? String(parseJsonObject(text, FILE_BOUNDS).signed) : text;
  const { envelope } = parseVerdictEnvelope(signed);
  return { name: envelope.iss, verdict: envelope.verdict, signed };
}

/** The verifier's latest verdicts, newest first. Throws `verifier.not-found`. */
export async function readLatest(client: NetworkClient, verifier: string): Promise<FoundVerdict[]> {
  const { verdicts } = await client.get(`/v/${encodeURIComponent(verifier)}/verdicts?limit=${LATEST}`);
  if (!Array.isArray(verdicts)) throw new CodedError('network.answer', `${verifier} did not list its verdicts.`);
  return (verdicts as readonly Json[]).filter(isJsonObject).map(({ id, signed }) => {
    const { envelope } = parseVerdictEnvelope(String(signed));
    return { name: verifier, verdict: envelope.verdict, signed: String(signed), kept: { verifier, id: String(id) } };
  });
}

async function findById(
  client: NetworkClient,
  id: string,
  verifiers: readonly string[],
): Promise<FoundVerdict | undefined> {
  for (const verifier of verifiers) {
    const found = await client.get(`/v/${verifier}/verdicts/${encodeURIComponent(id)}`).catch(() => undefined);
    if (found === undefined) continue;
    const { envelope } = parseVerdictEnvelope(String(found.signed));
    return { name: verifier, verdict: envelope.verdict, signed: String(found.signed), kept: { verifier, id } };
  }
  return undefined;
}

/** Verifiers that a sample network has: where an id without a verifier is looked for. */
const VERIFIERS = ['north', 'south'];

/**
 * Finds two verdicts to compare: each named by a file, a verdict id, or a verifier. Two verifiers mean their latest
 * answers to the last question (to pay or to let in, and which credential) on which they differ.
 */
export async function findPair(client: NetworkClient, a: string, b: string): Promise<[FoundVerdict, FoundVerdict]> {
  const isVerifier = (word: string) => !existsSync(word) && /^[a-z0-9-]{1,32}$/.test(word);
  if (isVerifier(a) && isVerifier(b)) {
    const [left, right] = await Promise.all([readLatest(client, a), readLatest(client, b)]);
    return pairOn(left, right, `${a} and ${b}`);
  }
  const one = async (word: string) => {
    if (existsSync(word)) return readVerdictFile(word);
    const found = await findById(client, word, VERIFIERS);
    if (found !== undefined) return found;
    throw new CodedError('usage.verdict', `${word} is no file, no verdict id and no verifier here.`);
  };
  return [await one(a), await one(b)];
}

/** A verdict by its id, looked for at this verifier first. Throws `usage.verdict`. */
export async function findVerdict(client: NetworkClient, id: string, verifier: string): Promise<FoundVerdict> {
  const found = await findById(client, id, [...new Set([verifier, ...VERIFIERS])]);
  if (found !== undefined) return found;
  throw new CodedError('usage.verdict', `${id} is no file and no verdict id here.`);
}

function pairOn(
  left: readonly FoundVerdict[],
  right: readonly FoundVerdict[],
  names: string,
): [FoundVerdict, FoundVerdict] {
  const latestOf = new Map<string, FoundVerdict>();
  for (const found of [...right].reverse()) {
    const asked = questionOf(found);
    if (asked !== undefined) latestOf.set(asked, found);
  }
  const seen = new Set<string>();
  const pairs: [FoundVerdict, FoundVerdict][] = [];
  for (const found of left) {
    const asked = questionOf(found);
    const other = asked === undefined || seen.has(asked) ? undefined : latestOf.get(asked);
    if (asked !== undefined) seen.add(asked);
    if (other !== undefined) pairs.push([found, other]);
  }
  const differing = pairs.find(
    ([x, y]) => x.verdict.outcome !== y.verdict.outcome || x.verdict.allows.effect !== y.verdict.allows.effect,
  );
  const pair = differing ?? pairs[0];
  if (pair === undefined) {
    const ask = 'Show both the same: npx holdfast verify FILE --ask NAME, once for each.';
    throw new CodedError('explain.nothing', `${names} have judged no credential that both have seen. ${ask}`);
  }
  return pair;
}

/**
 * What was asked about which credential, now: only answers to the same question can disagree. Undefined for a verdict about
 * the past, and for a presentation that was not even genuine: it says nothing of the credential.
 */
function questionOf({ verdict: { outcome, basis } }: FoundVerdict): string | undefined {
  const { credential, request } = basis;
  if (credential === undefined || outcome === 'invalid' || request.freshness.mode === 'at') return undefined;
  return `${request.class} ${credential}`;
}

/** Asks the verifier that has read further for the entry that decided; undefined when none did or none can be asked. */
export async function findDeciding(
  client: NetworkClient,
  pair: readonly FoundVerdict[],
): Promise<DecidingEntry | undefined> {
  const size = ({ verdict }: FoundVerdict) => homePosition(verdict.basis)?.size ?? 0;
  for (const { kept } of [...pair].sort((x, y) => size(y) - size(x))) {
    if (kept === undefined) continue;
    const answer = await client
      .get(`/v/${kept.verifier}/verdicts/${encodeURIComponent(kept.id)}/deciding`)
      .catch(() => undefined);
    if (isJsonObject(answer?.deciding)) return answer.deciding as unknown as DecidingEntry;
  }
  return undefined;
}

export function sideOf({ name, verdict }: FoundVerdict): Side {
  return { name, verdict };
}
