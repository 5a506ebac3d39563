import { describe, expect, test } from 'vitest';
import { foldEntries, type LogBuilder } from '../../test/log-builder.ts';
import { intake, testProgram } from '../../test/test-program.ts';
import { buildRevisable, HOUR_MS, inForce, revisionAfter } from '../../test/test-revision.ts';
import { bindingDigest } from '../governance/decision.ts';
import { firstDigestOf, versionsFor } from '../program/versions.ts';
import { apply, createEpoch } from './fold.ts';
import { MAX_PROGRAM_VERSIONS } from './revisions.ts';
import { sectionsOf } from './sections.ts';
import { encodeSnapshot, parseSnapshot } from './snapshot.ts';
import { copyNetworkState } from './state.ts';
import { parseStatement } from './statement.ts';
import { restorePoint } from './trial.ts';

const CAP = { allocation: { mode: 'sealed', rule: 'equal-capped', cap: '200' } } as const;
const SURE = { assurance: 'high' } as const;
const recordOf = (log: LogBuilder) => log.state.programs.get('relief') ?? expect.fail('there is a program');
const announce = (log: LogBuilder, ...args: [changes: object, options?: object]) =>
  log.append(revisionAfter(log, ...args));

const long = (log: LogBuilder) =>
  testProgram(log, { window: { opensAt: log.state.time, closesAt: log.state.time + 1000 * HOUR_MS } });

describe('the next version of a program', () => {
  test('comes into force with the first epoch at its time, and the one before it stays known', () => {
    const log = buildRevisable();
    const { digest } = recordOf(log);
    const effectiveAt = log.state.time + 2 * HOUR_MS;
    expect(announce(log, CAP, { effectiveAt }).ok).toBe(true);
    expect(recordOf(log)).toMatchObject({ digest, revision: { effect: 'favourable', effectiveAt } });
    log.epoch(effectiveAt - 1);
    expect(recordOf(log).digest).toBe(digest);
    log.epoch(effectiveAt);
    const now = recordOf(log);
    expect(now).toMatchObject({ earlier: [{ digest, until: effectiveAt }], revised: { at: effectiveAt } });
    expect(now.revision).toBeUndefined();
    expect(now.program).toMatchObject(CAP);
    expect(firstDigestOf(now)).toBe(digest);
    expect(versionsFor(now, digest)?.map(({ program }) => program.allocation)).toEqual([
      testProgram(log).allocation,
      CAP.allocation,
    ]);
    expect(versionsFor(now, now.digest)).toEqual([{ program: now.program, digest: now.digest }]);
    expect(versionsFor(now, 'x'.repeat(43))).toBeUndefined();
  });

  test('waits longer where it may do harm to somebody who applies', () => {
    for (const [changes, hours] of [
      [CAP, 2],
      [SURE, 5],
      [{ ...CAP, ...SURE }, 5],
    ] as const) {
      const log = buildRevisable();
      const effectiveAt = log.state.time + hours * HOUR_MS;
      expect(announce(log, changes, { effectiveAt: effectiveAt - 1 })).toMatchObject({ why: 'notice' });
      expect(announce(log, changes, { effectiveAt }).ok).toBe(true);
    }
  });

  test('that arrives twice is announced once', () => {
    const log = buildRevisable();
    const statement = revisionAfter(log, CAP);
    expect(log.append(statement).ok).toBe(true);
    expect(log.append(statement)).toMatchObject({ why: 'decision-missing' });
    log.epoch();
    expect(announce(log, CAP)).toMatchObject({ why: 'revision-waits' });
    log.epoch(log.state.time + 6 * HOUR_MS);
    expect(announce(log, CAP)).toMatchObject({ why: 'revision-base' });
  });

  test('is of the version that officers compared it with, and of no other', () => {
    const log = buildRevisable();
    const { digest: replaces } = recordOf(log);
    announce(log, CAP);
    log.epoch(log.state.time + 6 * HOUR_MS);
    const title = { title: 'Relief' };
    expect(announce(log, title, { replaces })).toMatchObject({ why: 'revision-base' });
    expect(announce(log, title).ok).toBe(true);
  });

  test('can be taken back by the guardian until it is in force', () => {
    const log = buildRevisable();
    const { digest } = recordOf(log);
    announce(log, CAP);
    const { entry } = recordOf(log).revision ?? expect.fail('it waits');
    expect(log.cancel(entry + 1).carried).toMatchObject({ why: 'amendment-unknown' });
    expect(log.cancel(entry).carried.ok).toBe(true);
    log.epoch(log.state.time + 6 * HOUR_MS);
    expect(recordOf(log)).not.toHaveProperty('earlier');
    expect(recordOf(log).digest).toBe(digest);
    announce(log, CAP);
    const again = recordOf(log).revision?.entry ?? 0;
    log.epoch(log.state.time + 6 * HOUR_MS);
    expect(log.cancel(again).carried).toMatchObject({ why: 'amendment-unknown' });
  });

  test('is not approved under an older rulebook', () => {
    const log = buildRevisable(long);
    const amended = log.amend({ ...log.rulebook, title: 'Other' }, log.state.time + 168 * HOUR_MS);
    expect(amended.carried.ok).toBe(true);
    log.epoch(log.state.time + 168 * HOUR_MS);
    const digest = bindingDigest({ ...inForce(log), ...CAP });
    const parameters = { program: digest, replaces: recordOf(log).digest, effectiveAt: log.state.time + 5 * HOUR_MS };
    const asked = { parameters, rulebook: 0 };
    expect(log.decide('revise', [{ program: digest }], asked)).toMatchObject({ why: 'decision-rulebook' });
    expect(announce(log, CAP).ok).toBe(true);
  });

  test('takes the quorum of its own power: an organiser alone raises nothing', () => {
    const log = buildRevisable();
    expect(announce(log, CAP, { officers: ['officer-a'] })).toMatchObject({ why: 'decision-missing' });
    const statement = revisionAfter(log, CAP);
    const body = parseStatement(statement);
    if (!body.ok) return expect.fail('it is a statement');
    expect(log.append(log.statement(body.statement.body, 'distributor'))).toMatchObject({ why: 'unauthorised' });
    expect(announce(log, { budget: '2000' }, {}).ok).toBe(true);
  });

  test('comes before the window closes, or not at all', () => {
    const log = buildRevisable();
    const { closesAt } = inForce(log).window;
    expect(announce(log, CAP, { effectiveAt: closesAt })).toMatchObject({ why: 'revision-late' });
    log.epoch(closesAt);
    expect(announce(log, CAP)).toMatchObject({ why: 'revision-late' });
    log.append(intake(log));
    expect(announce(log, CAP, { effectiveAt: closesAt - 1 })).toMatchObject({ why: 'revision-late' });
  });

  test('is in force before the intake, however late the epoch comes', () => {
    const log = buildRevisable();
    const { closesAt } = inForce(log).window;
    announce(log, CAP, { effectiveAt: closesAt - 1 });
    expect(log.append(intake(log))).toMatchObject({ why: 'program-window' });
    log.epoch(closesAt);
    expect(log.append(intake(log)).ok).toBe(true);
    expect(recordOf(log).program).toMatchObject(CAP);
  });

  test('that could only be made before anybody applied lapses where no epoch came in time', () => {
    const later = (log: LogBuilder) => {
      const opensAt = log.state.time + 10 * HOUR_MS;
      return testProgram(log, { window: { opensAt, closesAt: opensAt + 24 * HOUR_MS } });
    };
    for (const [afterMs, budget] of [
      [0, '900'],
      [11 * HOUR_MS, '1000'],
    ] as const) {
      const log = buildRevisable(later);
      const effectiveAt = log.state.time + 6 * HOUR_MS;
      expect(announce(log, { budget: '900', reserveMax: '1000' }, { effectiveAt }).ok).toBe(true);
      log.epoch(effectiveAt + afterMs);
      expect([recordOf(log).program.budget, recordOf(log).revision]).toEqual([budget, undefined]);
    }
  });

  test('comes a bounded number of times', () => {
    const log = buildRevisable(long);
    for (let version = 2; version <= MAX_PROGRAM_VERSIONS; version += 1) {
      expect(announce(log, { title: `Relief ${version}` }).ok).toBe(true);
      log.epoch(log.state.time + 6 * HOUR_MS);
    }
    expect(announce(log, { title: 'Another' })).toMatchObject({ why: 'revision-bounds' });
  });
});

