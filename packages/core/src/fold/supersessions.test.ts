import { describe, expect, test } from 'vitest';
import { buildLog, DAY_MS, foldEntries, LIST_URI, meaningOf } from '../../test/log-builder.ts';
import { promisedRulebook } from '../../test/promised-rules.ts';
import { createIdealSignatures } from '../../test/test-keys.ts';
import { sectionsOf } from './sections.ts';
import { encodeSnapshot, parseSnapshot } from './snapshot.ts';
import { changeKey } from './state.ts';

const target = (index: number) => ({ list: LIST_URI, index });

function valueAt(log: ReturnType<typeof buildLog>, index: number): number | undefined {
  return log.state.lists.get(LIST_URI)?.values[index];
}

describe('an issuer that replaces credentials', () => {
  test('ends the old ones by its own statement, without a decision', () => {
    const log = buildLog();
    const applied = log.supersede([7, 9]);
    expect(applied.ok).toBe(true);
    expect([7, 8, 9].map((index) => valueAt(log, index))).toEqual([3, 0, 3]);
    expect(log.state.changes.get(changeKey(LIST_URI, 7))).toEqual({ entry: applied.index, decisions: [] });
    expect(log.epoch().ok).toBe(true);
    expect(meaningOf(foldEntries(log.entries, log.signatures))).toEqual(meaningOf(log.state));
  });

  test('may do so only so often a day, however it splits them, and again on the next day of the log', () => {
    const log = buildLog();
    expect(log.supersede([1, 2]).ok).toBe(true);
    expect(log.supersede([3, 4])).toMatchObject({ ok: false, why: 'supersession-bounds' });
    expect(log.supersede([3]).ok).toBe(true);
    expect(log.supersede([4])).toMatchObject({ ok: false, why: 'supersession-bounds' });
    expect(valueAt(log, 4)).toBe(0);
    log.epoch(log.state.time + DAY_MS);
    expect(log.supersede([4]).ok).toBe(true);
  });

  test('a revocation wins, whichever of the two comes first', () => {
    const log = buildLog();
    log.revoke([target(1)]);
    expect(log.supersede([1])).toMatchObject({ ok: false, why: 'already-final' });
    log.supersede([2]);
    expect(log.revoke([target(2)]).carried.ok).toBe(true);
    expect([valueAt(log, 1), valueAt(log, 2)]).toEqual([1, 1]);
  });

  test('what a suspension has stopped is not replaced behind its back', () => {
    const log = buildLog();
    log.suspend([target(1)], log.state.time + DAY_MS);
    expect(log.supersede([1])).toMatchObject({ ok: false, why: 'supersession-held' });
    log.epoch(log.state.time + DAY_MS);
    expect(log.supersede([1]).ok).toBe(true);
  });

  test('how much of the day is used up stands in the epoch and survives a snapshot', () => {
    const log = buildLog();
    const before = sectionsOf(log.state).suspensions;
    log.supersede([1, 2, 3]);
    expect(sectionsOf(log.state).suspensions).not.toBe(before);
    log.epoch();
    const bytes = encodeSnapshot(log.state, { epoch: log.entries.at(-1) ?? '', checkpoint: '' });
    const { state } = parseSnapshot(bytes ?? new Uint8Array());
    expect(state.supersessions).toEqual(log.state.supersessions);
    expect(state.lists.get(LIST_URI)?.values.slice(0, 4)).toEqual(Uint8Array.of(0, 3, 3, 3));
  });
});

describe('revocations that come late', () => {
  const signatures = createIdealSignatures();
  const rulebook = promisedRulebook(signatures);
  const lateBy = (log: ReturnType<typeof buildLog>, ms: number) => ({ received: log.state.time - 3_600_000 - ms });

  test('stand against the issuer, by the entry that carried them out, and in the epoch', () => {
    const log = buildLog({ signatures, rulebook });
    const before = sectionsOf(log.state).incidents;
    log.revoke([target(1)], lateBy(log, 0));
    expect(log.state.late.size).toBe(0);
    expect(sectionsOf(log.state).incidents).toBe(before);
    const { carried } = log.revoke([target(2), target(3)], lateBy(log, 1));
    expect([...log.state.late]).toEqual([
      ['https://civic.example', [{ entry: carried.index, at: log.state.time, count: 2 }]],
    ]);
    expect(sectionsOf(log.state).incidents).not.toBe(before);
    log.epoch();
    const bytes = encodeSnapshot(log.state, { epoch: log.entries.at(-1) ?? '', checkpoint: '' });
    expect(parseSnapshot(bytes ?? new Uint8Array()).state.late).toEqual(log.state.late);
  });

  test('carried out together with others count only as far as it is certain whose they were', () => {
    const log = buildLog({ signatures, rulebook });
    const late = log.decide('revoke', [target(1), target(2)], lateBy(log, 1));
    const inTime = log.decide('revoke', [target(3)]);
    const { index } = log.status(
      [late.digest, inTime.digest],
      [1, 2, 3].map((i) => ({ ...target(i), value: 1 as const })),
    );
    expect(log.state.late.get('https://civic.example')).toEqual([{ entry: index, at: log.state.time, count: 2 }]);
  });

  test('are counted nowhere while the rulebook promises nothing', () => {
    const log = buildLog();
    log.revoke([target(1)], { received: 0 });
    expect(log.state.late.size).toBe(0);
  });

  test('of more than are kept the oldest are forgotten', () => {
    const log = buildLog({ signatures, rulebook });
    for (let i = 0; i < 66; i += 1) {
      log.revoke([target(i)], lateBy(log, 1));
      log.epoch();
    }
    const late = log.state.late.get('https://civic.example') ?? [];
    expect(late).toHaveLength(64);
    expect(late.reduce((sum, { count }) => sum + count, 0)).toBe(64);
  });
});
