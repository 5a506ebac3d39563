import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PublicJwk, parsePublicJwk } from '../encoding/jwk.ts';
import type { SignatureCheck } from '../encoding/jws.ts';
import { encodeBase64url, encodeUtf8, parseBase64url } from '../encoding/text.ts';
import { isCodedError } from '../errors.ts';
import {
  cosignatureMessage,
  encodeCosignature,
  encodeNote,
  encodeVkey,
  judgeNote,
  MAX_NOTE_LENGTH,
  NOTE_KEY_TYPE,
  type NoteSignature,
  noteChecks,
  noteKeyId,
  noteMessage,
  parseCosignature,
  parseNote,
  parseVkey,
  type SignedNote,
  type Vkey,
  vkeyOf,
} from './note.ts';

const TEXT = 'log.example\n3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n';

type Party = { readonly vkey: Vkey; readonly key: KeyObject };

/** A party whose key is the given byte 32 times: known to everyone, for tests only. */
function party(name: string, seed: number, type: 0x01 | 0x04 = NOTE_KEY_TYPE.ed25519): Party {
  const pkcs8 = Uint8Array.of(...parseBase64url('MC4CAQAwBQYDK2VwBCIEIA'), ...new Uint8Array(32).fill(seed));
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
  const jwk = parsePublicJwk(createPublicKey(key).export({ format: 'jwk' }));
  return { vkey: vkeyOf(name, jwk, type), key };
}

const log = party('log.example', 1);
const witness = party('witness.example', 2, NOTE_KEY_TYPE.ed25519Cosignature);
const stranger = party('stranger.example', 3);

function signed({ vkey, key }: Party, text = TEXT): NoteSignature {
  return { name: vkey.name, keyId: vkey.keyId, signature: sign(null, noteMessage(text), key) };
}

function cosigned({ vkey, key }: Party, timeSeconds: number, text = TEXT): NoteSignature {
  const signature = encodeCosignature(timeSeconds, sign(null, cosignatureMessage(text, timeSeconds), key));
  return { name: vkey.name, keyId: vkey.keyId, signature };
}

function holds({ key, data, signature }: SignatureCheck): boolean {
  return verify(null, data, createPublicKey({ key: { ...key }, format: 'jwk' }), signature);
}

function judge(signatures: readonly NoteSignature[], vkeys: readonly Vkey[], text = TEXT) {
  const note = parseNote(encodeNote({ text, signatures }));
  return judgeNote(note, vkeys, noteChecks(note, vkeys).checks.map(holds));
}

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return isCodedError(error) ? error.code : undefined;
  }
  return undefined;
}

