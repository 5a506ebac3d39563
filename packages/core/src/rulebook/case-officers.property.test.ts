import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changedRulebook } from '../../test/changed-rulebook.ts';
import { caseKinds } from './case-graph.ts';
import { judgesOf } from './case-officers.ts';
import { grantOf, type Rulebook, rulebookSchema } from './rulebook.ts';

const BASE = rulebookSchema.parse(changedRulebook('single-organisation', {}));
const ROLES = ['revoker', 'registrar', 'treasurer', 'steward', 'reviewer'];
const HOUSE = 'house';

type Officer = Rulebook['officers'][number];
const someOfficers = fc
  .array(
    fc.record({
      roles: fc.subarray(ROLES, { minLength: 1, maxLength: 3 }),
      of: fc.constantFrom(undefined, undefined, HOUSE),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((officers) =>
    officers.map(({ roles, of }, i): Officer => {
      const [key] = BASE.officers.slice(i).map((officer) => officer.key);
      if (key === undefined) throw new Error('there are keys enough');
      return { id: `officer-${i}`, roles, key, ...(of === undefined ? {} : { of }) };
    }),
  );

/** Every choice of different officers for these parts, as many of them as can be had: the fewest that are left of a pool. */
function fewestLeft(pool: readonly string[], parts: readonly (readonly string[])[], out: readonly string[]): number {
  const [part, ...rest] = parts;
  if (part === undefined) return pool.filter((id) => !out.includes(id)).length;
  const taken = part.filter((id) => !out.includes(id)).map((id) => fewestLeft(pool, rest, [...out, id]));
  return Math.min(fewestLeft(pool, rest, out), ...taken);
}

test('as few are left to judge as the worst choice of everybody who may have had a part leaves', () => {
  const { cases } = BASE;
  const kind = caseKinds(cases ?? expect.fail('it has cases')).find(({ remedy }) => remedy === 'reinstate');
  if (cases === undefined || kind === undefined) throw new Error('it has such cases');
  fc.assert(
    fc.property(someOfficers, (officers) => {
      const rulebook = { ...BASE, officers };
      for (const judges of judgesOf(rulebook, cases, kind)) {
        const impartial = officers.filter(({ of }) => of === undefined || of !== judges.house);
        const holders = (among: readonly Officer[], roles: readonly string[]) =>
          among.filter((officer) => officer.roles.some((role) => roles.includes(role))).map(({ id }) => id);
        const revoke = grantOf(rulebook, 'revoke') ?? expect.fail('it is granted');
        const decided = Array.from({ length: revoke.quorum }, () => holders(officers, revoke.roles));
        const before = [...decided, holders(impartial, ['revoker', 'steward'])];
        const pool = holders(impartial, ['reviewer']);
        expect(judges.reviewers).toBe(fewestLeft(pool, before, []));
        expect(judges.panel).toBe(fewestLeft(pool, [...before, pool, pool], []));
      }
    }),
  );
});
