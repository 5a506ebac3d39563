import { describe, expect, test } from 'vitest';
import { encodeJws, encodeSigningInput } from '../encoding/jws.ts';
import {
  type Acknowledgement,
  type Application,
  acknowledgementSigningInput,
  acknowledgementSigningParts,
  applicationDigest,
  applicationNonce,
  parseAcknowledgement,
  parseApplication,
} from './application.ts';

const PROGRAM = `${'p'.repeat(42)}A`;
const APPLICATION: Application = {
  v: 1,
  program: PROGRAM,
  destination: { kind: 'internal', account: 'holder:ada' },
  salt: 'AAAAAAAAAAAAAAAAAAAAAA',
};

describe('an application', () => {
  test('is bound by its nonce to every member', () => {
    const others: Application[] = [
      { ...APPLICATION, program: `${'q'.repeat(42)}A` },
      { ...APPLICATION, destination: { kind: 'internal', account: 'holder:mallory' } },
      { ...APPLICATION, salt: 'AAAAAAAAAAAAAAAAAAAAAQ' },
      { ...APPLICATION, want: '100' },
    ];
    const nonces = [APPLICATION, ...others].map(applicationNonce);
    expect(new Set(nonces).size).toBe(5);
    expect(applicationNonce({ ...APPLICATION, want: undefined })).toBe(nonces[0]);
  });

  test('is known by what was presented with it too', () => {
    const digests = ['a', 'b'].map((letter) => applicationDigest(APPLICATION, letter.repeat(43)));
    expect(new Set([...digests, applicationNonce(APPLICATION)]).size).toBe(3);
    expect(digests[0]).toHaveLength(43);
  });

  test.each([
    ['says more than is read', { ...APPLICATION, note: 'please' }, /note|the whole/],
    ['has a short salt', { ...APPLICATION, salt: 'AAAAAAAAAAAAAAAAAAAA' }, /salt/],
    ['spells its salt otherwise', { ...APPLICATION, salt: 'AAAAAAAAAAAAAAAAAAAAAB' }, /salt/],
    ['names no program', { ...APPLICATION, program: 'winter-relief' }, /program/],
    ['names no destination', { ...APPLICATION, destination: undefined }, /destination/],
    ['wants a number', { ...APPLICATION, want: 100 }, /want/],
    ['wants a fraction', { ...APPLICATION, want: '1.5' }, /want/],
    ['is nothing', null, /the whole/],
  ])('that %s is refused', (_name, value, where) => {
    expect(() => parseApplication(value)).toThrow(expect.objectContaining({ code: 'application.malformed' }));
    expect(() => parseApplication(value)).toThrow(where);
  });
});

describe('an acknowledgement', () => {
  const acknowledgement: Acknowledgement = {
    iss: 'city',
    iat: 1_796_000_000,
    program: PROGRAM,
    application: applicationDigest(APPLICATION, 'a'.repeat(43)),
    salt: 'AAAAAAAAAAAAAAAAAAAAAA',
    intakeBy: 1_796_000_060_000,
  };
  const signed = (header: object, payload: object) =>
    encodeJws(encodeSigningInput(header, payload), new Uint8Array(64));

  test('is read back as it was signed', () => {
    const [header, payload] = acknowledgementSigningParts(acknowledgement, 'ES256', 'key');
    expect(acknowledgementSigningInput(acknowledgement, 'ES256', 'key')).toBe(encodeSigningInput(header, payload));
    const parsed = parseAcknowledgement(signed(header, payload));
    expect(parsed).toMatchObject({ kid: 'key', acknowledgement });
  });

  test.each([
    ['another type of token', { typ: 'statement+jwt' }, {}],
    ['a token of nobody', { kid: undefined }, {}],
    ['one without a time', {}, { intakeBy: undefined }],
    ['one without a salt', {}, { salt: '' }],
  ])('is not %s', (_name, header, payload) => {
    const parts = acknowledgementSigningParts(acknowledgement, 'ES256', 'key');
    const text = signed({ ...parts[0], ...header }, { ...parts[1], ...payload });
    expect(() => parseAcknowledgement(text)).toThrow(expect.objectContaining({ code: 'acknowledgement.malformed' }));
  });
});
