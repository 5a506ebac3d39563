import { createHash, timingSafeEqual } from 'node:crypto';
import { CodedError } from '@holdfast/core';
import type { FastifyRequest } from 'fastify';

/** What a door asks of whoever comes. None of it revokes or pays: that takes the signatures of officers. */
export type Scope = 'see' | 'work' | 'apply' | 'admin';

/** What each kind of operator may do. */
const MAY = {
  viewer: ['see'],
  clerk: ['apply'],
  operator: ['see', 'work', 'apply'],
  admin: ['see', 'work', 'apply', 'admin'],
} as const satisfies Readonly<Record<string, readonly Scope[]>>;

export type OperatorRole = keyof typeof MAY;
export const OPERATOR_ROLES = ['viewer', 'clerk', 'operator', 'admin'] as const satisfies readonly OperatorRole[];

/** Who works here. */
export type Operator = {
  readonly name: string;
  readonly role: OperatorRole;
  /** An issuer or verifier of this process: only its doors are open. */
  readonly party?: string;
};

/** An operator's own key as it is kept: only its SHA-256, hex. */
export type NamedKey = Operator & {
  readonly hash: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
};

/** Operators' keys as the server keeps them: only their SHA-256, hex. */
export type OperatorKeys = {
  /** The one of the data folder: an admin. */
  readonly admin: readonly string[];
  readonly named?: () => readonly NamedKey[];
  /** Who has logged in at the console that this request comes from. */
  readonly session?: (request: FastifyRequest) => Operator | undefined;
};

/** The operator to whom the key in the data folder belongs. */
export const ADMIN: Operator = { name: 'admin', role: 'admin' };

export function hashOperatorKey(key: string): string {
  return createHash('sha256').update(key, 'utf8').digest('hex');
}

export function scopesOf(role: OperatorRole): readonly Scope[] {
  return MAY[role];
}

/** What a request of this method asks for where one door both shows and changes. */
export function scopeOfMethod({ method }: Pick<FastifyRequest, 'method'>): Scope {
  return method === 'GET' || method === 'HEAD' ? 'see' : 'work';
}

/** Who this request comes from, by its key or else by its session. */
export function operatorOf(request: FastifyRequest, keys: OperatorKeys): Operator | undefined {
  const header = request.headers.authorization ?? '';
  const match = /^Bearer (\S{16,200})$/i.exec(header);
  // A key that is shown counts by itself: who shows a wrong one is not let in by a cookie beside it.
  if (match === null) return header === '' ? keys.session?.(request) : undefined;
  return operatorByKey(match[1] ?? '', keys);
}

/** Whose key this text is. Compares in constant time. */
export function operatorByKey(key: string, { admin, named }: OperatorKeys): Operator | undefined {
  const presented = Buffer.from(hashOperatorKey(key), 'hex');
  const isIt = (hash: string) => timingSafeEqual(Buffer.from(hash, 'hex'), presented);
  const isAdmin = admin.filter(isIt).length > 0;
  const [found] = (named?.() ?? []).filter(({ hash }) => isIt(hash));
  if (!/^[A-Za-z0-9._~+/=-]{16,200}$/.test(key)) return undefined;
  if (isAdmin || found === undefined) return isAdmin ? ADMIN : undefined;
  const { name, role, party } = found;
  return { name, role, ...(party === undefined ? {} : { party }) };
}

/** Whether the request comes from somebody who may do this at this door. */
export function isOperator(request: FastifyRequest, keys: OperatorKeys, scope: Scope): boolean {
  const operator = operatorOf(request, keys);
  return operator !== undefined && mayHere(operator, scope, request);
}

/** Throws `operator.unauthorized`, or `operator.forbidden` for somebody who is known and may not do this. */
export function assertOperator(request: FastifyRequest, keys: OperatorKeys, scope: Scope): void {
  const operator = operatorOf(request, keys);
  if (operator === undefined) throw unauthorized();
  if (mayHere(operator, scope, request)) return;
  const { name, role, party } = operator;
  const where = party === undefined ? '' : `, at the doors of ${party} alone`;
  throw new CodedError('operator.forbidden', `This is not for ${name}, who may ${MAY[role].join(', ')}${where}.`, {
    ...{ role, scope },
  });
}

export function unauthorized(): CodedError {
  return new CodedError('operator.unauthorized', 'This needs an operator key: Authorization: Bearer KEY.');
}

/** An address that is spelt in another way than ours opens nothing. */
function mayHere({ role, party }: Operator, scope: Scope, { url }: FastifyRequest): boolean {
  if (!scopesOf(role).includes(scope)) return false;
  return party === undefined || [`/i/${party}/`, `/v/${party}/`].some((doors) => url.startsWith(doors));
}
