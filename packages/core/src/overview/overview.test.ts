import { describe, expect, test } from 'vitest';
import type { Incident } from '../cases/incident.ts';
import type { Handoff } from '../program/handoff.ts';
import type { OverviewFacts, WitnessFact } from './facts.ts';
import { OVERVIEW_CODES, type OverviewCode } from './finding.ts';
import { MAX_FINDINGS, overviewOf, seenSince, wordsOfFinding } from './overview.ts';

const NOW = Date.UTC(2026, 10, 28, 9, 40, 0);
const MINUTE = 60_000;
const WELL: OverviewFacts = {
  tickMs: 5000,
  ...{ host: 'whoever runs this machine', origin: 'http://localhost:4600' },
  silent: [],
  parts: [{ part: 'issuer', owner: 'city', state: 'ready' }],
  database: { isAnswering: true },
  disk: { freeBytes: 2 ** 34, leastBytes: 2 ** 29 },
  log: { owner: 'network', state: 'running', size: 40, lastEpochAt: NOW - 2000, appendsWaiting: 0 },
  ledger: { owner: 'city', state: 'running' },
  ledgerHolds: true,
  witnesses: [{ name: 'w', saidAt: NOW - 2000, quorum: 1 }],
  frauds: [],
  verifiers: [
    { id: 'north', name: 'North', owner: 'ops-north', isAnswering: true, readAt: NOW - 2000 },
    { id: 'south', name: 'South', owner: 'ops-south', isAnswering: true, readAt: NOW - 7000 },
  ],
  checks: [{ verifier: 'north', check: 'registry', owner: 'registry.example', isOpen: false, waiting: 0 }],
  lists: [
    { list: '1', issuer: 'civic', owner: 'city', asOf: NOW - 9000, endsAt: NOW + 80_000_000, renewedWithinMs: 300_000 },
  ],
  unaccredited: [],
  backlogs: [],
  handoffs: [],
  outlets: [],
  keys: [],
  cases: [{ id: 'c1', class: 'wrongly-revoked', dueAt: NOW + MINUTE, owner: 'officer-c' }],
  incidents: [],
  logTime: NOW - 2000,
  isTooManual: false,
  disagreements: { compared: 4, unexplained: [] },
};
const [north, south] = WELL.verifiers;
if (north === undefined || south === undefined) throw new Error('there are two');
const transfer: Handoff = {
  ...{ what: 'transfer', of: 'relief', giver: 'city', receiver: 'south', owner: 'south' },
  ...{ count: 14, amount: 140_000n, since: NOW - MINUTE, next: 'confirmed' },
};
const settlement: Handoff = {
  ...{ what: 'settlement', of: 'post.relief.a1', giver: 'distributor', receiver: 'iso20022', owner: 'distributor' },
  ...{ count: 1, amount: 10_000n, since: NOW - MINUTE, next: 'looked-at' },
};
const outcome: Handoff = {
  ...{ what: 'event', of: 'hook', giver: 'north', receiver: 'https://shop.example', owner: 'north' },
  ...{ count: 3, since: NOW - MINUTE, next: 'taken' },
};
const incident: Incident = {
  ...{
    id: 'c1 review 9',
    case: 'c1',
    class: 'wrongly-revoked',
    stage: 'review',
    owner: 'officer-c',
    dueAt: NOW - MINUTE,
  },
  ...{ stage: 'review', owner: 'officer-c', dueAt: NOW - MINUTE },
  ...{ at: NOW - MINUTE, preliminaryDueAt: NOW + MINUTE, fullDueAt: NOW + 9 * MINUTE },
};
const behind = { ...south, readAt: NOW - MINUTE };
const log = { owner: 'network', state: 'running', size: 40, lastEpochAt: NOW - 2000, appendsWaiting: 0 } as const;
const witness = (changes: Partial<WitnessFact>): Partial<OverviewFacts> => ({
  witnesses: [{ name: 'w', saidAt: NOW - MINUTE, quorum: 1, ...changes }],
});

const look = (changes: Partial<OverviewFacts>) => overviewOf({ ...WELL, ...changes }, NOW);

