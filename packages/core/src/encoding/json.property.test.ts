import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, type Json, parseJson, parseJsonObject } from './json.ts';

const coded = (code: string) => expect.objectContaining({ code });

const { value } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(null, true, false, 0, -1, 1e21, 1e-7, '', '\u00e9', '\u{1f319}', '"\\\u2028'),
    fc.string({ unit: 'binary' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 4 }).map((name) => name.replace(/["\\\p{Cc}]/gu, '.')),
        fc.constantFrom('constructor', 'toString', ':', '{', 'u0061', '\u2028'),
      ),
      tie('value'),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
})) as { value: fc.Arbitrary<Json> };
const safe = value.filter((json) => !JSON.stringify(json).includes('__proto__'));

describe('parseJson', () => {
  test('reads what any JSON writer wrote', () => {
    fc.assert(
      fc.property(safe, fc.nat({ max: 3 }), (json, indent) => {
        expect(isDeepStrictEqual(parseJson(JSON.stringify(json, null, indent)), json)).toBe(true);
      }),
    );
  });

  test('answers every text with a value JSON.parse agrees to, or with a code', () => {
    const piece = fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', '1', 'a', ' ', '"a"', '"a":1', '\\u0022');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece).map((parts) => parts.join('')),
          fc.string(),
        ),
        (text) => {
          try {
            const read = parseJson(text);
            expect(read).toEqual(JSON.parse(text));
          } catch (error) {
            expect(error).toEqual(
              coded(expect.stringMatching(/^json\.(malformed|duplicate-member|forbidden-member)$/)),
            );
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['twice in one object', '{"a":1,"a":1}'],
    ['twice in a nested object', '[{"b":{"a":1,"c":[],"a":2}}]'],
    ['once plainly and once escaped', '{"alg":1,"\\u0061lg":2}'],
    ['beside a text that looks like a member', '{"a":"\\":1","a":2}'],
    ['once in each case of its escape', '{"\\u00E9":1,"\\u00e9":2}'],
    ['beside a text that ends in a backslash', '{"a":"\\\\","a":2}'],
  ])('refuses a member %s', (_case, text) => {
    expect(() => parseJson(text)).toThrowError(coded('json.duplicate-member'));
  });

  test('does not take a colon inside a text for a member', () => {
    expect(parseJson('{"a:b":"c:\\"d\\":e","f":":"}')).toEqual({ 'a:b': 'c:"d":e', f: ':' });
  });

  test('refuses __proto__ however it is written and wherever it stands', () => {
    for (const text of ['{"__proto__":{}}', '[{"a":{"\\u005f_proto__":1}}]', '{"__proto__":1,"__proto__":2}']) {
      expect(() => parseJson(text)).toThrowError(coded('json.forbidden-member'));
    }
    expect(parseJson('{"a":"__proto__"}')).toEqual({ a: '__proto__' });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('reads a name however it is escaped, whatever was read before', () => {
    // What an attacker sends first, so that V8 takes the escaped names after it for these.
    for (const name of ['\\', '\\u0', '\\u006', 'e\\u']) JSON.parse(`{"typ":1,${JSON.stringify(name)}:2}`);
    expect(Object.keys(parseJsonObject('{"typ":1,"\\u0061lg":2}'))).toEqual(['typ', 'alg']);
    expect(Object.keys(parseJsonObject('{"typ":1,"e\\u0078p" : 2}'))).toEqual(['typ', 'exp']);
    expect(parseJson('{"typ":1,"\\u0061":{"\\u00e9" :"\\"\\u0061:"}}')).toEqual({ typ: 1, a: { '\u00e9': '"a:' } });
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ minLength: 1 }).map((name) => name.replace(/["\\_]/g, '.')),
          fc.nat(),
        ),
        (names) => {
          const escaped = Object.entries(names).map(([name, member]) => `"${escapedFully(name)}":${member}`);
          for (const name of Object.keys(names))
            JSON.parse(`{${JSON.stringify(escapedFully(name).slice(0, name.length))}:1}`);
          expect(Object.entries(parseJsonObject(`{${escaped.join()}}`))).toEqual(Object.entries(names));
        },
      ),
    );
  });

  function escapedFully(text: string): string {
    return Array.from(text, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
  }

  test('refuses a name that cannot do without escapes', () => {
    for (const text of ['{"\\"":1}', '{"\\\\":1}', '[{"a":{"\\n":1}}]', '{"\\u0000":1}', '{"\\u0022":1}']) {
      expect(() => parseJson(text)).toThrowError(coded('json.forbidden-member'));
    }
    expect(parseJson('{"a":"\\"\\\\\\n\\u0000"}')).toEqual({ a: '"\\\n\0' });
  });

  test('refuses half of a character, in a text or as the name of a member', () => {
    for (const text of [
      '"\\ud800"',
      '["a\\udfffb"]',
      '{"\\uD83C":1}',
      '"\\udf19\\ud83c"',
      '"\ud800"',
      '{"a\ud800":1}',
    ]) {
      expect(() => parseJson(text)).toThrowError(coded('json.lone-surrogate'));
    }
    expect(parseJson('"\\ud83c\\udf19"')).toBe('\u{1f319}');
  });

  test('refuses a number that would become infinite', () => {
    for (const text of ['1e400', '[-1e999]', '{"a":9e308}']) {
      expect(() => parseJson(text)).toThrowError(coded('json.number-range'));
    }
  });

  test('refuses what is too deep or too long, and takes what is just within the bounds', () => {
    const bounds = { maxLength: 20, maxDepth: 3 };
    expect(parseJson('[[{"a":[]}]]', { ...bounds, maxDepth: 4 })).toEqual([[{ a: [] }]]);
    expect(() => parseJson('[[{"a":[]}]]', bounds)).toThrowError(coded('json.too-deep'));
    expect(parseJson('"[[[[[[[[[["', bounds)).toBe('[[[[[[[[[[');
    expect(parseJson(`"${'a'.repeat(18)}"`, bounds)).toBe('a'.repeat(18));
    expect(() => parseJson(`"${'a'.repeat(19)}"`, bounds)).toThrowError(coded('json.too-long'));
    expect(parseJson('[[],[],[],[],[]]', bounds)).toHaveLength(5);
  });

  test('refuses a bomb of brackets without reading it to its end', () => {
    expect(() => parseJson('['.repeat(200_000))).toThrowError(coded('json.too-deep'));
    expect(() => parseJson('{"a":'.repeat(50_000))).toThrowError(coded('json.too-deep'));
    expect(() => parseJson(`"${'\\"'.repeat(100_000)}`)).toThrowError(coded('json.malformed'));
    expect(() => parseJson(`"${'\\\\'.repeat(100_000)}`)).toThrowError(coded('json.malformed'));
  });

  test.each(['', ' ', '{', '"', '"\\', '[1,]', '{"a":1,}', '{a:1}', "'a'", 'NaN', '01', '\ufeff1', '1 2', '"\n"', ']'])(
    'refuses %j',
    (text) => {
      expect(() => parseJson(text)).toThrowError(coded('json.malformed'));
    },
  );

  test.each(['[]', 'null', '"a"', '1'])('does not take %s for an object', (text) => {
    expect(() => parseJsonObject(text)).toThrowError(coded('json.not-an-object'));
  });
});

describe('canonicalJson', () => {
  test('reads back as the value, in any order of members', () => {
    fc.assert(
      fc.property(safe, (json) => {
        const canonical = canonicalJson(json);
        expect(isDeepStrictEqual(parseJson(canonical), json)).toBe(true);
        expect(canonicalJson(reversed(json))).toBe(canonical);
      }),
    );
  });

  function reversed(json: Json): Json {
    if (Array.isArray(json)) return json.map(reversed);
    if (typeof json !== 'object' || json === null) return json;
    return Object.fromEntries(
      Object.entries(json)
        .reverse()
        .map(([name, member]) => [name, reversed(member)]),
    );
  }

  test('writes the example of RFC 8785 section 3.2.2', () => {
    const example = parseJson(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],' +
        '"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    );
    expect(canonicalJson(example)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  test('sorts members by UTF-16 units as RFC 8785 section 3.2.3', () => {
    const names = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6'];
    const written = canonicalJson(Object.fromEntries(names.map((name) => [name, 0])));
    const sorted = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\u{1f600}', '\ufb33'];
    expect(written).toBe(`{${sorted.map((name) => `${JSON.stringify(name)}:0`).join(',')}}`);
  });

  test('writes zero without a sign and leaves out what is undefined', () => {
    expect(canonicalJson([-0])).toBe('[0]');
    expect(canonicalJson({ b: undefined, a: 1 })).toBe('{"a":1}');
    expect(canonicalJson(Object.assign(Object.create(null), { a: 1 }))).toBe('{"a":1}');
  });

  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['undefined in an array', [undefined]],
    ['a hole in an array', new Array(2)],
    ['not a number', Number.NaN],
    ['infinity', [Number.POSITIVE_INFINITY]],
    ['a bigint', { a: 1n }],
    ['a function', () => 1],
    ['a symbol', Symbol('a')],
    ['a date', new Date(0)],
    ['a map', new Map([['a', 1]])],
    ['a set', new Set([1])],
    ['bytes', Uint8Array.of(1)],
    ['half a character', 'a\ud800'],
    ['half a character in a name', { '\udc00': 1 }],
  ])('refuses %s rather than lose it', (_case, wrong) => {
    expect(() => canonicalJson(wrong)).toThrowError(coded('json.not-canonical'));
  });
});