describe('a note', () => {
  const line = fc.record({
    name: fc.string({ minLength: 1, unit: 'grapheme' }).filter((name) => /^[^\s\p{White_Space}+\p{Cc}]+$/u.test(name)),
    keyId: fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => Buffer.from(bytes).toString('hex')),
    signature: fc.uint8Array({ minLength: 1, maxLength: 80 }).map((bytes) => Uint8Array.from(bytes)),
  });
  const text = fc
    .array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', '\u2014 a AAAAAAAA')))
    .map((lines) => `${lines.map((part) => part.replace(/\p{Cc}/gu, '.')).join('\n')}\n`);

  test('is read back byte for byte as it was written, from text and from bytes', () => {
    fc.assert(
      fc.property(text, fc.array(line, { minLength: 1, maxLength: 16 }), (body, signatures) => {
        const written = encodeNote({ text: body, signatures });
        expect(parseNote(written)).toEqual({ text: body, signatures });
        expect(parseNote(encodeUtf8(written))).toEqual({ text: body, signatures });
        expect(encodeNote(parseNote(written))).toBe(written);
      }),
    );
  });

  test('whose text imitates signature lines keeps them in the text', () => {
    const forged = `${TEXT}\n${encodeNote({ text: TEXT, signatures: [signed(stranger)] }).slice(TEXT.length + 1)}`;
    const note = parseNote(encodeNote({ text: forged, signatures: [signed(log, forged)] }));
    expect(note.text).toBe(forged);
    expect(note.signatures.map(({ name }) => name)).toEqual(['log.example']);
  });

  test.each<[string, SignedNote]>([
    ['no signature', { text: TEXT, signatures: [] }],
    ['no newline at the end of its text', { text: 'text', signatures: [signed(log)] }],
    ['a text that runs on into the signatures', { text: 'a\n\n\u2014 b AAAAAAAA', signatures: [signed(log)] }],
    ['no text', { text: '', signatures: [signed(log)] }],
    ['a control character', { text: 'a\rb\n', signatures: [signed(log)] }],
    ['half a character', { text: 'a\ud800b\n', signatures: [signed(log)] }],
    ['a name with a newline', { text: TEXT, signatures: [{ ...signed(log), name: 'a\nb' }] }],
    [
      'a name that writes a line of its own',
      { text: TEXT, signatures: [{ ...signed(log), name: 'a AAAAAAAA\n\u2014 b' }] },
    ],
    ['a name with a space', { text: TEXT, signatures: [{ ...signed(log), name: 'a b' }] }],
    ['a key id in capitals', { text: TEXT, signatures: [{ ...signed(log), keyId: 'ABCDEF01' }] }],
    ['a short key id', { text: TEXT, signatures: [{ ...signed(log), keyId: 'abcdef' }] }],
    ['an empty signature', { text: TEXT, signatures: [{ ...signed(log), signature: new Uint8Array(0) }] }],
  ])('with %s cannot be written', (_case, note) => {
    expect(codeOf(() => encodeNote(note))).toBe('note.malformed');
  });

  test('that is not UTF-8 is refused', () => {
    const bytes = encodeUtf8(encodeNote({ text: TEXT, signatures: [signed(log)] }));
    expect(codeOf(() => parseNote(Uint8Array.of(0xff, ...bytes)))).toBe('encoding.utf8');
    expect(codeOf(() => parseNote(Uint8Array.of(0xc0, 0x80, ...bytes)))).toBe('encoding.utf8');
  });

  test('beyond the bound is refused before it is read', () => {
    const long = `${'a'.repeat(MAX_NOTE_LENGTH)}\n`;
    expect(codeOf(() => parseNote(long))).toBe('note.too-long');
    expect(codeOf(() => parseNote(encodeUtf8(long)))).toBe('note.too-long');
    expect(codeOf(() => parseNote(new Uint8Array(3 * MAX_NOTE_LENGTH + 1).fill(0xff)))).toBe('note.too-long');
  });

  test('with a signature of nothing but padding is refused at once', () => {
    const hostile = `${TEXT}\n\u2014 log.example ${'='.repeat(400_000)}A\n`;
    expect(codeOf(() => parseNote(hostile))).toBe('note.malformed');
  });

  test('with 64 signatures is read, with 65 it is not', () => {
    const many = (count: number) => Array.from({ length: count }, () => signed(stranger));
    expect(parseNote(encodeNote({ text: TEXT, signatures: many(64) })).signatures).toHaveLength(64);
    expect(codeOf(() => encodeNote({ text: TEXT, signatures: many(65) }))).toBe('note.too-many-signatures');
  });

  test('with 64 post-quantum signatures fits', () => {
    const cosignature = { name: 'witness.example', keyId: '00000000', signature: new Uint8Array(8 + 2420) };
    const note = { text: TEXT, signatures: Array.from({ length: 64 }, () => cosignature) };
    expect(parseNote(encodeNote(note))).toEqual(note);
  });
});

