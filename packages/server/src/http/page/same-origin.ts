import { CodedError } from '@holdfast/core';
import type { FastifyRequest } from 'fastify';

/**
 * Another site's page must not press our buttons, and neither must one whose name was pointed at this address after it
 * was loaded: the browser names the origin of the page a form was on, and it has to be ours, letter by letter.
 */
export function assertSameOrigin({ headers }: Pick<FastifyRequest, 'headers'>, origin: string): void {
  if (headers.origin === origin) return;
  throw new CodedError(
    'request.cross-site',
    `This form has to be sent from the page at ${origin}/. Open it there and try again.`,
  );
}
