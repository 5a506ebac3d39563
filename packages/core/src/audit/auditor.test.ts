import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { audit, brokenBy } from '../../test/audited-log.ts';
import { buildLog, civicParty, DAY_MS, LIST_URI, type LogBuilder, START_MS } from '../../test/log-builder.ts';
import { logSteps, runStep } from '../../test/log-steps.ts';
import { createIdealSignatures } from '../../test/test-keys.ts';
import {
  buildProgram,
  draw,
  exceptionAfter,
  intake,
  programAfter,
  RETRY,
  seal,
  testProgram,
} from '../../test/test-program.ts';
import { encodeBase64url } from '../encoding/text.ts';
import { createEpoch } from '../fold/fold.ts';
import { changeKey } from '../fold/state.ts';
import { parseStatement } from '../fold/statement.ts';
import { bindingDigest, decisionDigest, eraseLeaves, type SaltedLeaf, saltedRoot } from '../governance/decision.ts';
import { AUDIT_RULES } from './audit-rules.ts';

const one = [{ list: LIST_URI, index: 7 }];

const status = (log: LogBuilder, decisions: readonly string[], changes: readonly object[]) =>
  log.statement({ type: 'status', v: 1, decisions, changes });
const revoked = { list: LIST_URI, index: 7, value: 1 };
const decided = (
  log: LogBuilder,
  options: Parameters<LogBuilder['terms']>[2] = {},
  officers = ['officer-a', 'officer-b'],
) => log.decision(log.terms('revoke', one, options), officers);

function amendment(log: LogBuilder, changes: object, effectiveAt: number): string {
  const body = { ...log.rulebook, ...changes };
  const parameters = { rulebook: bindingDigest(body), effectiveAt };
  const { digest } = log.decide('amend', [{ rulebook: 1 }], { parameters });
  return log.statement({ type: 'rulebook', v: 1, decision: digest, body, effectiveAt });
}