const FAULTS: readonly (readonly [OverviewCode, Partial<OverviewFacts>, { part: string; owner: string }])[] = [
  ['log.fraud', { frauds: [{ heldBy: 'north', digest: 'd' }] }, { part: 'network', owner: 'network' }],
  ['log.stopped', { log: { ...log, state: 'stopped' } }, { part: 'network', owner: 'network' }],
  ['ledger.stopped', { ledger: { owner: 'city', state: 'halted' } }, { part: 'ledger', owner: 'city' }],
  ['ledger.not-zero', { ledgerHolds: false }, { part: 'ledger', owner: 'city' }],
  ['database.away', { database: { isAnswering: false } }, { part: 'database', owner: WELL.host }],
  ['disk.full', { disk: { freeBytes: 5, leastBytes: 6 } }, { part: 'disk', owner: WELL.host }],
  ['clock.jumped', { clock: { jumpedMs: -MINUTE, since: NOW, takenAt: NOW } }, { part: 'clock', owner: WELL.host }],
  ['log.waiting', { log: { ...log, state: 'waiting', appendsWaiting: 2 } }, { part: 'network', owner: 'network' }],
  ['log.silent', { log: { ...log, lastEpochAt: NOW - MINUTE }, verifiers: [] }, { part: 'network', owner: 'network' }],
  ['ledger.waiting', { ledger: { owner: 'city', state: 'waiting' } }, { part: 'ledger', owner: 'city' }],
  ['witness.contradicts', witness({ why: 'ahead' }), { part: 'w', owner: 'w' }],
  [
    'disagreement.unexplained',
    { disagreements: { compared: 4, unexplained: ['v1'] } },
    { part: 'verifiers', owner: WELL.host },
  ],
  [
    'verifier.contradicted',
    { verifiers: [{ ...behind, contradiction: 'feed.fork' }] },
    { part: 'south', owner: 'ops-south' },
  ],
  ['verifier.away', { verifiers: [north, { ...south, isAnswering: false }] }, { part: 'south', owner: 'ops-south' }],
  ['verifier.behind', { verifiers: [north, behind] }, { part: 'south', owner: 'ops-south' }],
  [
    'part.silent',
    { silent: [{ part: 'handoffs', owner: 'city', since: NOW - 9 }] },
    { part: 'handoffs', owner: 'city' },
  ],
  [
    'issuer.not-accredited',
    { unaccredited: [{ issuer: 'clinic', owner: 'clinic' }] },
    { part: 'clinic', owner: 'clinic' },
  ],
  [
    'part.not-ready',
    { parts: [{ part: 'issuer', owner: 'city', state: 'no list' }] },
    { part: 'issuer', owner: 'city' },
  ],
  [
    'key.ended',
    { keys: [{ part: 'north', owner: 'ops-north', party: 'north', use: 'verdict', signs: false }] },
    { part: 'north', owner: 'ops-north' },
  ],
  [
    'key.missing',
    { keys: [{ part: 'relief', owner: 'city', party: 'relief', use: 'statement', missing: 'kid', signs: true }] },
    { part: 'relief', owner: 'city' },
  ],
  [
    'list.ending',
    { lists: WELL.lists.map((list) => ({ ...list, asOf: NOW - 900_000 })) },
    { part: 'civic', owner: 'city' },
  ],
  [
    'backlog.late',
    { backlogs: [{ program: 'relief', owner: 'city', waiting: 3, since: NOW - 9 * MINUTE, promisedBy: NOW - MINUTE }] },
    { part: 'relief', owner: 'city' },
  ],
  ['handoff.overdue', { handoffs: [{ ...transfer, dueBy: NOW - 1000 }] }, { part: 'relief', owner: 'south' }],
  ['payment.refused', { handoffs: [settlement] }, { part: 'relief', owner: 'distributor' }],
  ['incident.late', { incidents: [{ ...incident, preliminaryDueAt: NOW - 9000 }] }, { part: 'c1', owner: 'officer-c' }],
  ['case.missed', { incidents: [incident] }, { part: 'c1', owner: 'officer-c' }],
  [
    'check.silent',
    { checks: WELL.checks.map((check) => ({ ...check, isOpen: true })) },
    { part: 'north/registry', owner: 'registry.example' },
  ],
  ['witness.away', witness({ why: 'witness.unreachable' }), { part: 'w', owner: 'w' }],
  [
    'webhook.away',
    { handoffs: [outcome] },
    { part: 'https://shop.example', owner: 'whoever runs https://shop.example' },
  ],
  [
    'outcome.undelivered',
    { handoffs: [{ ...outcome, next: 'sent-again' }] },
    { part: 'https://shop.example', owner: 'north' },
  ],
  [
    'feed.channel-away',
    { outlets: [{ part: 'south', outlet: 'channel', since: NOW - 9 }] },
    { part: 'nats', owner: 'whoever runs NATS' },
  ],
  [
    'telemetry.away',
    { outlets: [{ part: 'south', outlet: 'telemetry', since: NOW - 9 }] },
    { part: 'otlp', owner: 'whoever runs the OTLP receiver' },
  ],
  [
    'manual.too-much',
    { isTooManual: true, manual: { steward: 'steward', byHand: 3, all: 20 } },
    { part: 'rulebook', owner: 'steward' },
  ],
];

