import { describe, expect, test } from 'vitest';
import { buildLog, DAY_MS, foldEntries, type LogBuilder, meaningOf, START_MS } from '../../test/log-builder.ts';
import { testRecognition } from '../../test/two-networks.ts';
import { MAX_RECOGNITIONS } from '../trust/recognition.ts';
import { sectionsOf } from './sections.ts';

const nameOf = (index: number) => `${String(index).padStart(2, '0')}${'b'.repeat(41)}`;
const EMPTY = sectionsOf(buildLog().state).recognitions;

function recognised(log: LogBuilder, changes: Parameters<typeof testRecognition>[0] = {}) {
  return log.recognise(testRecognition(changes)).carried;
}

describe('a recognition of another network', () => {
  test('is committed to by every epoch, and means the same to a second fold', () => {
    const log = buildLog();
    expect(recognised(log).ok).toBe(true);
    expect(log.epoch().ok).toBe(true);
    const { network } = testRecognition();
    expect(log.state.recognitions.get(network)?.recognition.until).toBe(START_MS + 30 * DAY_MS);
    expect(sectionsOf(log.state).recognitions).not.toBe(EMPTY);
    expect(meaningOf(foldEntries(log.entries, log.signatures))).toEqual(meaningOf(log.state));
  });

  test('is replaced, and ended, by a later one about the same network', () => {
    const log = buildLog();
    recognised(log);
    const before = sectionsOf(log.state).recognitions;
    expect(recognised(log, { until: START_MS + 60 * DAY_MS }).ok).toBe(true);
    expect(sectionsOf(log.state).recognitions).not.toBe(before);
    // Whoever ends it need not think of a date.
    expect(recognised(log, { types: [], until: 0 }).ok).toBe(true);
    expect([...log.state.recognitions.values()]).toMatchObject([{ recognition: { types: [] } }]);
  });

  test('needs a decision of its own, with its power, about exactly this', () => {
    const log = buildLog();
    const statement = { type: 'recognition', v: 1, recognition: testRecognition() };
    const carry = (decision: string) => log.append(log.statement({ ...statement, decision }));
    expect(carry('d'.repeat(43))).toMatchObject({ ok: false, why: 'decision-missing' });
    const other = log.decide('amend', ['something'], { parameters: {} });
    expect(carry(other.digest)).toMatchObject({ ok: false, why: 'decision-power' });
    const unbound = log.decide('recognise', ['something'], { parameters: { recognition: 'x'.repeat(43) } });
    expect(carry(unbound.digest)).toMatchObject({ ok: false, why: 'decision-parameters' });
    const two = log.decide('recognise', ['one', 'two']);
    expect(carry(two.digest)).toMatchObject({ ok: false, why: 'counts-differ' });
    expect(log.recognise(testRecognition(), { officers: ['officer-a'] }).decision).toMatchObject({ why: 'quorum' });
    expect(log.state.recognitions.size).toBe(0);
    const byNetwork = log.statement({ ...statement, decision: 'd'.repeat(43) }, 'network');
    expect(log.append(byNetwork)).toMatchObject({ ok: false, why: 'unauthorised' });
  });

  test('is nothing that a rulebook without the power lets anybody decide', () => {
    const plain = buildLog();
    const powers = plain.rulebook.powers.filter(({ power }) => power !== 'recognise');
    const old = buildLog({ rulebook: { ...plain.rulebook, powers }, signatures: plain.signatures });
    expect(old.recognise(testRecognition()).decision).toMatchObject({ ok: false, why: 'decision-power' });
  });

  test('says nothing without an end', () => {
    const log = buildLog();
    const { until: _, ...endless } = testRecognition();
    const { digest } = log.decide('recognise', ['endless']);
    const statement = { type: 'recognition', v: 1, decision: digest, recognition: endless };
    expect(log.append(log.statement(statement))).toMatchObject({ why: 'unparsed' });
  });

  test('is refused of one more network than are followed at most, until another has ended', () => {
    const log = buildLog();
    for (let i = 0; i < MAX_RECOGNITIONS; i += 1) {
      expect(recognised(log, { network: nameOf(i), log: { origin: `log-${i}`, vkey: 'v' } }).ok).toBe(true);
      log.epoch();
    }
    const more = { network: nameOf(99), log: { origin: 'log-99', vkey: 'v' } };
    expect(recognised(log, more)).toMatchObject({ why: 'recognition-bounds' });
    expect(recognised(log, { network: nameOf(3), types: [], until: 0 }).ok).toBe(true);
    expect(recognised(log, more).ok).toBe(true);
  });
});
