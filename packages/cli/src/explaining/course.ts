import { existsSync } from 'node:fs';
import {
  CodedError,
  type Course,
  encodeBase64url,
  encodeUtf8,
  explainOverTime,
  type GivenVerdict,
  isJsonObject,
  type Json,
  parseCredential,
  parseVerdictEnvelope,
  type Stretch,
  sha256,
} from '@holdfast/core';
import { readBounded } from '../bounded-file.ts';
import type { NetworkClient } from '../network-client.ts';
import { EXIT, formatDateTime, type Output } from '../output.ts';
import { type FoundVerdict, findDeciding, findVerdict, readVerdictFile } from '../verdicts.ts';
import { causeLine, effectWords } from './explanation-words.ts';

/** The most answers that one verifier gives of a credential at once; the latest of them. */
const LATEST = 200;

export type CourseQuestion = {
  /** A verdict's id, a file with a signed verdict, or a file with a credential. */
  readonly word: string;
  readonly verifier: string;
};

/** Yesterday and today: what one verifier has said of a credential, and why it changed. */
export async function explainCourse(output: Output, client: NetworkClient, question: CourseQuestion): Promise<number> {
  const { verifier, credential } = await subjectOf(client, question);
  const given = await readAnswers(client, verifier, credential);
  if (given.length === 0) {
    throw new CodedError('explain.nothing', `${verifier} keeps no verdict on this credential.`, { verifier });
  }
  const course = explainOverTime(given);
  const isWhole = given.length < LATEST;
  output.data({ verifier, credential, isWhole, ...course });
  for (const line of courseLines(verifier, course)) output.say(line);
  if (!isWhole) output.say(`There may be more before that: these are its latest ${LATEST} answers.`);
  if (course.turns.some(({ cause }) => cause.kind === 'unexplained')) return EXIT.unknown;
  return course.turns.length === 0 ? EXIT.yes : EXIT.no;
}

async function subjectOf(client: NetworkClient, { word, verifier }: CourseQuestion) {
  if (!existsSync(word)) {
    const found = await findVerdict(client, word, verifier);
    return { verifier: found.kept?.verifier ?? verifier, credential: credentialOf(found) };
  }
  const text = (await readBounded(word)).trim();
  const parse = parseCredential(text);
  if (parse.ok) return { verifier, credential: encodeBase64url(sha256(encodeUtf8(parse.issuerJwt.signingInput))) };
  return { verifier, credential: credentialOf(await readVerdictFile(word)) };
}

function credentialOf({ verdict }: FoundVerdict): string {
  const { credential } = verdict.basis;
  if (credential !== undefined) return credential;
  throw new CodedError('explain.nothing', 'This verdict is about a text that was no credential.');
}

async function readAnswers(client: NetworkClient, verifier: string, credential: string): Promise<GivenVerdict[]> {
  const query = new URLSearchParams({ limit: String(LATEST), credential });
  const { verdicts } = await client.get(`/v/${encodeURIComponent(verifier)}/verdicts?${query}`);
  if (!Array.isArray(verdicts)) throw new CodedError('network.answer', `${verifier} did not list its verdicts.`);
  const given = (verdicts as readonly Json[]).filter(isJsonObject).map(({ id, signed, answeredAt }) => {
    const { verdict } = parseVerdictEnvelope(String(signed)).envelope;
    const kept = { verifier, id: String(id) };
    return { name: verifier, verdict, signed: String(signed), kept, answeredAt: Number(answeredAt) };
  });
  return Promise.all(given.map((found, i) => withDeciding(client, found, given[i + 1])));
}

/** Asks only where the answer is another than the one before it: each question folds the log again. */
async function withDeciding<Found extends FoundVerdict & { readonly answeredAt: number }>(
  client: NetworkClient,
  found: Found,
  before: Found | undefined,
): Promise<GivenVerdict> {
  const { outcome } = found.verdict;
  const isDecided = outcome === 'revoked' || outcome === 'suspended';
  if (!isDecided || before === undefined || before.verdict.outcome === outcome) return found;
  const deciding = await findDeciding(client, [found]);
  return deciding === undefined ? found : { ...found, deciding };
}

/** A course for people, in lines: oldest first, each stretch and why it ended. */
export function courseLines(verifier: string, { stretches, turns }: Course): string[] {
  return stretches.flatMap((stretch, i) => {
    const turn = turns[i];
    const lines = [stretchLine(stretch)];
    if (turn === undefined) return lines;
    const why = causeLine(turn.cause, [verifier, verifier]);
    return [...lines, `    then, before ${formatDateTime(turn.between[1])}: ${why}`];
  });
}

function stretchLine({ outcome, effect, since, until, count, position, reasons }: Stretch): string {
  const span = count === 1 ? formatDateTime(since) : `${formatDateTime(since)} to ${formatDateTime(until)}`;
  const seen = position === null ? '' : `, seen up to #${position.size - 1}`;
  const times = count === 1 ? 'once' : `${count} times`;
  const codes = reasons.length === 0 ? '' : ` (${reasons.map(({ code }) => code).join(', ')})`;
  return `${outcome.toUpperCase()}${codes}  ${span}, ${times}${seen}; ${effectWords(effect)}`;
}