const alarm: Incident = {
  ...{ id: 'manual rate 7', class: 'manual-review', stage: 'reported', owner: 'steward', dueAt: NOW - MINUTE },
  ...{ at: NOW - MINUTE, preliminaryDueAt: NOW + MINUTE, fullDueAt: NOW + 9 * MINUTE },
};

describe('the overview', () => {
  test('an issuer that nobody has let in is told once, and not that it is not ready', () => {
    const parts = [{ part: 'issuer', owner: 'clinic', state: 'No status list can be used yet' }];
    const { findings } = look({ parts, unaccredited: [{ issuer: 'clinic', owner: 'clinic' }] });
    expect(findings.map(({ code }) => code)).toEqual(['issuer.not-accredited']);
  });

  test('that answers cannot be compared follows from a verifier that is away', () => {
    const silent = [{ part: 'comparison', owner: 'x', since: NOW - 9, needs: 'verifiers' }] as const;
    expect(look({ silent }).findings.map(({ code }) => code)).toEqual(['part.silent']);
    const verifiers = [north, { ...south, isAnswering: false }];
    expect(look({ silent, verifiers }).findings.map(({ code }) => code)).toEqual(['verifier.away']);
    expect(look({ silent, database: { isAnswering: false } }).findings.map(({ code }) => code)).toEqual([
      'database.away',
    ]);
  });

  test('tells of what is decided by hand once, as long as it is so and until it is accounted for', () => {
    const manual = { steward: 'steward', byHand: 3, all: 20 };
    expect(look({ isTooManual: true, manual }).sentence).toContain(
      '; 3 of 20 outcomes were decided by people; resolves',
    );
    const both = look({ isTooManual: true, manual, incidents: [alarm] });
    expect(both.findings.map(({ code }) => code)).toEqual(['manual.too-much']);
    expect(both.sentence).toContain(
      '; 3 of 20 outcomes were decided by people; its preliminary account is due by 2026',
    );
    expect(look({ manual, incidents: [alarm] }).sentence).toContain('it is so no longer; its preliminary account');
    expect(look({ manual, incidents: [{ ...alarm, closedAt: NOW }] }).findings).toEqual([]);
    const late = look({ incidents: [{ ...alarm, preliminaryDueAt: NOW - 9000 }] });
    expect(late.findings.map(({ code }) => code)).toEqual(['incident.late', 'manual.too-much']);
    expect(late.sentence).toContain('The preliminary account of the incident manual rate 7 has been late');
    const reported = look({ incidents: [{ ...alarm, id: 'breach' }] });
    expect(reported.sentence).toContain('The incident breach (manual-review) has been reported');
  });

  test('says that nothing is wrong only where something was read', () => {
    expect(look({})).toEqual({
      sentence: 'Nothing is wrong: 1 part ready, 2 verifiers reading, nothing overdue.',
      findings: [],
    });
    expect(look({ parts: [], verifiers: [] }).sentence).toBe('Nothing is known yet.');
  });

  test.each(FAULTS)(
    'names %s: the part, its owner, since when, what resolves it and the command',
    (code, changes, who) => {
      const { sentence, findings } = look(changes);
      expect(findings).toHaveLength(1);
      const [finding] = findings;
      expect(finding).toMatchObject({ code, ...who });
      expect(finding?.since).toBeLessThanOrEqual(NOW);
      expect(sentence).toMatch(/ since 2026-11-28 09:\d\d:\d\d UTC; .*resolves .*; owner: [^;]+\.$/);
      expect(finding?.command).toMatch(/^(npx holdfast |curl |df |timedatectl )/);
    },
  );

  test('every code of the list can be found, and the list is the order of badness', () => {
    expect(FAULTS.map(([code]) => code)).toEqual([...OVERVIEW_CODES]);
  });

  test('of two faults at once names the worse first, wherever it was looked for', () => {
    const singles = FAULTS.filter(([code]) => !['log.silent', 'ledger.not-zero', 'log.waiting'].includes(code));
    for (const [i, [worse, first]] of singles.entries()) {
      for (const [code, second] of singles.slice(i + 1)) {
        if (Object.keys(first).some((member) => member in second)) continue;
        const codes = look({ ...first, ...second }).findings.map((finding) => finding.code);
        expect(codes[0], `${worse} and ${code}`).toBe(worse);
      }
    }
  });

  test('says what waits for a verifier with the verifier, once', () => {
    const { sentence, findings } = look({ verifiers: [north, behind], handoffs: [{ ...transfer, dueBy: NOW - 1 }] });
    expect(findings).toHaveLength(1);
    expect(sentence).toBe(
      'South has read nothing new since 2026-11-28 09:39:00 UTC; 14 payments are reserved; resolves when it reads again; owner: ops-south.',
    );
  });

  test('does not tell beside a lost database that whatever stands on it is silent', () => {
    const silent = [
      { part: 'handoffs', owner: 'city', since: NOW, needs: 'database' },
      { part: 'south', owner: 'south', since: NOW },
    ] as const;
    const { findings } = look({
      database: { isAnswering: false },
      log: { ...log, state: 'waiting' },
      ledger: { owner: 'city', state: 'waiting' },
      silent,
    });
    expect(findings.map(({ code, part }) => [code, part])).toEqual([
      ['database.away', 'database'],
      ['part.silent', 'south'],
    ]);
    expect(findings[0]?.affected).toContain('handoffs');
  });

  test('takes what a store says of a full disk for that, and not for a log that waits', () => {
    const { findings } = look({ log: { ...log, state: 'waiting', why: 'database.full' } });
    expect(findings.map(({ code }) => code)).toEqual(['disk.full']);
  });

  test('does not blame a verifier that stopped because the log was proved to lie', () => {
    const { findings } = look({
      frauds: [{ heldBy: 'south', digest: 'd' }],
      verifiers: [north, { ...behind, contradiction: 'feed.fork' }],
    });
    expect(findings.map(({ code }) => code)).toEqual(['log.fraud']);
  });

  test('a log that stands still makes no verifier late', () => {
    const old = { readAt: NOW - 9 * MINUTE };
    const { findings } = look({
      log: { ...log, lastEpochAt: NOW - 9 * MINUTE },
      verifiers: [
        { ...north, ...old },
        { ...south, ...old },
      ],
    });
    expect(findings.map(({ code }) => code)).toEqual(['log.silent']);
  });

  test('of a log whose time is to come, because a clock ran ahead, says nothing that is not so', () => {
    const ahead = { ...log, lastEpochAt: NOW + 6 * MINUTE };
    const verifiers = [north, south].map((verifier) => ({ ...verifier, readAt: NOW + 6 * MINUTE }));
    expect(look({ log: ahead, verifiers }).findings).toEqual([]);
    expect(look({ log: { ...ahead, state: 'stopped' }, verifiers }).findings).toMatchObject([{ since: NOW }]);
  });

  test('remembers since when something is seen that does not say it itself, as long as it is seen', () => {
    const wrong = { ...WELL, database: { isAnswering: false } };
    const first = overviewOf(wrong, NOW);
    const later = overviewOf(wrong, NOW + 1000, seenSince(first));
    expect(later.findings[0]?.since).toBe(NOW);
    const healed = overviewOf(WELL, NOW + 2000, seenSince(later));
    expect(seenSince(healed).size).toBe(0);
  });

  test('tells at most so many, and always the worst', () => {
    const silent = Array.from({ length: 2 * MAX_FINDINGS }, (_, i) => ({ part: `p${i}`, owner: 'x', since: NOW }));
    const { findings } = look({ silent, frauds: [{ heldBy: 'north', digest: 'd' }] });
    expect([findings.length, findings[0]?.code]).toEqual([MAX_FINDINGS, 'log.fraud']);
  });

  test('a moment is said as its reader has it', () => {
    const [finding] = look({ database: { isAnswering: false } }).findings;
    if (finding === undefined) throw new Error('it is away');
    expect(wordsOfFinding(finding, () => 'noon')).toContain(' since noon;');
  });
});
