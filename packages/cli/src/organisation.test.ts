import { expect, test } from 'vitest';
import { parseProxies } from './organisation.ts';

test('proxies are addresses and networks, and never names or everybody', () => {
  const good = ['10.0.0.7', '10.0.0.0/8', '::1', 'fd00::/8'];
  expect(parseProxies(good)).toEqual(good);
  for (const wrong of [
    'proxy.example',
    '10.0.0.0/33',
    '0.0.0.0/0',
    '10.0.0.0/8/8',
    '10.0.0',
    '',
    'fd00::/129',
    'true',
  ]) {
    expect(() => parseProxies([wrong])).toThrow(expect.objectContaining({ code: 'usage.proxy' }));
  }
});
