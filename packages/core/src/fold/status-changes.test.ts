import { describe, expect, test } from 'vitest';
import { buildLog, foldEntries, LIST_URI, type LogBuilder } from '../../test/log-builder.ts';
import { encodeIndices } from '../status/index-runs.ts';
import { sectionsOf } from './sections.ts';
import { MAX_STATEMENT_BYTES, parseStatement, type StatusChange } from './statement.ts';
import { changesOfRuns, runsOfChanges } from './status-changes.ts';

/** Every 31st place: as far apart as some thousands lie in a list. */
const places = (count: number) => Array.from({ length: count }, (_, i) => i * 31);

function carried(log: LogBuilder, runs: readonly object[], count: number, changes: readonly StatusChange[] = []) {
  const { digest } = log.decide('revoke', ['many'], { count });
  return log.statement({ type: 'status', v: 1, decisions: [digest], changes, runs });
}

function roomyLog(): LogBuilder {
  const plain = buildLog({ until: 'empty' });
  const powers = plain.rulebook.powers.map((grant) => ({ ...grant, maxTargets: 8192 }));
  return buildLog({ signatures: plain.signatures, rulebook: { ...plain.rulebook, powers } });
}

describe('many changes in one statement', () => {
  test('some thousands fit into an entry, and fold as each by itself would', () => {
    const log = roomyLog();
    const indices = places(4000);
    const changes = indices.map((index): StatusChange => ({ list: LIST_URI, index, value: 1 }));
    const entry = carried(log, runsOfChanges(changes), 4000);
    expect(entry.length).toBeLessThan(MAX_STATEMENT_BYTES);
    expect(log.append(entry).ok).toBe(true);
    expect(log.epoch().ok).toBe(true);
    const values = log.state.lists.get(LIST_URI)?.values;
    expect(values?.reduce((sum, value) => sum + value, 0)).toBe(4000);
    expect(indices.every((index) => values?.[index] === 1)).toBe(true);
    expect(log.state.changes.size).toBe(4000);
    expect(sectionsOf(foldEntries(log.entries, log.signatures))).toEqual(sectionsOf(log.state));
  });

  test('are counted, and refused whole where one is wrong', () => {
    const log = roomyLog();
    const run = (indices: readonly number[], list = LIST_URI) => ({ list, value: 1, indices: encodeIndices(indices) });
    expect(log.append(carried(log, [run([1, 2])], 3))).toMatchObject({ ok: false, why: 'counts-differ' });
    expect(log.append(carried(log, [run([1, 2]), run([2])], 3))).toMatchObject({ ok: false, why: 'counts-differ' });
    expect(log.append(carried(log, [run([1, 131_072])], 2))).toMatchObject({ why: 'index-out-of-range' });
    expect(log.append(carried(log, [{ ...run([1]), indices: 'AA' }], 1))).toMatchObject({ why: 'unparsed' });
    const once: StatusChange = { list: LIST_URI, index: 1, value: 1 };
    expect(log.append(carried(log, [run([1])], 2, [once]))).toMatchObject({ ok: false, why: 'counts-differ' });
    expect(log.append(carried(log, [run([2])], 2, [once])).ok).toBe(true);
  });

  test('say the same in runs as one by one, with their ends', () => {
    const changes: StatusChange[] = [
      { list: 'a', index: 3, value: 2, until: 9 },
      { list: 'a', index: 5, value: 2, until: 9 },
      { list: 'a', index: 4, value: 2, until: 8 },
      { list: 'b', index: 4, value: 0 },
    ];
    expect(runsOfChanges(changes)).toHaveLength(3);
    expect(changesOfRuns(runsOfChanges(changes))).toEqual(changes);
  });

  test('never more than the bound, however few bytes they take', () => {
    const all = encodeIndices(Array.from({ length: 8192 }, (_, i) => i));
    const run = (list: string, indices: string) => ({ list, value: 1 as const, indices });
    expect(changesOfRuns([run('a', all)])).toHaveLength(8192);
    expect(changesOfRuns([run('a', all), run('b', encodeIndices([1]))])).toBeUndefined();
    const log = roomyLog();
    const more = log.statement({ type: 'status', v: 1, decisions: ['d'.repeat(43)], changes: [], runs: [] });
    expect(parseStatement(more).ok).toBe(false);
  });
});
