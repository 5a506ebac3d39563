import { createHash, timingSafeEqual } from 'node:crypto';
import { CodedError } from '@holdfast/core';
import type { FastifyRequest } from 'fastify';

/** Where a key may be used. Bearer keys open the HTTP door and nothing else: none can revoke or pay. */
export type Scope = 'admin';

/** Operators' keys as the server keeps them: only their SHA-256, hex. */
export type OperatorKeys = {
  readonly admin: readonly string[];
  /** Whether a request comes from a console where somebody has logged in with a key of this scope. */
  readonly isSession?: (request: FastifyRequest) => boolean;
};

export function hashOperatorKey(key: string): string {
  return createHash('sha256').update(key, 'utf8').digest('hex');
}

/** Whether the request carries a bearer key of this scope. Compares in constant time. */
export function isOperator(request: FastifyRequest, keys: OperatorKeys, scope: Scope): boolean {
  const header = request.headers.authorization ?? '';
  const match = /^Bearer (\S{16,200})$/i.exec(header);
  // A key that is shown counts by itself: who shows a wrong one is not let in by a cookie beside it.
  if (match === null) return header === '' && keys.isSession?.(request) === true;
  return isOperatorKey(match[1] ?? '', keys, scope);
}

/** Whether this text is a key of that scope. Compares in constant time. */
export function isOperatorKey(key: string, keys: OperatorKeys, scope: Scope): boolean {
  const presented = Buffer.from(hashOperatorKey(key), 'hex');
  const isKnown = keys[scope].some((hash) => timingSafeEqual(Buffer.from(hash, 'hex'), presented));
  return isKnown && /^[A-Za-z0-9._~+/=-]{16,200}$/.test(key);
}

/** Throws `operator.unauthorized` unless the request carries a bearer key of this scope. */
export function assertOperator(request: FastifyRequest, keys: OperatorKeys, scope: Scope): void {
  if (!isOperator(request, keys, scope)) throw unauthorized();
}

export function unauthorized(): CodedError {
  return new CodedError('operator.unauthorized', 'This needs an operator key: Authorization: Bearer KEY.');
}
