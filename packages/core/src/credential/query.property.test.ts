import { type DcqlCredential, DcqlQuery, runDcqlQuery } from 'dcql';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BOUND, makeCredential } from '../../test/sample-credential.ts';
import { parseCredential } from './parsed-credential.ts';
import { matchQuery, parseQuery } from './query.ts';

const member = fc.constantFrom('a', 'b', 'c');
const leaf = fc.constantFrom<unknown>('x', 'y', 1, true, null);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.dictionary(member, tie('tree'), { maxKeys: 3, noNullPrototype: true }),
    // Not empty: in an empty array the other implementation finds elements, against OpenID4VP section 7.1.1.
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
  ),
}));
const claims = fc.record({ a: tree, b: tree, c: tree }, { noNullPrototype: true });
const step = fc.oneof({ weight: 4, arbitrary: member }, { weight: 1, arbitrary: fc.constantFrom(null, 0, 1) });
const claim = fc.record(
  {
    path: fc.tuple(member, fc.array(step, { maxLength: 3 })).map(([first, rest]) => [first, ...rest]),
    values: fc.subarray(['x', 1, true], { minLength: 1 }),
  },
  { requiredKeys: ['path'], noNullPrototype: true },
);

describe('matching a query', () => {
  it('finds what another implementation finds, for presentations and for wallets', () => {
    fc.assert(
      fc.property(
        claims,
        fc.array(claim, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        (payload, wanted, presentation) => {
          const asked = {
            credentials: [{ id: 'q', format: 'dc+sd-jwt', meta: { vct_values: ['urn:x'] }, claims: wanted }],
          };
          const text = makeCredential({ payload: { ...payload, ...BOUND, vct: 'urn:x' }, keyBinding: {} });
          const parsed = parseCredential(text);
          if (!parsed.ok) throw new Error(parsed.detail);
          const theirs = runDcqlQuery(DcqlQuery.parse(asked as unknown as DcqlQuery.Input), {
            presentation,
            credentials: [
              {
                credential_format: 'dc+sd-jwt',
                vct: 'urn:x',
                claims: payload,
                cryptographic_holder_binding: true,
              } as DcqlCredential,
            ],
          });
          const ours = matchQuery(parseQuery(asked), [{ parsed }], presentation ? 'presented' : 'held');
          expect(ours.ok).toBe(theirs.can_be_satisfied);
          expect(ours.faults.length > 0).toBe(!ours.ok);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('takes for a query nothing that another implementation takes for none', () => {
    const good = {
      credentials: [
        {
          id: 'q',
          format: 'dc+sd-jwt',
          multiple: false,
          meta: { vct_values: ['urn:x'] },
          claims: [
            { id: 'a', path: ['a', 0, null], values: ['x', 1, true] },
            { id: 'b', path: ['b'] },
          ],
          claim_sets: [['a'], ['b']],
          trusted_authorities: [{ type: 'aki', values: ['AAAA'] }],
        },
      ],
      credential_sets: [{ options: [['q']], required: true }],
    };
    const taken = (read: () => unknown) => {
      try {
        read();
        return true;
      } catch {
        return false;
      }
    };
    let refused = 0;
    const { arbitrary, replaceAt } = places(good);
    fc.assert(
      fc.property(
        arbitrary,
        fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom('a b', -1, 0.5, [], {})),
        (place, by) => {
          const query = replaceAt(place, by);
          const theirs = taken(() => DcqlQuery.validate(DcqlQuery.parse(query as DcqlQuery.Input)));
          const ours = taken(() => parseQuery(query));
          if (!theirs) refused += 1;
          expect(ours && !theirs && !isHint(place)).toBe(false);
        },
      ),
      { numRuns: 600 },
    );
    expect([taken(() => parseQuery(good)), refused > 100]).toEqual([true, true]);
  });

  it('never is met by a credential of which less is shown, when it was not met by more', () => {
    fc.assert(
      fc.property(
        claims,
        fc.array(claim, { minLength: 1, maxLength: 3 }),
        fc.subarray(['a', 'b', 'c']),
        (payload, wanted, withheld) => {
          const query = parseQuery({
            credentials: [{ id: 'q', format: 'dc+sd-jwt', meta: { vct_values: ['urn:x'] }, claims: wanted }],
          });
          const answer = (less: object) => {
            const parsed = parseCredential(
              makeCredential({ payload: { ...payload, ...less, ...BOUND, vct: 'urn:x' }, keyBinding: {} }),
            );
            if (!parsed.ok) throw new Error(parsed.detail);
            return matchQuery(query, [{ parsed }]).ok;
          };
          const less = answer(Object.fromEntries(withheld.map((name) => [name, undefined])));
          expect(less && !answer({})).toBe(false);
        },
      ),
    );
  });
});

type Place = readonly (string | number)[];

/** Every place in a value, and the value with another thing there. */
function places(value: unknown) {
  const found: Place[] = [];
  const visit = (node: unknown, place: Place) => {
    if (place.length > 0) found.push(place);
    if (typeof node !== 'object' || node === null) return;
    for (const [name, member] of Object.entries(node))
      visit(member, [...place, Array.isArray(node) ? Number(name) : name]);
  };
  visit(value, []);
  const put = (node: unknown, [first, ...rest]: Place, by: unknown): unknown => {
    if (first === undefined) return by;
    const copy = (Array.isArray(node) ? [...node] : { ...(node as object) }) as Record<string | number, unknown>;
    copy[first] = put(copy[first], rest, by);
    return copy;
  };
  return { arbitrary: fc.constantFrom(...found), replaceAt: (place: Place, by: unknown) => put(value, place, by) };
}

/** Hints for wallets are not looked into: which trust frameworks there are is nothing to us. */
function isHint(place: Place): boolean {
  return place.includes('trusted_authorities');
}