describe('while it waits', () => {
  test('a snapshot carries it, and goes on as the log does', () => {
    const log = buildRevisable();
    announce(log, SURE);
    log.epoch();
    const bytes = encodeSnapshot(log.state, { epoch: log.entries.at(-1) ?? '', checkpoint: 'a note' });
    const { state } = parseSnapshot(bytes ?? new Uint8Array());
    expect(state.programs).toEqual(log.state.programs);
    const size = log.entries.length;
    log.epoch(log.state.time + 6 * HOUR_MS);
    announce(log, CAP);
    log.epoch(log.state.time + 6 * HOUR_MS);
    for (const entry of log.entries.slice(size)) {
      const parse = parseStatement(entry);
      apply(state, parse, [true, true, true]);
    }
    expect(recordOf(log).earlier).toHaveLength(2);
    expect(state.programs).toEqual(log.state.programs);
    expect(foldEntries(log.entries, log.signatures).programs).toEqual(log.state.programs);
    const later = encodeSnapshot(log.state, { epoch: log.entries.at(-1) ?? '', checkpoint: 'a note' });
    expect(parseSnapshot(later ?? new Uint8Array()).state.programs).toEqual(log.state.programs);
  });

  test('every epoch commits to it, and a wrong epoch leaves no trace', () => {
    const log = buildRevisable();
    const before = sectionsOf(log.state).programs;
    announce(log, SURE);
    const waiting = sectionsOf(log.state).programs;
    expect(waiting).not.toBe(before);
    const time = log.state.time + 6 * HOUR_MS;
    const epoch = createEpoch(log.state, time);
    expect(epoch.sections.programs).not.toBe(waiting);
    const kept = recordOf(log);
    const wrong = { ...epoch, sections: { ...epoch.sections, programs: waiting } };
    expect(log.append(log.statement(wrong, 'network'))).toMatchObject({ why: 'epoch-sections' });
    expect(recordOf(log)).toBe(kept);
  });

  test('what is tried is taken back, announcement and cancellation alike', () => {
    const log = buildRevisable();
    for (const entry of [() => revisionAfter(log, SURE), () => cancellation(log)]) {
      const parse = parseStatement(entry());
      const kept = copyNetworkState(log.state);
      const restore = restorePoint(log.state, [parse]);
      expect(apply(log.state, parse, [true, true, true]).ok).toBe(true);
      expect(log.state.programs).not.toEqual(kept.programs);
      restore();
      expect(log.state.programs).toEqual(kept.programs);
      apply(log.state, parse, [true, true, true]);
    }
  });
});

function cancellation(log: LogBuilder): string {
  const amendment = recordOf(log).revision?.entry ?? 0;
  const { digest } = log.decide('cancel', [{ program: 'announced' }], { parameters: { amendment } });
  return log.statement({ type: 'cancellation', v: 1, decision: digest, amendment });
}
