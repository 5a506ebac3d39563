import { describe, expect, test } from 'vitest';
import { buildLog, LIST_URI, START_MS } from '../../test/log-builder.ts';
import { describeEach, describeEntries, describeEntry } from './entry-lines.ts';

describe('the entries of a log', () => {
  test('are said newest first, in words, with the number of each', () => {
    const log = buildLog();
    log.revoke([{ list: LIST_URI, index: 7 }]);
    const lines = describeEntries([], 0, log.entries, log.rulebook);
    expect(lines.map(({ last }) => last)).toEqual(lines.map(({ last }) => last).toSorted((a, b) => b - a));
    const said = lines.map(({ words }) => words);
    expect(said).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^1 credential is revoked$/),
        expect.stringMatching(/^Two officers decide to revoke: /),
        expect.stringMatching(/is recorded as an issuer$/),
        expect.stringMatching(/opens a status list for [\d,]+ credentials$/),
        expect.stringMatching(/^The network is founded: /),
      ]),
    );
  });

  test('that are ticks with nothing between them are one line', () => {
    const log = buildLog();
    const before = log.entries.length;
    for (let i = 0; i < 3; i += 1) log.epoch();
    const [newest] = describeEntries([], 0, log.entries, log.rulebook);
    expect(newest).toMatchObject({
      first: before - 1,
      last: before + 2,
      words: '4 ticks with nothing new between them',
    });
  });

  test('have no time until an epoch has confirmed them, and then its time, not a later one', () => {
    const log = buildLog({ until: 'genesis' });
    const waiting = describeEntries([], 0, log.entries, log.rulebook);
    expect(waiting[0]).not.toHaveProperty('time');
    log.epoch(START_MS);
    log.epoch(START_MS + 5000);
    const lines = describeEntries(waiting, 1, log.entries.slice(1), log.rulebook);
    expect(lines.map(({ time }) => time)).toEqual([START_MS + 5000, START_MS]);
  });

  test('read in any pieces are the same lines', () => {
    const log = buildLog();
    log.revoke([{ list: LIST_URI, index: 7 }]);
    for (let i = 0; i < 3; i += 1) log.epoch();
    const whole = describeEntries([], 0, log.entries, log.rulebook);
    for (let cut = 0; cut <= log.entries.length; cut += 1) {
      const first = describeEntries([], 0, log.entries.slice(0, cut), log.rulebook);
      expect(describeEntries(first, cut, log.entries.slice(cut), log.rulebook)).toEqual(whole);
    }
  });

  test('one by one have the time of the epoch that followed each, and none before there is one', () => {
    const log = buildLog();
    const before = log.entries.length;
    log.revoke([{ list: LIST_URI, index: 7 }]);
    log.epoch(START_MS + 60_000);
    log.epoch(START_MS + 65_000);
    log.revoke([{ list: LIST_URI, index: 8 }]);
    const lines = describeEach(before, log.entries.slice(before), log.rulebook);
    expect(lines.map(({ kind }) => kind)).toEqual(['status', 'decision', 'epoch', 'epoch', 'status', 'decision']);
    const times = [undefined, undefined, START_MS + 65_000, START_MS + 60_000, START_MS + 60_000, START_MS + 60_000];
    expect(lines.map(({ time }) => time)).toEqual(times);
  });

  test('that are not statements are said to change nothing', () => {
    expect(describeEntry(3, '<script>', undefined)).toMatchObject({ kind: 'unreadable', first: 3, last: 3 });
  });
});
