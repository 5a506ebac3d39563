import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BOUND, disclose, makeCredential, sha256 } from '../../test/sample-credential.ts';
import { parseCredential } from './parsed-credential.ts';

const name = disclose('given_name', 'Ada');
const street = disclose('street_address', 'Rue 1');
const good = makeCredential({
  payload: { ...BOUND, _sd: [sha256(name)], address: { _sd: [sha256(street)] }, at: [{ '...': sha256('x') }] },
  disclosures: [name, street],
  keyBinding: {},
});
const pieces = good.split(/([~.])/);
const base64urlCharacter = fc.constantFrom(...'ABCXYZabcxyz0189-_', '=', '+', ' ', 'é', '\u0141', '\u0000');

describe('whatever is presented', () => {
  it('is answered with a value, never an exception', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.base64String()), (text) => {
        expect(parseCredential(text)).toMatchObject({ ok: false });
        expect(parseCredential(`${text}~`)).toMatchObject({ ok: false });
      }),
    );
  });

  it('is answered when its parts are good and their order is not', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 24 }), (parts) => {
        const parsed = parseCredential(parts.join(''));
        expect(typeof parsed.presentedDigest).toBe('string');
      }),
      { numRuns: 500 },
    );
  });

  it('never is read as a good one with any one character changed, but for what a signature covers', () => {
    fc.assert(
      fc.property(fc.nat(good.length - 1), base64urlCharacter, (at, character) => {
        fc.pre(good[at] !== character);
        const parsed = parseCredential(good.slice(0, at) + character + good.slice(at + 1));
        if (!parsed.ok) return;
        // Read all the same: then the change lies in bytes that are signed, or in a signature itself.
        const before = parseCredential(good);
        if (!before.ok || before.keyBinding === undefined || parsed.keyBinding === undefined)
          throw new Error('unbound');
        const signed = ({ issuerJwt, keyBinding }: typeof parsed) => [
          issuerJwt.signingInput,
          issuerJwt.signature,
          keyBinding?.jws.signingInput,
          keyBinding?.jws.signature,
        ];
        expect(signed(parsed)).not.toEqual(signed(before));
        expect(parsed.presentedDigest).not.toBe(before.presentedDigest);
      }),
      { numRuns: 1000 },
    );
  });

  it('discloses exactly what was chosen, in whatever order it is presented', () => {
    const all = Array.from({ length: 8 }, (_, i) => ({ claim: `claim${i}`, encoded: disclose(`claim${i}`, i) }));
    const payload = { _sd: all.map(({ encoded }) => sha256(encoded)).sort() };
    fc.assert(
      fc.property(fc.shuffledSubarray(all), (chosen) => {
        const parsed = parseCredential(makeCredential({ payload, disclosures: chosen.map(({ encoded }) => encoded) }));
        if (!parsed.ok) throw new Error(parsed.detail);
        expect(parsed.disclosures.map((disclosure) => disclosure.name)).toEqual(chosen.map(({ claim }) => claim));
        const shown = Object.keys(parsed.claims).filter((claim) => claim.startsWith('claim'));
        expect(shown.sort()).toEqual(chosen.map(({ claim }) => claim).sort());
      }),
    );
  });
});
