import { describe, expect, test } from 'vitest';
import {
  buildLog,
  DAY_MS,
  foldEntries,
  foldEntry,
  LIST_URI,
  type LogBuilder,
  meaningOf,
  testRulebook,
} from '../../test/log-builder.ts';
import { createIdealSignatures } from '../../test/test-keys.ts';
import { encodeSnapshot, parseSnapshot } from './snapshot.ts';
import { parseStatement } from './statement.ts';
import { restorePoint } from './trial.ts';

const REST_DAYS = 30;
const target = (index: number) => ({ list: LIST_URI, index });

/** Two officers hold the power, each alone, and nobody does it twice within a month. */
function restingLog(): LogBuilder {
  const signatures = createIdealSignatures();
  const rulebook = testRulebook(signatures);
  const powers = rulebook.powers.map((grant) =>
    grant.power === 'suspend' ? { ...grant, againAfterMs: REST_DAYS * DAY_MS } : grant,
  );
  return buildLog({ signatures, rulebook: { ...rulebook, powers } });
}

function suspend(log: LogBuilder, index: number, ...officers: string[]): string {
  const { carried } = log.suspend([target(index)], log.state.time + DAY_MS, { officers });
  return carried.ok ? 'yes' : carried.why;
}

const pass = (log: LogBuilder, days: number) => void log.epoch(log.state.time + days * DAY_MS);

describe('where officers may not suspend the same again by themselves', () => {
  test('whoever did it does not make it longer, nor do it anew when it has lapsed', () => {
    const log = restingLog();
    expect(suspend(log, 7, 'officer-a')).toBe('yes');
    expect(suspend(log, 7, 'officer-a')).toBe('suspended-before');
    pass(log, 1);
    expect(log.state.suspensions.size).toBe(0);
    expect(suspend(log, 7, 'officer-a')).toBe('suspended-before');
    expect(suspend(log, 8, 'officer-a')).toBe('yes');
  });

  test('nor when others have lifted it', () => {
    const log = restingLog();
    suspend(log, 7, 'officer-a');
    log.epoch();
    log.lift([target(7)]);
    expect(suspend(log, 7, 'officer-a')).toBe('suspended-before');
    log.epoch();
    expect(suspend(log, 7, 'officer-a')).toBe('suspended-before');
  });

  test('somebody else may, once: then all who have are known', () => {
    const log = restingLog();
    suspend(log, 7, 'officer-a');
    pass(log, 1);
    expect(suspend(log, 7, 'officer-b')).toBe('yes');
    pass(log, 1);
    for (const officers of [['officer-a'], ['officer-b'], ['officer-a', 'officer-b']]) {
      expect(suspend(log, 7, ...officers)).toBe('suspended-before');
    }
  });

  test('after the stated time it is as if they never had, to the millisecond, and nothing of it is kept', () => {
    const log = restingLog();
    suspend(log, 7, 'officer-a');
    pass(log, 1);
    const endedAt = log.state.time;
    log.epoch(endedAt + REST_DAYS * DAY_MS - 1);
    expect(suspend(log, 7, 'officer-a')).toBe('suspended-before');
    log.epoch(endedAt + REST_DAYS * DAY_MS);
    expect(log.state.docket.suspenders.size).toBe(0);
    expect(suspend(log, 7, 'officer-a')).toBe('yes');
  });

  test('nobody lends a colleague to a decision that is carried out beside another', () => {
    const log = restingLog();
    suspend(log, 7, 'officer-a');
    pass(log, 1);
    const parameters = { until: log.state.time + DAY_MS };
    const own = log.decide('suspend', [target(7)], { id: 'own', parameters, officers: ['officer-a'] });
    const other = log.decide('suspend', [target(8)], { id: 'other', parameters, officers: ['officer-b'] });
    const changes = [7, 8].map((index) => ({ ...target(index), value: 2 as const, until: parameters.until }));
    expect(log.status([own.digest, other.digest], changes)).toMatchObject({ ok: false, why: 'suspended-before' });
  });

  test('whoever begins from a snapshot knows as well who may not, and until when', () => {
    const log = restingLog();
    suspend(log, 7, 'officer-a');
    pass(log, 1);
    const bytes = encodeSnapshot(log.state, { epoch: log.entries.at(-1) ?? '', checkpoint: 'note' });
    const { state } = parseSnapshot(bytes ?? expect.fail('it is not that long'));
    expect(state.docket.suspenders).toEqual(log.state.docket.suspenders);
    expect([...state.docket.suspenders.values()]).toMatchObject([{ officers: ['officer-a'], endedAt: log.state.time }]);
    const read = log.entries.length;
    expect(suspend(log, 7, 'officer-a')).toBe('suspended-before');
    const applied = log.entries.slice(read).map((entry) => foldEntry(state, entry, log.signatures));
    expect(applied).toMatchObject([{ ok: true }, { ok: false, why: 'suspended-before' }]);
  });

  test('everybody who folds the log holds the same, and what was only tried leaves no trace', () => {
    const log = restingLog();
    suspend(log, 7, 'officer-a');
    pass(log, 1);
    expect(meaningOf(foldEntries(log.entries, log.signatures))).toEqual(meaningOf(log.state));
    const until = log.state.time + DAY_MS;
    const { digest } = log.decide('suspend', [target(7)], { parameters: { until }, officers: ['officer-b'] });
    const tried = log.statement({
      type: 'status',
      v: 1,
      decisions: [digest],
      changes: [{ ...target(7), value: 2, until }],
    });
    const back = restorePoint(log.state, [parseStatement(tried)]);
    const meant = meaningOf(log.state);
    log.append(tried);
    expect(log.state.docket.suspenders.values().next().value?.endedAt).toBeUndefined();
    back();
    expect(meaningOf(log.state)).toEqual(meant);
  });
});

test('without that rule nothing of it is kept', () => {
  const log = buildLog();
  expect(suspend(log, 7, 'officer-a')).toBe('yes');
  expect(suspend(log, 7, 'officer-a')).toBe('yes');
  expect(log.state.docket.suspenders.size).toBe(0);
});
