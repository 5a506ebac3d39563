import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { BOUND, jwt, makeCredential } from '../../test/sample-credential.ts';
import type { Json } from '../encoding/json.ts';
import { type Credential, parseCredential } from './parsed-credential.ts';
import { judgeQuery, matchQuery, parseQuery, QUERY_BOUNDS } from './query.ts';

const RESIDENCE = 'urn:x:residence';
const DIPLOMA = 'urn:x:diploma';
const CLAIMS = {
  vct: RESIDENCE,
  given_name: 'Ada',
  age: 36,
  adult: true,
  nothing: null,
  address: { country: 'BE', street: { name: 'Rue' } },
  nationalities: ['BE', 'DE'],
  empty: [],
  degrees: [{ type: 'BSc' }, { type: 'MSc', year: 2020 }],
};

function credential(payload: object = {}, isBound = true): Credential {
  const parsed = parseCredential(
    makeCredential({ payload: { ...CLAIMS, ...BOUND, ...payload }, ...(isBound ? { keyBinding: {} } : {}) }),
  );
  if (!parsed.ok) throw new Error(parsed.detail);
  return parsed;
}

function asked(claims: readonly object[] | undefined, change: object = {}): Json {
  const credentials = [{ id: 'a', format: 'dc+sd-jwt', meta: { vct_values: [RESIDENCE] }, claims, ...change }];
  return JSON.parse(JSON.stringify({ credentials })) as Json;
}

const residence = credential();

const CONTEXT_V2 = 'https://www.w3.org/ns/credentials/v2';

function vcJwt(changes: object = {}): Credential {
  const payload = {
    '@context': [CONTEXT_V2],
    type: ['VerifiableCredential', 'Degree'],
    issuer: 'did:web:school.example',
    credentialSubject: { degree: { name: 'BSc' }, year: 2020 },
    ...changes,
  };
  const parsed = parseCredential(jwt({ alg: 'EdDSA', typ: 'vc+jwt', kid: 'k' }, payload));
  if (!parsed.ok) throw new Error(parsed.detail);
  return parsed;
}

function vcAsked(types: readonly (readonly string[])[], change: object = {}): Json {
  const meta = { type_values: types };
  return asked(undefined, {
    ...{ format: 'jwt_vc_json', meta, require_cryptographic_holder_binding: false },
    ...change,
  });
}

describe('a W3C credential judged by a query', () => {
  const issuerDependent = 'https://www.w3.org/ns/credentials/issuer-dependent#Degree';
  it.each<[string, readonly (readonly string[])[], boolean]>([
    ['its type', [['Degree']], true],
    ['its type beside the common one', [['VerifiableCredential', 'Degree']], true],
    ['both in full', [['https://www.w3.org/2018/credentials#VerifiableCredential', issuerDependent]], true],
    ['the common one alone', [['VerifiableCredential']], true],
    ['one of two sets', [['Licence'], ['Degree']], true],
    ['a type that it has not', [['Degree', 'Licence']], false],
  ])('answers a question for %s', (_, types, isAnswer) => {
    expect(judgeQuery(vcAsked(types), vcJwt())).toEqual(isAnswer ? [] : ['query.type_mismatch']);
  });

  it('has a name of a context of its own as it is written, and nothing that we would have to look up', () => {
    const own = vcJwt({ '@context': [CONTEXT_V2, 'https://school.example/context'] });
    expect(judgeQuery(vcAsked([['Degree']]), own)).toEqual([]);
    expect(judgeQuery(vcAsked([[issuerDependent]]), own)).toEqual(['query.type_mismatch']);
  });

  it('answers nothing that is asked of another format, nor does another format answer for it', () => {
    expect(judgeQuery(asked(undefined, { meta: { vct_values: ['Degree'] } }), vcJwt())).toEqual([
      'query.type_mismatch',
    ]);
    expect(judgeQuery(vcAsked([[RESIDENCE]]), residence)).toEqual(['query.type_mismatch']);
  });

  it('is asked for claims from its root, and shows all of them whichever are asked for', () => {
    const claims = path('credentialSubject', 'degree', 'name');
    expect(judgeQuery(vcAsked([['Degree']], { claims }), vcJwt())).toEqual([]);
    expect(judgeQuery(vcAsked([['Degree']], { claims: path('degree') }), vcJwt())).toEqual(['query.claims_missing']);
    const { matches } = matchQuery(parseQuery(vcAsked([['Degree']], { claims })), [{ parsed: vcJwt() }], 'held');
    expect(matches[0]?.claims).toEqual(['@context', 'type', 'issuer', 'credentialSubject']);
  });
});
const path = (...steps: (string | number | null)[]) => [{ path: steps }];

