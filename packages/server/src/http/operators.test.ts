import type { FastifyRequest } from 'fastify';
import { describe, expect, test } from 'vitest';
import { hashOperatorKey, isOperator, OPERATOR_ROLES, type OperatorRole, type Scope } from './operators.ts';

const KEY = 'key-of-somebody-who-works-here';

function may(scope: Scope, url: string, role: OperatorRole, party?: string): boolean {
  const named = () => [
    { name: 'n', role, hash: hashOperatorKey(KEY), createdAt: 0, ...(party === undefined ? {} : { party }) },
  ];
  const request = { headers: { authorization: `Bearer ${KEY}` }, url } as FastifyRequest;
  return isOperator(request, { admin: [], named }, scope);
}

describe('who may do what', () => {
  test('is one small table', () => {
    const table = Object.fromEntries(
      OPERATOR_ROLES.map((role) => [
        role,
        (['see', 'work', 'apply', 'admin'] as const).filter((one) => may(one, '/', role)),
      ]),
    );
    expect(table).toEqual({
      viewer: ['see'],
      clerk: ['apply'],
      operator: ['see', 'work', 'apply'],
      admin: ['see', 'work', 'apply', 'admin'],
    });
  });

  test("opens to one party's own people its doors alone, however the address is spelt", () => {
    const opens = (url: string) => may('work', url, 'operator', 'north');
    expect(['/v/north/webhooks', '/i/north/offers'].map(opens)).toEqual([true, true]);
    const others = [
      '/v/south/webhooks',
      '/v/northern/x',
      '/decisions',
      '/v/%6eorth/x',
      '//v/north/x',
      '/v/north',
      '/x?/v/north/',
    ];
    expect(others.filter(opens)).toEqual([]);
  });
});
