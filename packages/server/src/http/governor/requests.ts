import { CodedError } from '@holdfast/core';

/** Left out is left out: what is undefined would count as said. */
export function withoutUndefined(body: object): object {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

export function idempotencyKeyOf(header: string | string[] | undefined): string {
  if (typeof header === 'string' && /^[\x21-\x7e]{1,255}$/.test(header)) return header;
  throw new CodedError(
    'request.idempotency-key',
    'This takes an Idempotency-Key: one word of up to 255 visible characters, the same for a repeat.',
  );
}