describe('one credential judged by a query', () => {
  it.each([
    ['no claims at all', undefined],
    ['a claim', path('given_name')],
    ['a claim inside a claim', path('address', 'street', 'name')],
    ['any element of an array', path('nationalities', null)],
    ['a claim of any element', path('degrees', null, 'year')],
    ['one of some values', [{ path: ['given_name'], values: ['Eve', 'Ada'] }]],
    [
      'a number and a boolean',
      [
        { path: ['age'], values: [36] },
        { path: ['adult'], values: [true] },
      ],
    ],
    ['a value of any element', [{ path: ['nationalities', null], values: ['DE'] }]],
  ])('answers %s', (_, claims) => {
    expect(judgeQuery(asked(claims), residence)).toEqual([]);
  });

  it.each([
    ['a claim that is not there', path('email'), 'query.claims_missing'],
    ['a claim of every object', path('toString'), 'query.claims_missing'],
    ['a claim of a prototype', path('constructor', 'name'), 'query.claims_missing'],
    ['a claim that is null', path('nothing'), 'query.claims_missing'],
    ['a member of a text', path('given_name', 'length'), 'query.claims_missing'],
    ['an element of an object', path('address', null), 'query.claims_missing'],
    ['an element of a text', path('given_name', 0), 'query.claims_missing'],
    ['a member no element has', path('degrees', null, 'grade'), 'query.claims_missing'],
    ['an element of an empty array', path('empty', null), 'query.claims_missing'],
    ['the first element of an empty array', path('empty', 0), 'query.claims_missing'],
    ['another value', [{ path: ['given_name'], values: ['Eve'] }], 'query.value_mismatch'],
    ['a number as text', [{ path: ['age'], values: ['36'] }], 'query.value_mismatch'],
    ['no value at all', [{ path: ['age'], values: [] }], 'query.value_mismatch'],
    ['one claim of two', [...path('given_name'), ...path('email')], 'query.claims_missing'],
  ])('does not answer %s', (_, claims, code) => {
    expect(judgeQuery(asked(claims), residence)).toEqual([code]);
  });

  it('does not answer for another type, nor without the holder where the holder is asked for', () => {
    expect(judgeQuery(asked(path('given_name')), credential({ vct: DIPLOMA }))).toEqual(['query.type_mismatch']);
    expect(judgeQuery(asked(path('given_name')), credential({}, false))).toEqual(['query.holder_binding_missing']);
    const unbound = asked(path('given_name'), { require_cryptographic_holder_binding: false });
    expect(judgeQuery(unbound, credential({}, false))).toEqual([]);
  });

  it('answers the part of a larger query it was made for, and else says what is nearest', () => {
    const other = { id: 'b', format: 'dc+sd-jwt', meta: { vct_values: [DIPLOMA] } };
    const both = (claims: object[]) => {
      return {
        credentials: [other, { ...other, id: 'a', meta: { vct_values: [RESIDENCE] }, claims }],
      } as unknown as Json;
    };
    expect(judgeQuery(both(path('given_name')), residence)).toEqual([]);
    expect(judgeQuery(both(path('email')), residence)).toEqual(['query.claims_missing']);
  });

  it('says by a code that the query itself is none', () => {
    expect(judgeQuery('given_name', residence)).toEqual(['query.malformed']);
    expect(judgeQuery(asked(undefined, { format: 'mso_mdoc', meta: {} }), residence)).toEqual(['query.unsupported']);
    const large = asked(Array.from({ length: QUERY_BOUNDS.claims + 1 }, () => ({ path: ['a'] })));
    expect(judgeQuery(large, residence)).toEqual(['query.too_large']);
  });
});

