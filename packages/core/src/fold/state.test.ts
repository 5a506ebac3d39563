import { expect, test } from 'vitest';
import { buildLog, DAY_MS, foldEntry, LIST_URI, meaningOf } from '../../test/log-builder.ts';
import { buildProgram } from '../../test/test-program.ts';
import { sectionsOf } from './sections.ts';
import { copyNetworkState, setStatus } from './state.ts';

function fullLog() {
  const log = buildLog();
  buildProgram(log, 'released');
  log.suspend([{ list: LIST_URI, index: 2 }], log.state.time + DAY_MS);
  log.amend({ ...log.rulebook, title: 'B' }, log.state.time + 9 * DAY_MS);
  log.append('garbage');
  log.epoch();
  return log;
}

test('a copy says the same, and shares nothing that can change', () => {
  const { state } = fullLog();
  const copy = copyNetworkState(state);
  expect(copy).toEqual(state);
  expect(sectionsOf(copy)).toEqual(sectionsOf(state));
  // A position and a rulebook are put in the place of the one before; whatever else is an object is changed in place.
  const replaced = ['position', 'rulebook'];
  const shared = Object.entries(state).filter(
    ([name, value]) =>
      typeof value === 'object' && !replaced.includes(name) && copy[name as keyof typeof copy] === value,
  );
  expect(shared).toEqual([]);
  for (const [id, list] of state.lists) {
    expect(copy.lists.get(id)).not.toBe(list);
    expect(copy.lists.get(id)?.values).not.toBe(list.values);
    expect(copy.lists.get(id)?.packed).not.toBe(list.packed);
  }
});

test('what is folded into one of them the other does not see', () => {
  const log = fullLog();
  const copy = copyNetworkState(log.state);
  const before = structuredClone([meaningOf(copy), sectionsOf(copy), copy.tree]);
  const from = log.entries.length;
  log.revoke([{ list: LIST_URI, index: 4 }]);
  log.epoch(log.state.time + 10 * DAY_MS);
  expect([meaningOf(copy), sectionsOf(copy), copy.tree]).toEqual(before);
  for (const entry of log.entries.slice(from)) foldEntry(copy, entry, log.signatures);
  expect(meaningOf(copy)).toEqual(meaningOf(log.state));
  expect(sectionsOf(copy)).toEqual(sectionsOf(log.state));
});

test('a status is set in both forms of a list, and its digest is made anew', () => {
  const { state } = fullLog();
  const list = state.lists.get(LIST_URI) ?? expect.fail('the log opens a list');
  const [before, packed] = [sectionsOf(state).lists, list.packed?.slice()];
  setStatus(list, 7, 1);
  expect(list.values[7]).toBe(1);
  expect(list.packed).not.toEqual(packed);
  expect(sectionsOf(state).lists).not.toBe(before);
  setStatus(list, 7, 0);
  expect(sectionsOf(state).lists).toBe(before);
});
