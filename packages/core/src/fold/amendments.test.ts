import { describe, expect, test } from 'vitest';
import { buildLog, DAY_MS, foldEntries, LIST_URI, type LogBuilder, testRulebook } from '../../test/log-builder.ts';
import { createIdealSignatures } from '../../test/test-keys.ts';
import { decisionDigest } from '../governance/decision.ts';
import type { Grant, Rulebook } from '../rulebook/rulebook.ts';
import { sectionsOf } from './sections.ts';
import { encodeSnapshot, parseSnapshot } from './snapshot.ts';

const signatures = createIdealSignatures();

function rules(changes: Partial<Rulebook['notice']> = {}, grants: Partial<Grant> = {}): Rulebook {
  const rulebook = testRulebook(signatures);
  const [grant = expect.fail('granted')] = rulebook.powers;
  const powers = rulebook.powers.map((one) => (one.power === 'revoke' ? { ...one, ...grants } : one));
  return {
    ...rulebook,
    powers: [...powers, { ...grant, power: 'cancel', quorum: 1 }],
    notice: { amendMs: 7 * DAY_MS, emergencyMs: 10 * DAY_MS, ...changes },
  };
}

const newLog = (rulebook = rules()) => buildLog({ signatures, rulebook });
const inForce = (log: LogBuilder) => log.state.rulebook?.body ?? expect.fail('it is founded');
const longer = (rulebook: Rulebook, days: number, title = 'Tighter'): Rulebook => ({
  ...rulebook,
  title,
  notice: { ...rulebook.notice, amendMs: days * DAY_MS },
});

/** Every follower that folds the log from its entries, or goes on from a snapshot of now, says the same. */
function expectSame(log: LogBuilder): void {
  expect(sectionsOf(foldEntries(log.entries, signatures))).toEqual(sectionsOf(log.state));
  const bytes = encodeSnapshot(log.state, { epoch: log.entries.at(-1) ?? '', checkpoint: 'note' });
  const taken = parseSnapshot(bytes ?? expect.fail('it is short')).state;
  expect([taken.emergency, taken.scheduled, taken.rulebook]).toEqual([
    log.state.emergency,
    log.state.scheduled,
    log.state.rulebook,
  ]);
}

describe('an emergency amendment', () => {
  test('is in force with the next epoch, and lapses by itself to what it stood in for', () => {
    const log = newLog();
    const lapsesAt = log.state.time + 10 * DAY_MS;
    const { carried } = log.tighten(longer(inForce(log), 9), lapsesAt);
    expect(carried.ok).toBe(true);
    expect(log.state.rulebook?.index).toBe(0);
    log.epoch();
    expect(log.state.rulebook?.index).toBe(carried.index);
    expect(log.state.emergency).toMatchObject({ index: carried.index, lapsesAt, base: { index: 0 } });
    expectSame(log);
    log.epoch(lapsesAt - 1);
    expect(inForce(log).title).toBe('Tighter');
    log.epoch(lapsesAt);
    expect([inForce(log).title, log.state.rulebook?.index, log.state.emergency]).toEqual([
      'Test network',
      0,
      undefined,
    ]);
    expectSame(log);
  });

  test('stays when a decision under notice confirms it in time, and not when that comes too late', () => {
    for (const [days, title] of [
      [8, 'Tighter'],
      [11, 'Test network'],
    ] as const) {
      const log = newLog(rules({ amendMs: 5 * DAY_MS }));
      const lapsesAt = log.state.time + 10 * DAY_MS;
      const emergency = longer(inForce(log), 7);
      log.tighten(emergency, lapsesAt);
      log.epoch();
      const confirmed = log.amend(emergency, log.state.time + days * DAY_MS);
      expect(confirmed.carried.ok).toBe(true);
      log.epoch(lapsesAt);
      expect(inForce(log).title).toBe(title);
      expect(log.state.emergency).toBeUndefined();
    }
  });

  test('gives way to no amendment that was announced before it: that waits behind it', () => {
    const log = newLog();
    const announcedAt = log.state.time + 7 * DAY_MS;
    const before = log.amend({ ...inForce(log), title: 'Announced' }, announcedAt);
    const lapsesAt = log.state.time + 9 * DAY_MS;
    log.tighten(longer(inForce(log), 9), lapsesAt);
    log.epoch();
    log.epoch(announcedAt);
    expect(inForce(log).title).toBe('Tighter');
    expectSame(log);
    log.epoch(lapsesAt);
    expect([inForce(log).title, log.state.rulebook?.index]).toEqual(['Announced', before.carried.index]);
  });

  test('and its lapse and a later rulebook may all fall due with one epoch', () => {
    const log = newLog(rules({ amendMs: DAY_MS }));
    const start = log.state.time;
    log.tighten(longer(inForce(log), 2), start + 2 * DAY_MS);
    log.epoch();
    const later = log.amend({ ...inForce(log), title: 'Later' }, start + 3 * DAY_MS);
    expect(later.carried.ok).toBe(true);
    log.epoch(start + 4 * DAY_MS);
    expect([inForce(log).title, log.state.emergency]).toEqual(['Later', undefined]);
    expectSame(log);
  });

  test('another one only makes it tighter, and ends no later', () => {
    const log = newLog();
    const lapsesAt = log.state.time + 3 * DAY_MS;
    log.tighten(longer(inForce(log), 9), lapsesAt);
    log.epoch();
    expect(log.tighten(longer(inForce(log), 8), lapsesAt).carried).toMatchObject({ ok: false, why: 'looser' });
    expect(log.tighten(longer(inForce(log), 10), lapsesAt + 1).carried).toMatchObject({ ok: false, why: 'notice' });
    expect(log.tighten(longer(inForce(log), 10, 'Tightest'), lapsesAt - 1).carried.ok).toBe(true);
    log.epoch();
    expect([inForce(log).title, log.state.emergency?.base.index]).toEqual(['Tightest', 0]);
    log.epoch(lapsesAt - 1);
    expect(inForce(log).title).toBe('Test network');
  });
});