describe('alternatives', () => {
  const claims = [
    { id: 'n', path: ['given_name'] },
    { id: 'e', path: ['email'] },
    { id: 'a', path: ['age'] },
  ];

  it('are tried in the order preferred, and only what is needed is asked of the holder', () => {
    const query = parseQuery(asked(claims, { claim_sets: [['n', 'e'], ['a']] }));
    expect(matchQuery(query, [{ parsed: residence }], 'held').matches).toEqual([
      { query: 'a', candidate: 0, claims: ['age'] },
    ]);
  });

  it('say what the preferred one lacks when none is met', () => {
    const query = parseQuery(asked(claims, { claim_sets: [['n', 'e'], ['e']] }));
    expect(matchQuery(query, [{ parsed: residence }])).toMatchObject({
      ok: false,
      faults: [{ code: 'query.claims_missing', query: 'a', path: '/email' }],
    });
  });
});

describe('several credentials', () => {
  const diploma = credential({ vct: DIPLOMA });
  const part = (id: string, type: string, change: object = {}) => {
    return { id, format: 'dc+sd-jwt', meta: { vct_values: [type] }, ...change };
  };
  const both = [part('r', RESIDENCE), part('d', DIPLOMA)];
  const needBoth = parseQuery({ credentials: both });
  const eitherOne = parseQuery({ credentials: both, credential_sets: [{ options: [['r'], ['d']] }] });
  const optional = parseQuery({
    credentials: both,
    credential_sets: [{ options: [['r']] }, { options: [['d']], required: false }],
  });
  const presented = [
    { id: 'r', parsed: residence },
    { id: 'd', parsed: diploma },
  ];

  it('all have to be there when nothing else is said', () => {
    expect(matchQuery(needBoth, presented)).toMatchObject({ ok: true, faults: [] });
    expect(matchQuery(needBoth, presented.slice(0, 1))).toMatchObject({
      ok: false,
      faults: [{ code: 'query.credential_missing', query: 'd' }],
    });
  });

  it('may be alternatives, or optional', () => {
    expect(matchQuery(eitherOne, presented.slice(1))).toMatchObject({ ok: true, faults: [] });
    expect(matchQuery(eitherOne, [])).toMatchObject({ ok: false });
    expect(matchQuery(optional, presented.slice(0, 1))).toMatchObject({ ok: true });
    expect(matchQuery(optional, presented.slice(1))).toMatchObject({ ok: false });
  });

  it('each answer the query they were presented for, even where another would do', () => {
    const swapped = matchQuery(needBoth, [
      { id: 'r', parsed: diploma },
      { id: 'd', parsed: residence },
    ]);
    expect(swapped).toMatchObject({ ok: false, matches: [] });
    expect(swapped.faults.map(({ code }) => code)).toEqual(['query.type_mismatch', 'query.type_mismatch']);
    const spoiled = matchQuery(optional, [
      { id: 'r', parsed: residence },
      { id: 'd', parsed: residence },
    ]);
    expect(spoiled).toMatchObject({ ok: false, faults: [{ code: 'query.type_mismatch', query: 'd' }] });
  });

  it('are refused when nobody asked for them, or for so many', () => {
    expect(matchQuery(needBoth, [...presented, { id: 'x', parsed: residence }])).toMatchObject({
      ok: false,
      faults: [{ code: 'query.not_asked', query: 'x' }],
    });
    const twice = [
      { id: 'a', parsed: residence },
      { id: 'a', parsed: residence },
    ];
    expect(matchQuery(parseQuery(asked(undefined)), twice)).toMatchObject({
      ok: false,
      faults: [{ code: 'query.too_many' }],
    });
    expect(matchQuery(parseQuery(asked(undefined, { multiple: true })), twice)).toMatchObject({ ok: true });
  });

  it('are found by a holder among others, without a key binding yet and by exact index', () => {
    const held = [{ parsed: diploma }, { parsed: credential({}, false) }];
    const query = parseQuery(asked(path('nationalities', 1)));
    expect(matchQuery(query, held, 'held')).toEqual({
      ok: true,
      matches: [{ query: 'a', candidate: 1, claims: ['nationalities'] }],
      faults: [],
    });
    expect(matchQuery(parseQuery(asked(path('nationalities', 2))), held, 'held').ok).toBe(false);
    const keyless = credential({ cnf: undefined }, false);
    expect(matchQuery(query, [{ parsed: keyless }], 'held').ok).toBe(false);
  });
});

