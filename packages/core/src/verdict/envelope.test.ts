import { expect, test } from 'vitest';
import { canonicalJson } from '../encoding/json.ts';
import { encodeJws } from '../encoding/jws.ts';
import { parseBase64urlText } from '../encoding/text.ts';
import { encodeVerdictInput, parseVerdictEnvelope, type VerdictEnvelope } from './envelope.ts';
import type { Verdict } from './verdict.ts';

const verdict = {
  v: 1,
  outcome: 'unknown',
  reasons: [],
  checks: [],
  allows: { effect: 'none' },
  // Names that a JavaScript object would give back in another order.
  basis: { tick: 1, positions: [], request: { class: 'view', freshness: { mode: 'any' }, query: { 9: 'a', 10: 'b' } } },
} as unknown as Verdict;
const envelope: VerdictEnvelope = { iss: 'north', iat: 1, jti: 'id', durationMs: 1, verdict };

test('a verdict is signed over its canonical bytes, whatever the names in its question', () => {
  const input = encodeVerdictInput(envelope, 'ES256', 'kid');
  expect(parseBase64urlText(input.slice(input.indexOf('.') + 1))).toBe(canonicalJson(envelope));
  expect(parseVerdictEnvelope(encodeJws(input, new Uint8Array(64))).envelope).toEqual(envelope);
});