describe('an auditor', () => {
  test('finds nothing in a log in which every power was rightly used', () => {
    const log = buildLog();
    log.revoke(one);
    log.suspend([{ list: LIST_URI, index: 8 }], log.state.time + DAY_MS);
    log.epoch();
    log.lift([{ list: LIST_URI, index: 8 }]);
    log.suspend([{ list: LIST_URI, index: 9 }], log.state.time + 4000);
    log.epoch();
    log.epoch();
    log.amend({ ...log.rulebook, title: 'Other' }, log.state.time + 8 * DAY_MS);
    log.epoch();
    buildProgram(log, 'drawable');
    log.append(draw(log));
    log.append(exceptionAfter(log, RETRY));
    log.epoch(log.state.time + 9 * DAY_MS);
    const report = audit(log);
    expect(report.broken).toEqual([]);
    expect(report.refused).toEqual([]);
    expect(report.decisions).toBeGreaterThan(7);
    expect(log.state.rulebook?.body.title).toBe('Other');
  });

  test('agrees with the fold about whatever a log contains', () => {
    fc.assert(
      fc.property(logSteps, (path) => {
        const log = buildLog();
        for (const next of path) runStep(log, next);
        const report = audit(log);
        expect(report.broken).toEqual([]);
        expect(report.refused.length).toBe([...log.state.refused.values()].reduce((sum, count) => sum + count, 0));
      }),
      { numRuns: 40 },
    );
  });

  test.each<[what: string, rule: string, entry: (log: LogBuilder) => string]>([
    ['a decision with one approval of two', 'decision', (log) => decided(log, {}, ['officer-a'])],
    ['an approval counted twice', 'decision', (log) => decided(log, {}, ['officer-a', 'officer-a'])],
    ['an officer without the role', 'decision', (log) => decided(log, {}, ['officer-a', 'officer-c'])],
    ['the governor for an officer', 'decision', (log) => decided(log, {}, ['officer-a', 'governor'])],
    ["tomorrow's rulebook", 'decision', (log) => decided(log, { rulebook: 99 })],
    ['an expired decision', 'decision', (log) => decided(log, { expiry: log.state.time })],
    ['approvals that count for years', 'decision', (log) => decided(log, { expiry: log.state.time + 900 * DAY_MS })],
    ['a class of another power', 'decision', (log) => decided(log, { class: 'because' })],
    ['more targets than the power reaches', 'decision', (log) => decided(log, { count: 101 })],
    ['another network’s decision', 'decision', (log) => decided(log, { genesis: 'a'.repeat(43) })],
    [
      'a decision made a second time',
      'decision',
      (log) => {
        log.revoke([{ list: LIST_URI, index: 1 }], { id: 'again' });
        log.epoch();
        return log.entries.at(-3) ?? '';
      },
    ],
    ['a status without its decision', 'carrying', (log) => status(log, ['a'.repeat(43)], [revoked])],
    [
      'a decision carried out an epoch later',
      'carrying',
      (log) => {
        const { digest } = log.decide('revoke', one);
        log.epoch();
        return status(log, [digest], [revoked]);
      },
    ],
    [
      'a decision carried out twice',
      'carrying',
      (log) => {
        const { digest } = log.revoke(one);
        return status(log, [digest], [{ ...revoked, index: 8 }]);
      },
    ],
    [
      'a power that does something else',
      'carrying',
      (log) => status(log, [log.decide('accredit', one).digest], [{ ...revoked }]),
    ],
    [
      'a party that was not the approved one',
      'carrying',
      (log) => {
        const party = civicParty(log.signatures);
        const parameters = { party: bindingDigest(party) };
        const { digest } = log.decide('accredit', [{ party: party.id }], { parameters });
        return log.statement({ type: 'party', v: 1, decision: digest, party: { ...party, name: 'Another' } });
      },
    ],
    [
      'more changes than targets',
      'status',
      (log) => status(log, [log.decide('revoke', one).digest], [revoked, { ...revoked, index: 8 }]),
    ],
    [
      'a revocation taken back',
      'status',
      (log) => {
        log.revoke(one);
        log.epoch();
        return status(log, [log.decide('lift', one).digest], [{ ...revoked, value: 0 }]);
      },
    ],
    [
      'a suspension without an end',
      'status',
      (log) => status(log, [log.decide('suspend', one).digest], [{ ...revoked, value: 2 }]),
    ],
    [
      'a suspension for a year',
      'status',
      (log) => {
        const until = log.state.time + 365 * DAY_MS;
        const { digest } = log.decide('suspend', one, { parameters: { until } });
        return status(log, [digest], [{ ...revoked, value: 2, until }]);
      },
    ],
    [
      'one officer who suspends the same again and again',
      'status',
      (log) => {
        const powers = log.rulebook.powers.map((grant) =>
          grant.power === 'suspend' ? { ...grant, againAfterMs: DAY_MS } : grant,
        );
        const effectiveAt = log.state.time + 7 * DAY_MS;
        log.amend({ ...log.rulebook, powers }, effectiveAt);
        log.epoch(effectiveAt);
        const officers = ['officer-a'];
        const until = log.state.time + DAY_MS;
        log.suspend(one, until, { officers });
        const { digest } = log.decide('suspend', one, { id: 'again', parameters: { until }, officers });
        return status(log, [digest], [{ ...revoked, value: 2, until }]);
      },
    ],
    ['a loosening without notice', 'amendment', (log) => amendment(log, { title: 'Now' }, log.state.time + 1)],
    [
      'a governor who names another governor',
      'amendment',
      (log) =>
        amendment(
          log,
          { keys: { ...log.rulebook.keys, governor: log.signatures.key('thief').jwk } },
          log.state.time + 30 * DAY_MS,
        ),
    ],
    [
      'an epoch that the governor signed',
      'signer',
      (log) => log.statement(createEpoch(log.state, log.state.time + 1), 'governor'),
    ],
    [
      'an admin key for a governor',
      'signer',
      (log) => log.statement({ type: 'program', v: 1, decision: 'a'.repeat(43), program: testProgram(log) }, 'admin'),
    ],
    [
      'a list of nobody’s',
      'signer',
      (log) =>
        log.statement(
          {
            ...{ type: 'list', v: 1, list: 'https://x.example/1', issuer: 'https://x.example', bits: 2 },
            ...{ size: 131_072, key: log.signatures.key('civic credential').kid },
          },
          'civic statement',
        ),
    ],
    [
      'a program that was there',
      'program',
      (log) => {
        buildProgram(log, 'released');
        return programAfter(log, testProgram(log));
      },
    ],
    [
      'an intake while the window is open',
      'program',
      (log) => {
        buildProgram(log, 'released');
        return intake(log);
      },
    ],
    [
      'a seal at another position',
      'program',
      (log) => {
        buildProgram(log, 'judged');
        return seal(log, { position: 1 });
      },
    ],
    [
      'a draw beyond the budget',
      'program',
      (log) => {
        buildProgram(log, 'drawable');
        return draw(log, { allocated: { root: 'r'.repeat(43), count: 1, total: '1001' } });
      },
    ],
    [
      'time that goes back',
      'epoch',
      (log) => log.statement({ ...createEpoch(log.state, log.state.time + 1), time: START_MS }, 'network'),
    ],
  ])('says so of %s, whatever the fold makes of it', (_, rule, entry) => {
    const log = buildLog();
    expect(brokenBy(log, entry(log))).toContain(rule);
  });

  test('is not satisfied by a fold that lets a suspension go on, or takes a rulebook for its own', () => {
    const log = buildLog();
    log.suspend(one, log.state.time + 4000);
    log.epoch(log.state.time + 1000);
    const state = log.state;
    const parse = parseStatement(log.statement(createEpoch(state, state.time + DAY_MS), 'network'));
    if (!parse.ok) throw new Error('an epoch parses');
    const entry = {
      index: 0,
      statement: parse.statement,
      results: [true],
      decisions: new Map(),
      openingsOf: () => undefined,
    };
    const [rule] = AUDIT_RULES.filter(({ name }) => name === 'epoch');
    const judge = rule?.look(entry, state);
    expect(state.suspensions.has(changeKey(LIST_URI, 7))).toBe(true);
    state.rulebook = { index: 3, body: log.rulebook };
    const details = judge?.({ ok: true, index: 0 }, state).map(({ grade, detail }) => `${grade}: ${detail}`);
    expect(details).toEqual([
      `broken: The suspension of place 7 of ${LIST_URI} had lapsed.`,
      'broken: Rulebook #3 came into force without having been announced for this time.',
      `sign: No epoch came for ${DAY_MS} ms; one is due every 5000 ms.`,
    ]);
  });

  test('lists what the fold refused, and what was decided and never done', () => {
    const log = buildLog();
    log.decide('revoke', one, { officers: ['officer-a'] });
    log.decide('revoke', one);
    log.append('nothing of ours');
    log.epoch();
    const { signs, refused, broken, counts } = audit(log);
    expect(broken).toEqual([]);
    expect(refused.map(({ why, type }) => [why, type])).toEqual([
      ['quorum', 'decision'],
      ['unparsed', 'none'],
    ]);
    expect(signs.map(({ rule, detail }) => [rule, detail])).toEqual([
      ['epoch', expect.stringMatching(/^Decision #\d+ \(revoke\) was carried out by nothing/)],
    ]);
    expect(counts).toEqual({ broken: 0, signs: 1, refused: 2 });
  });

  test('counts everything, and keeps a thousand of each to show', () => {
    const log = buildLog();
    for (let i = 0; i < 1003; i += 1) log.append(`nothing ${i}`);
    const { refused, counts } = audit(log);
    expect([refused.length, counts.refused]).toEqual([1000, 1003]);
  });
});

describe('an auditor who was given openings', () => {
  const leaf = (kind: SaltedLeaf['kind'], value: unknown, n: number): SaltedLeaf => ({
    salt: encodeBase64url(new Uint8Array(16).fill(n)),
    kind,
    value,
  });

  /** A revocation of place 7 whose reasons and evidence were sealed, and its openings. */
  function sealed() {
    const log = buildLog({ signatures: createIdealSignatures() });
    const openings = {
      targets: [leaf('target', { list: LIST_URI, index: 7 }, 1)],
      reasons: [leaf('reason', 'moved away', 2)],
      evidence: [leaf('evidence', { class: 'register', digest: 'd'.repeat(43) }, 3)],
    };
    const terms = {
      ...log.terms('revoke', one, {
        parameters: { reasons: saltedRoot(openings.reasons), evidence: saltedRoot(openings.evidence) },
      }),
      targets: { root: saltedRoot(openings.targets), count: 1 },
    };
    log.append(log.decision(terms, ['officer-a', 'officer-b']));
    return { log, openings, digest: decisionDigest(terms) };
  }

  test('finds that targets, reasons and evidence are those that were approved', () => {
    const { log, openings, digest } = sealed();
    log.status([digest], [{ list: LIST_URI, index: 7, value: 1 }]);
    log.epoch();
    const report = audit(log, { openingsOf: (asked) => (asked === digest ? openings : undefined) });
    expect(report.broken).toEqual([]);
    expect(report.opened).toBe(1);
  });

  test('says so when somebody else was revoked than the officers decided about', () => {
    const { log, openings, digest } = sealed();
    log.status([digest], [{ list: LIST_URI, index: 8, value: 1 }]);
    log.epoch();
    expect(audit(log).broken).toEqual([]);
    const { broken } = audit(log, { openingsOf: (asked) => (asked === digest ? openings : undefined) });
    expect(broken.map(({ rule }) => rule)).toEqual(['openings']);
    expect(broken[0]?.detail).toContain('other places');
  });

  test('says that something was erased since, and still holds the rest to what was approved', () => {
    const { log, openings, digest } = sealed();
    log.status([digest], [{ list: LIST_URI, index: 7, value: 1 }]);
    log.epoch();
    const targets = eraseLeaves('target', openings.targets, [], () => true);
    const reasons = eraseLeaves('reason', openings.reasons, targets.erased, () => true);
    const left = { ...openings, targets: [], reasons: [], erased: reasons.erased };
    const report = audit(log, { openingsOf: (asked) => (asked === digest ? left : undefined) });
    expect(report.broken).toEqual([]);
    expect([report.opened, report.erased]).toEqual([1, 1]);
    // Whoever says that something else was erased is found out by the root that officers signed.
    const lied = { ...left, erased: left.erased.map((one) => ({ ...one, leaf: encodeBase64url(new Uint8Array(32)) })) };
    expect(audit(log, { openingsOf: (asked) => (asked === digest ? lied : undefined) }).broken).toHaveLength(2);
    const added = { ...left, targets: openings.targets };
    expect(audit(log, { openingsOf: (asked) => (asked === digest ? added : undefined) }).broken.length).toBeGreaterThan(
      0,
    );
  });

  test.each([
    ['targets', { targets: [leaf('target', { list: LIST_URI, index: 9 }, 1)] }],
    ['reasons', { reasons: [leaf('reason', 'disliked', 2)] }],
    ['evidence', { evidence: [] }],
    ['a leaf of another kind', { reasons: [leaf('evidence', 'moved away', 2)] }],
    ['a salt that can be guessed', { reasons: [{ ...leaf('reason', 'moved away', 2), salt: 'aaaa' }] }],
  ])('says so when %s were changed afterwards', (_, changes) => {
    const { log, openings, digest } = sealed();
    const opened = { ...openings, ...changes };
    const { broken } = audit(log, { openingsOf: (asked) => (asked === digest ? opened : undefined) });
    expect(broken.map(({ rule }) => rule)).toEqual(['openings']);
  });
});