describe('a query from outside', () => {
  const deep = JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`) as unknown;

  it.each([
    ['nothing', undefined, 'query.malformed'],
    ['no credentials', { credentials: [] }, 'query.malformed'],
    ['a presentation exchange definition', { input_descriptors: [] }, 'query.malformed'],
    ['an id with a space', asked(undefined, { id: 'a b' }), 'query.malformed'],
    ['an empty path', asked([{ path: [] }]), 'query.malformed'],
    ['a path with a fraction', asked(path(0.5)), 'query.malformed'],
    ['a path with a negative index', asked(path(-1)), 'query.malformed'],
    ['no types', asked(undefined, { meta: {} }), 'query.malformed'],
    ['an empty list of types', asked(undefined, { meta: { vct_values: [] } }), 'query.malformed'],
    ['a claim set of unknown claims', asked(path('a'), { claim_sets: [['x']] }), 'query.malformed'],
    ['claim sets without claims', asked(undefined, { claim_sets: [['x']] }), 'query.malformed'],
    [
      'two claims of one id',
      asked(
        [
          { id: 'x', path: ['a'] },
          { id: 'x', path: ['b'] },
        ],
        { claim_sets: [['x']] },
      ),
      'query.malformed',
    ],
    [
      'two credentials of one id',
      { credentials: [0, 1].map(() => (asked(undefined) as { credentials: unknown[] }).credentials[0]) },
      'query.malformed',
    ],
    [
      'a set of unknown credentials',
      { ...(asked(undefined) as object), credential_sets: [{ options: [['z']] }] },
      'query.malformed',
    ],
    ['an mdoc', asked(undefined, { format: 'mso_mdoc', meta: { doctype_value: 'x' } }), 'query.unsupported'],
    ['the former format name', asked(undefined, { format: 'vc+sd-jwt' }), 'query.unsupported'],
    [
      'a W3C credential that is to prove possession',
      vcAsked([['Degree']], { require_cryptographic_holder_binding: undefined }),
      'query.unsupported',
    ],
    ['a W3C credential without types', vcAsked([]), 'query.malformed'],
    ['a W3C credential with an empty set of types', vcAsked([[]]), 'query.malformed'],
    [
      'a W3C credential as JSON-LD',
      asked(undefined, { format: 'ldp_vc', meta: { type_values: [['x']] } }),
      'query.unsupported',
    ],
    [
      'too many credentials',
      {
        credentials: Array.from({ length: 17 }, (_, i) => ({
          id: `c${i}`,
          format: 'dc+sd-jwt',
          meta: { vct_values: ['x'] },
        })),
      },
      'query.too-large',
    ],
    ['too many claims', asked(Array.from({ length: 65 }, () => ({ path: ['a'] }))), 'query.too-large'],
    ['too long a path', asked([{ path: Array<string>(17).fill('a') }]), 'query.too-large'],
    ['too much text', asked(path('a'.repeat(32_769))), 'query.too-large'],
    ['a text too long in a name', { ['a'.repeat(32_769)]: 1 }, 'query.too-large'],
    ['too many values', asked([{ path: ['a'], values: Array<number>(4096).fill(1) }]), 'query.too-large'],
    ['depth', deep, 'query.too-large'],
  ])('is refused for %s', (_, query, code) => {
    expect(() => parseQuery(query)).toThrow(expect.objectContaining({ code }));
  });

  it('may carry hints about issuers, which are not evidence', () => {
    const hints = [{ type: 'aki', values: ['AAAA'] }];
    expect(judgeQuery(asked(path('given_name'), { trusted_authorities: hints }), residence)).toEqual([]);
  });
});

describe('the library that reads queries', () => {
  it('asks neither clock nor chance, at import or at work', () => {
    const query = JSON.stringify(asked([{ path: ['given_name'], values: ['Ada'] }]));
    const program = `
      const forbid = (what) => () => { throw new Error(what); };
      Date.now = forbid('Date.now');
      // What it may do is ask whether a value is a Date.
      globalThis.Date = new Proxy(Date, { construct: forbid('Date'), apply: forbid('Date') });
      Math.random = forbid('Math.random');
      performance.now = forbid('performance');
      for (const name of ['setTimeout', 'setInterval', 'fetch']) globalThis[name] = forbid(name);
      const { z } = await import('zod');
      z.object({ credentials: z.array(z.looseObject({ id: z.string().regex(/^q/) })).min(1) }).safeParse(${query});
      process.stdout.write('done');`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    });
    expect({ stdout, stderr }).toEqual({ stdout: 'done', stderr: '' });
  });
});
