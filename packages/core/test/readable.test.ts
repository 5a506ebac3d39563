import { expect, it } from 'vitest';
import { encodeJws, encodeSigningInput } from '../src/encoding/jws.ts';
import { readable } from './readable.ts';

it('shows what a token says, also one inside another, and what stands around it', () => {
  const token = (payload: object) => encodeJws(encodeSigningInput({ alg: 'ES256' }, payload), new Uint8Array(64));
  const text = `before ${token({ approval: token({ name: 'Ada' }) })} after`;
  expect(text).not.toContain('Ada');
  expect(readable(text)).toMatch(/^before .*ES256.*"Ada".* after$/);
});
