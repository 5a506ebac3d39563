import { bindingDigest, createNetworkState, encodeUtf8 } from '@holdfast/core';
import { expect, test } from 'vitest';
import { createMemorySealer } from '../adapters/memory/sealer.ts';
import { handleOf } from '../seeing/handles.ts';
import { createSignals, type Emitted } from '../seeing/signals.ts';
import { openHandles } from '../seeing/unsealing.ts';
import { handlesRoute } from './handles-route.ts';
import { hashOperatorKey } from './operators.ts';
import { createHttpServer } from './server.ts';

const KEY = 'an-operators-key-of-this-test';
const TARGET = { salt: 'c2FsdHNhbHRzYWx0c2FsdA', list: 'https://civic.example/lists/1', index: 7 };
const NOVEMBER = Date.parse('2026-11-28T12:00:00Z');

async function open() {
  const told: Emitted[] = [];
  const state = createNetworkState();
  const [issuer, verifier] = ['issuer', 'verifier'].map((key) => createMemorySealer(encodeUtf8(key.padEnd(32, '.'))));
  if (issuer === undefined || verifier === undefined) throw new Error('two sealers');
  const keepers = [
    { role: 'issuer', sealer: issuer },
    { role: 'north', sealer: verifier },
  ];
  const signals = createSignals([(one) => void told.push(one)]);
  const app = await createHttpServer(false);
  handlesRoute(app, {
    ...{ path: '/handles', operators: { admin: [hashOperatorKey(KEY)] } },
    open: (target, months) => openHandles(keepers, { state, signals }, target, months),
  });
  const ask = (payload: object, key = KEY) =>
    app.inject({ method: 'POST', url: '/handles', headers: { authorization: `Bearer ${key}` }, payload });
  const decide = (kind: 'unsealing' | 'reinstatement', index = TARGET.index) => {
    const { salt, list } = TARGET;
    state.exceptions.set(bindingDigest({ salt, kind: 'target', value: { list, index } }), { kind, entry: 12 });
  };
  return { ask, decide, told, issuer, verifier };
}

test('handles of two roles are joined by a decision in the log about this credential, and by nothing else', async () => {
  const { ask, decide, told, issuer, verifier } = await open();
  const asked = { ...TARGET, months: ['2026-10', '2026-11'] };
  decide('reinstatement');
  decide('unsealing', 8);
  expect((await ask(asked)).json()).toMatchObject({ code: 'handles.not-decided' });
  expect(told).toEqual([]);
  decide('unsealing');
  expect((await ask(asked, 'the-key-of-somebody-else')).json()).toMatchObject({ code: 'operator.unauthorized' });
  const opened = (await ask(asked)).json();
  const november = await Promise.all([issuer, verifier].map((sealer) => handleOf(sealer, TARGET, NOVEMBER)));
  expect(opened.roles.map(({ handles }: { handles: Record<string, string> }) => handles['2026-11'])).toEqual(november);
  expect(opened).toMatchObject({ entry: 12, roles: [{ role: 'issuer' }, { role: 'north' }] });
  expect(told.map(({ name, values }) => [name, values])).toEqual([
    ['handles.opened', { role: 'issuer', entry: 12, count: 2 }],
    ['handles.opened', { role: 'north', entry: 12, count: 2 }],
  ]);
});

test('months are months, and no more than two years of them', async () => {
  const { ask, decide } = await open();
  decide('unsealing');
  for (const months of [[], ['2026-13'], ['november'], Array.from({ length: 25 }, () => '2026-11')]) {
    expect((await ask({ ...TARGET, months })).statusCode).toBe(400);
  }
});
