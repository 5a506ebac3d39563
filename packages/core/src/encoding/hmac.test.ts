import { createHmac as nodeHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { createHmac } from './hmac.ts';
import { encodeHex, encodeUtf8 } from './text.ts';

test('RFC 4231 case 2: a short key', () => {
  const mac = createHmac(encodeUtf8('Jefe'))(encodeUtf8('what do ya want for nothing?'));
  expect(encodeHex(mac)).toBe('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
});

test('RFC 4231 case 6: a key longer than a block', () => {
  const mac = createHmac(new Uint8Array(131).fill(0xaa))(
    encodeUtf8('Test Using Larger Than Block-Size Key - Hash Key First'),
  );
  expect(encodeHex(mac)).toBe('60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54');
});

it('is the HMAC of Node for any key and message, and keeps nothing from one message to the next', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 140 }), fc.uint8Array(), fc.uint8Array(), (key, first, second) => {
      const hmac = createHmac(key);
      for (const message of [first, second, first]) {
        expect(encodeHex(hmac(message))).toBe(nodeHmac('sha256', key).update(message).digest('hex'));
      }
    }),
  );
});
