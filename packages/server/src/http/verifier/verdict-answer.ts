import { encodePositions, type Position } from '@holdfast/core';
import type { FastifyReply } from 'fastify';
import type { SignedVerdict } from '../../roles/verifier/question.ts';

export const POSITION_HEADER = 'holdfast-position';

export function sendVerdict(reply: FastifyReply, { id, jws, verdict, ...margin }: SignedVerdict): FastifyReply {
  writePosition(reply, verdict.basis.positions);
  return reply.header('cache-control', 'no-store').send({ id, verdict, signed: jws, ...margin });
}

export function writePosition(reply: FastifyReply, positions: readonly Position[]): void {
  if (positions.length > 0) reply.header(POSITION_HEADER, encodePositions(positions));
}