describe('judging a note', () => {
  test('accepts it for the known keys that signed and names them once', () => {
    const judgement = judge([signed(log), cosigned(witness, 1_700_000_000)], [log.vkey, witness.vkey]);
    expect(judgement).toEqual({
      accepted: true,
      text: TEXT,
      signers: [{ vkey: log.vkey }, { vkey: witness.vkey, timeSeconds: 1_700_000_000 }],
    });
  });

  test('ignores keys it does not know, whatever they signed', () => {
    const broken = { ...signed(stranger), signature: Uint8Array.of(1) };
    expect(judge([broken, signed(log), broken], [log.vkey])).toMatchObject({
      accepted: true,
      signers: [{ vkey: log.vkey }],
    });
  });

  test('refuses a note that no known key signed', () => {
    expect(judge([signed(stranger)], [log.vkey])).toEqual({ accepted: false, why: 'no-known-signer' });
    expect(judge([signed(log)], [])).toEqual({ accepted: false, why: 'no-known-signer' });
  });

  test('refuses the whole note for one failing signature of a known key', () => {
    const failing = signed(log, 'another text\n');
    const judgement = judge([cosigned(witness, 5), failing], [log.vkey, witness.vkey]);
    expect(judgement).toEqual({ accepted: false, why: 'bad-signature', vkey: log.vkey });
    expect(judge([signed(log), failing], [log.vkey])).toMatchObject({ accepted: false, why: 'bad-signature' });
  });

  test('refuses the whole note for a signature of a known key that cannot be one', () => {
    const short = { ...signed(log), signature: signed(log).signature.subarray(1) };
    const { checks, impossible } = noteChecks({ text: TEXT, signatures: [short] }, [log.vkey]);
    expect(checks).toEqual([]);
    expect(impossible).toEqual([log.vkey]);
    expect(judge([cosigned(witness, 5), short], [log.vkey, witness.vkey])).toMatchObject({ why: 'bad-signature' });
    const untimed = { ...cosigned(witness, 5), signature: signed(witness).signature };
    expect(judge([signed(log), untimed], [log.vkey, witness.vkey])).toMatchObject({ why: 'bad-signature' });
  });

  test('counts a repeated line and a witness of two times as one signer, at its latest time', () => {
    const lines = [signed(log), signed(log), cosigned(witness, 7), cosigned(witness, 9), cosigned(witness, 8)];
    const { checks } = noteChecks({ text: TEXT, signatures: lines }, [log.vkey, witness.vkey]);
    expect(checks).toHaveLength(4);
    expect(judge(lines, [log.vkey, witness.vkey])).toMatchObject({
      signers: [{ vkey: log.vkey }, { vkey: witness.vkey, timeSeconds: 9 }],
    });
  });

  test('does not take a cosignature for a signature of the text, nor the reverse', () => {
    const key = witness.key;
    const asLog = vkeyOf('witness.example', publicJwk(key));
    const renamed = { ...cosigned(witness, 7), keyId: asLog.keyId };
    expect(judge([renamed], [asLog])).toMatchObject({ accepted: false });
    const swapped = { ...signed({ vkey: asLog, key }), keyId: witness.vkey.keyId };
    expect(judge([swapped], [witness.vkey])).toMatchObject({ accepted: false });
  });

  test('does not let the time of a cosignature be changed', () => {
    const { signature, ...line } = cosigned(witness, 7);
    const moved = { ...line, signature: encodeCosignature(8, parseCosignature(signature)?.signature ?? signature) };
    expect(judge([moved], [witness.vkey])).toMatchObject({ accepted: false, why: 'bad-signature' });
  });

  test('neither counts nor rejects a post-quantum cosignature it cannot verify yet', () => {
    const publicKey = new Uint8Array(1312).fill(9);
    const keyId = noteKeyId('pq.example', NOTE_KEY_TYPE.mlDsa44Cosignature, publicKey);
    const vkey: Vkey = { name: 'pq.example', keyId, type: NOTE_KEY_TYPE.mlDsa44Cosignature, publicKey };
    const line = { name: vkey.name, keyId, signature: new Uint8Array(2428) };
    const note = { text: TEXT, signatures: [line, signed(log)] };
    expect(noteChecks(note, [vkey, log.vkey]).unsupported).toEqual([vkey]);
    expect(judge([line, signed(log)], [vkey, log.vkey])).toMatchObject({
      accepted: true,
      signers: [{ vkey: log.vkey }],
    });
    expect(judge([line], [vkey, log.vkey])).toEqual({ accepted: false, why: 'no-known-signer' });
  });

  test('stops when two different known keys share name and id', () => {
    const twin: Vkey = { ...log.vkey, publicKey: new Uint8Array(32) };
    expect(codeOf(() => judge([signed(log)], [log.vkey, twin]))).toBe('note.ambiguous-key');
    expect(codeOf(() => judge([signed(log)], [log.vkey, { ...log.vkey, type: 4 }]))).toBe('note.ambiguous-key');
    expect(judge([signed(log)], [log.vkey, { ...log.vkey }])).toMatchObject({ accepted: true });
  });

  test('crashes rather than judge with a result missing', () => {
    const note = { text: TEXT, signatures: [signed(log)] };
    expect(() => judgeNote(note, [log.vkey], [])).toThrow('one result');
    expect(() => judgeNote(note, [log.vkey], [true, true])).toThrow('one result');
  });

  test('whoever changes one bit of text or signature is refused', () => {
    const whole = encodeUtf8(encodeNote({ text: TEXT, signatures: [signed(log)] }));
    fc.assert(
      fc.property(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 7 }), (at, bit) => {
        const changed = Uint8Array.from(whole, (byte, i) => (i === at ? byte ^ (1 << bit) : byte));
        try {
          const note = parseNote(changed);
          const results = noteChecks(note, [log.vkey]).checks.map(holds);
          expect(judgeNote(note, [log.vkey], results).accepted).toBe(false);
        } catch (error) {
          expect(isCodedError(error) && error.code).toMatch(/^(note\.malformed|encoding\.utf8)$/);
        }
      }),
      { numRuns: 300 },
    );
  });
});

