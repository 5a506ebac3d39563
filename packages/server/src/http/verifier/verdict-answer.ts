import { encodePositions, type Position, type Verdict } from '@holdfast/core';
import type { FastifyReply } from 'fastify';
import type { SignedVerdict } from '../../roles/verifier/question.ts';
import { LANGUAGES, wordsOfReason } from '../../spec.ts';

export const POSITION_HEADER = 'holdfast-position';

export function sendVerdict(
  reply: FastifyReply,
  { id, jws, verdict, ...margin }: SignedVerdict,
  language?: string,
): FastifyReply {
  writePosition(reply, verdict.basis.positions);
  const person = language === undefined ? {} : personWords(verdict, language);
  return reply.header('cache-control', 'no-store').send({ id, verdict, signed: jws, ...margin, ...person });
}

/** What to tell the person concerned, in the language of the profile, or in English where we have no words in it. */
function personWords({ reasons }: Verdict, asked: string): { readonly person?: object } {
  const [reason] = reasons;
  if (reason === undefined) return {};
  const language = LANGUAGES.find((known) => known === asked.toLowerCase().split('-')[0]) ?? 'en';
  return { person: { language, words: wordsOfReason(reason.code, language).person } };
}

export function writePosition(reply: FastifyReply, positions: readonly Position[]): void {
  if (positions.length > 0) reply.header(POSITION_HEADER, encodePositions(positions));
}
