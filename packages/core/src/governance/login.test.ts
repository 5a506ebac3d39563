import { describe, expect, test } from 'vitest';
import { createRealSignatures } from '../../test/test-keys.ts';
import { encodeJws, encodeSigningInput, signatureCheck } from '../encoding/jws.ts';
import { isCodedError } from '../errors.ts';
import { parseStatement } from '../fold/statement.ts';
import { approvalSigningInput } from './approval.ts';
import { parseApproval } from './decision.ts';
import { erasureSigningInput, parseErasureRequest } from './erasure.ts';
import { LOGIN_TYP, loginSigningInput, parseLogin } from './login.ts';

const real = createRealSignatures();
const officer = real.key('officer-a');
const LOGIN = { network: 'n'.repeat(43), origin: 'https://console.example', nonce: 'once' };
const signed = (input: string) => encodeJws(input, officer.sign(input));
const login = signed(loginSigningInput(LOGIN, officer.jwk));

function refused(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return isCodedError(error) ? error.code : error;
  }
  return 'nothing';
}

describe('a log-in of an officer', () => {
  test('names its key, its place, its network and one challenge, under a signature that holds', () => {
    const parsed = parseLogin(login);
    expect(parsed).toMatchObject({ kid: officer.kid, login: LOGIN });
    expect(real.verify(signatureCheck(parsed.jws, officer.jwk))).toBe(true);
  });

  test('is no approval, no statement and no request to forget somebody, and none of these is a log-in', () => {
    expect(refused(() => parseApproval(login))).toBe('approval.malformed');
    expect(refused(() => parseErasureRequest(login))).toBe('erasure.malformed');
    expect(parseStatement(login).ok).toBe(false);
    const asking = { network: LOGIN.network, tenant: 'civic', label: 'ada', at: 1 };
    const others = [
      approvalSigningInput('d'.repeat(43), officer.jwk),
      erasureSigningInput(asking, officer.jwk),
      encodeSigningInput({ alg: 'ES256', kid: officer.kid, typ: 'statement+jwt' }, { ...LOGIN, type: 'epoch', v: 1 }),
    ];
    for (const input of others) expect(refused(() => parseLogin(signed(input)))).toBe('login.malformed');
  });

  test.each([
    ['for another purpose', { ...LOGIN, purpose: 'payment' }],
    ['with something more in it that nobody here reads', { ...LOGIN, purpose: 'console-session', digest: 'd' }],
    ['for no place', { ...LOGIN, purpose: 'console-session', origin: '' }],
    ['with a challenge that is no text', { ...LOGIN, purpose: 'console-session', nonce: 1 }],
    ['that is far too long', { ...LOGIN, purpose: 'console-session', nonce: 'n'.repeat(3000) }],
  ])('%s is none', (_what, payload) => {
    const input = encodeSigningInput({ alg: 'ES256', kid: officer.kid, typ: LOGIN_TYP }, payload);
    expect(refused(() => parseLogin(signed(input)))).toBe('login.malformed');
  });
});