describe('what only tightens', () => {
  test('waits for its own notice where the rulebook has one, and what loosens for the whole', () => {
    const log = newLog(rules({ tightenMs: DAY_MS }));
    const [soon, late] = [DAY_MS, 7 * DAY_MS].map((ms) => log.state.time + ms);
    expect(log.amend(longer(inForce(log), 9), (soon ?? 0) - 1).carried).toMatchObject({ why: 'notice' });
    expect(log.amend(longer(inForce(log), 9), soon ?? 0).carried.ok).toBe(true);
    expect(log.amend(longer(inForce(log), 6), (late ?? 0) - 1).carried).toMatchObject({ why: 'notice' });
    expect(log.amend(longer(inForce(log), 6), late ?? 0).carried.ok).toBe(true);
  });

  test('takes effect with the next epoch where its notice is none', () => {
    const log = newLog(rules({ tightenMs: 0 }));
    log.amend(longer(inForce(log), 9), log.state.time);
    log.epoch();
    expect(inForce(log).title).toBe('Tighter');
    expect(log.state.emergency).toBeUndefined();
    expect(log.amend(longer(inForce(log), 8), log.state.time).carried).toMatchObject({ why: 'notice' });
  });
});

describe('the guardian', () => {
  test('takes back what was announced, alone, and it never comes into force', () => {
    const log = newLog();
    const effectiveAt = log.state.time + 7 * DAY_MS;
    const { carried } = log.amend(longer(inForce(log), 1, 'Looser'), effectiveAt);
    log.epoch();
    expect(log.cancel(carried.index, { officers: ['officer-a'] }).carried.ok).toBe(true);
    log.epoch(effectiveAt);
    expect([inForce(log).title, log.state.scheduled]).toEqual(['Test network', []]);
    expect(log.cancel(carried.index, { officers: ['officer-a'] }).carried).toMatchObject({ why: 'amendment-unknown' });
    log.epoch();
    expectSame(log);
  });
});

describe('a decision to revoke that was signed before the rules changed', () => {
  const revoking = (log: LogBuilder) => {
    const terms = log.terms('revoke', [{ list: LIST_URI, index: 7 }], { expiry: log.state.time + 2 * DAY_MS });
    return { terms, entry: log.decision(terms, ['officer-a', 'officer-b']) };
  };
  const change = (log: LogBuilder, changes: (grant: Grant) => Grant) => {
    const powers = inForce(log).powers.map((grant) => (grant.power === 'revoke' ? changes(grant) : grant));
    log.amend({ ...inForce(log), powers }, log.state.time + DAY_MS);
  };

  test('counts under the new ones where they say so, and as much as they ask', () => {
    const log = newLog(rules({ amendMs: DAY_MS }, { outlivesAmendments: true }));
    change(log, (grant) => ({ ...grant, maxTargets: 50 }));
    const { terms, entry } = revoking(log);
    log.epoch(log.state.time + DAY_MS);
    expect(log.append(entry)).toMatchObject({ ok: true });
    expect(log.status([decisionDigest(terms)], [{ list: LIST_URI, index: 7, value: 1 }]).ok).toBe(true);
  });

  test('is to be signed again where they do not, or where they ask for more', () => {
    const plain = newLog(rules({ amendMs: DAY_MS }));
    change(plain, (grant) => ({ ...grant, maxTargets: 50 }));
    const first = revoking(plain);
    plain.epoch(plain.state.time + DAY_MS);
    expect(plain.append(first.entry)).toMatchObject({ ok: false, why: 'decision-rulebook' });
    const more = newLog(rules({ amendMs: DAY_MS }, { outlivesAmendments: true }));
    change(more, (grant) => ({ ...grant, quorum: 3 }));
    const second = revoking(more);
    more.epoch(more.state.time + DAY_MS);
    expect(more.append(second.entry)).toMatchObject({ ok: false, why: 'quorum' });
  });

  test('never counts under rules that are to come, nor does any other power outlive its own', () => {
    const log = newLog(rules({ amendMs: DAY_MS }, { outlivesAmendments: true }));
    const ahead = log.terms('revoke', [{ list: LIST_URI, index: 7 }], { rulebook: 9 });
    expect(log.append(log.decision(ahead, ['officer-a', 'officer-b']))).toMatchObject({ why: 'decision-rulebook' });
    const powers = inForce(log).powers.map((grant) => ({ ...grant, outlivesAmendments: true as const }));
    log.amend({ ...inForce(log), powers }, log.state.time + DAY_MS);
    log.epoch(log.state.time + DAY_MS);
    const lift = log.terms('lift', [{ list: LIST_URI, index: 7 }], { rulebook: 0 });
    expect(log.append(log.decision(lift, ['officer-a', 'officer-b']))).toMatchObject({ why: 'decision-rulebook' });
  });
});