function publicJwk(key: KeyObject): PublicJwk {
  return parsePublicJwk(createPublicKey(key).export({ format: 'jwk' }));
}

describe('a cosignature', () => {
  test('carries any time a clock can say and nothing else', () => {
    const signature = new Uint8Array(64).fill(5);
    fc.assert(
      fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (timeSeconds) => {
        expect(parseCosignature(encodeCosignature(timeSeconds, signature))).toEqual({ timeSeconds, signature });
      }),
    );
    expect(() => encodeCosignature(-1, signature)).toThrow('whole seconds');
    expect(() => encodeCosignature(0.5, signature)).toThrow('whole seconds');
    expect(() => encodeCosignature(1, signature.subarray(1))).toThrow('64 bytes');
    const beyond = Uint8Array.of(0, 0x20, 0, 0, 0, 0, 0, 0, ...signature);
    expect(parseCosignature(beyond)).toBeUndefined();
    expect(parseCosignature(signature)).toBeUndefined();
  });
});

describe('a vkey', () => {
  test('of a JWK is read back from its text', () => {
    expect(parseVkey(encodeVkey(log.vkey))).toEqual(log.vkey);
    expect(parseVkey(encodeVkey(witness.vkey))).toEqual(witness.vkey);
    expect(log.vkey.type).toBe(0x01);
    expect(witness.vkey.type).toBe(0x04);
  });

  test('is only made of an Ed25519 key and a name that a note can carry', () => {
    const x = encodeBase64url(new Uint8Array(32));
    expect(codeOf(() => vkeyOf('log.example', { kty: 'EC', crv: 'P-256', x, y: x }))).toBe('note.unsupported-key');
    for (const name of ['', 'a b', 'a+b', 'a\nb', 'a\u2003b', 'a\u0000b']) {
      expect(codeOf(() => vkeyOf(name, { kty: 'OKP', crv: 'Ed25519', x }))).toBe('note.malformed');
    }
  });

  test('of any length is refused at once when it is none', () => {
    expect(codeOf(() => parseVkey('+'.repeat(300_000)))).toBe('note.malformed');
    expect(codeOf(() => parseVkey(`a+00000000+${'A'.repeat(300_000)}`))).toBe('note.malformed');
  });
});
