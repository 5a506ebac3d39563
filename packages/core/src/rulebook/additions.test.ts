import { describe, expect, test } from 'vitest';
import { changedRulebook } from '../../test/changed-rulebook.ts';
import { buildLog, DAY_MS, type LogBuilder } from '../../test/log-builder.ts';
import { createIdealSignatures } from '../../test/test-keys.ts';
import { bindingDigest, decisionDigest } from '../governance/decision.ts';
import { checkAdditions, withAdditions } from './additions.ts';
import { checkRulebook } from './check-rulebook.ts';
import { compareRulebooks } from './compare-rulebooks.ts';
import { type Rulebook, rulebookSchema } from './rulebook.ts';

const TEMPLATES = ['single-organisation', 'consortium'] as const;
/** Rules as they were before roles filed by themselves, and before anybody could trace. */
const EARLIER = {
  'cases.manual.class': null,
  'cases.manual.payments': null,
  'cases.reasons.manual-review': null,
  'classes.manual-review': null,
  'classes.matter-traced': null,
  'powers.suspend.againAfterMs': null,
  'powers.unseal': null,
  'powers.release.classes': ['program-approved', 'payment-corrected', 'wrongly-refused'],
};
const rulebookOf = (of: string, changes: object): Rulebook =>
  rulebookSchema.parse(changedRulebook(of, { ...changes } as Record<string, unknown>));
const codes = (rulebook: Rulebook) => checkAdditions(rulebook).map(({ code }) => code);

describe.each(TEMPLATES)('what a rulebook like %s lacks', (of) => {
  test('is nothing where it says all of it', () => {
    const whole = rulebookOf(of, {});
    expect([codes(whole), withAdditions(whole)]).toEqual([[], whole]);
  });

  test('is told, and added so that nothing else is wrong and nothing is lacking any more', () => {
    const earlier = rulebookOf(of, EARLIER);
    expect(codes(earlier)).toEqual(['suspend.again', 'manual.no-reason', 'manual.no-payments', 'power.no-tracing']);
    const whole = rulebookSchema.parse(withAdditions(earlier));
    expect(compareRulebooks(rulebookOf(of, {}), whole).filter(({ effect }) => effect !== 'neutral')).toEqual([]);
    expect(checkRulebook(whole)).toEqual(checkRulebook(rulebookOf(of, {})));
  });

  test('can be announced by the officers that there are, and is in force after its notice', () => {
    const signatures = createIdealSignatures();
    const { cases, classes, powers, ...rest } = rulebookOf(of, EARLIER);
    const key = (id: string) => signatures.key(id).jwk;
    const officers = rest.officers.map((officer, i) => ({ ...officer, key: key(`officer-${'abcdef'[i] ?? i}`) }));
    const founded = {
      ...rest,
      cases,
      classes,
      powers,
      officers,
      keys: { network: key('network'), governor: key('governor') },
    };
    const log = buildLog({ signatures, rulebook: rulebookSchema.parse(founded), until: 'genesis' });
    log.epoch();
    const now = log.state.rulebook?.body ?? expect.fail('it is founded');
    const whole = withAdditions(now);
    const waits = compareRulebooks(now, whole).filter(({ effect }) => effect === 'looser');
    expect(waits.map(({ path }) => path)).toContain('powers.unseal');
    const amendMs = whole.notice.amendMs;
    expect(announce(log, whole, log.state.time + DAY_MS)).toBe(false);
    expect(announce(log, whole, log.state.time + amendMs + DAY_MS)).toBe(true);
    log.epoch(log.state.time + amendMs + 2 * DAY_MS);
    expect(log.state.rulebook?.body).toEqual(whole);
  });
});

test('a rulebook without complaints lacks those, and nothing beside them', () => {
  expect(codes(rulebookOf('consortium', { cases: null }))).toEqual([]);
});

function announce(log: LogBuilder, body: Rulebook, effectiveAt: number): boolean {
  const grant = body.powers.find(({ power }) => power === 'amend');
  const rulebook = bindingDigest(body);
  const terms = {
    ...log.terms('amend', [{ rulebook }], { parameters: { rulebook, effectiveAt } }),
    class: grant?.classes[0] ?? '',
  };
  const may = body.officers.map(({ roles }, i) => [roles, `officer-${'abcdef'[i] ?? i}`] as const);
  const signers = may.filter(([roles]) => roles.some((role) => grant?.roles.includes(role))).map(([, name]) => name);
  const statement = { type: 'rulebook', v: 1, decision: decisionDigest(terms), body, effectiveAt };
  log.append(log.decision(terms, signers));
  return log.append(log.statement(statement)).ok;
}
