import { describe, expect, test } from 'vitest';
import { buildLog, civicParty, DAY_MS, LIST_URI, type LogBuilder } from '../../../core/test/log-builder.ts';
import { promisedRulebook } from '../../../core/test/promised-rules.ts';
import { createIdealSignatures } from '../../../core/test/test-keys.ts';
import { createIssuerRecordReader } from './issuer-records.ts';

const CIVIC = 'https://civic.example';
const HOUR_MS = 3_600_000;
const target = (index: number) => ({ list: LIST_URI, index });

function promisingLog(): LogBuilder {
  const signatures = createIdealSignatures();
  return buildLog({ signatures, rulebook: promisedRulebook(signatures) });
}

function readerOf(log: LogBuilder, entries: () => readonly string[] = () => log.entries) {
  const asked: number[] = [];
  const reader = createIssuerRecordReader(
    {
      readSize: async () => entries().length,
      readEntries: async (from, to) => {
        asked.push(from);
        return entries().slice(from, to);
      },
    },
    { verify: async (checks) => checks.map(log.signatures.verify) },
  );
  return { ...reader, asked };
}

describe('the public record of an issuer', () => {
  test('counts revocations by reason, how long they took, and those that came late', async () => {
    const log = promisingLog();
    const received = log.state.time;
    log.epoch(received + HOUR_MS - 5000);
    log.revoke([target(1)], { received });
    log.epoch();
    log.revoke([target(2), target(3)], { received: received - 1 });
    log.epoch();
    const { record } = await readerOf(log).read(CIVIC);
    const [row] = record?.promptness ?? [];
    expect(row).toMatchObject({ class: 'residence-ended', deadlineMs: HOUR_MS, revoked: 3, late: 2 });
    expect(row?.slowest.toEffectMs).toBe(5000);
    expect(record).toMatchObject({ missedDeadlines: 2, now: { revoked: 3, suspended: 0, superseded: 0 } });
    expect(record?.days.reduce((sum, { revoked }) => sum + revoked, 0)).toBe(3);
  });

  test('tells what was suspended, lifted and replaced, and what lists say now', async () => {
    const log = promisingLog();
    log.suspend([target(1), target(2)], log.state.time + DAY_MS);
    log.epoch();
    log.lift([target(1)]);
    log.supersede([4, 5]);
    log.epoch();
    const { record } = await readerOf(log).read(CIVIC);
    expect(record).toMatchObject({ suspensions: 2, lifted: 1, now: { revoked: 0, suspended: 1, superseded: 2 } });
    expect(record?.lists).toEqual({ count: 1, places: 131_072 });
  });

  test('has every change of keys, accreditations and practice statements, with its entry', async () => {
    const log = promisingLog();
    const party = civicParty(log.signatures);
    const practices = [{ uri: 'https://civic.example/practice/2', version: '2', digest: 'p'.repeat(43), from: 0 }];
    const { carried } = log.accredit({ ...party, practices, accreditations: [] });
    log.epoch();
    const { record } = await readerOf(log).read(CIVIC);
    expect(record?.keys.map(({ what }) => what)).toEqual(['added', 'added']);
    expect(record?.accreditations.map(({ what, subject }) => [what, subject])).toEqual([
      ['added', 'residence (high, from 0)'],
      ['ended', 'residence (high, from 0)'],
    ]);
    expect(record?.practices).toEqual([
      {
        ...{ entry: carried.index, at: log.state.time, what: 'added' },
        ...{ subject: '2 https://civic.example/practice/2', terms: { digest: 'p'.repeat(43), from: 0 } },
      },
    ]);
    expect(record && 'accreditedSince' in record).toBe(false);
  });

  test('does not count what the fold refused', async () => {
    const log = promisingLog();
    log.revoke([target(1)], { officers: ['officer-a'], received: 0 });
    log.epoch();
    const { record } = await readerOf(log).read(CIVIC);
    expect(record).toMatchObject({ promptness: [], now: { revoked: 0 } });
  });

  test('reads on where it stood, and as of the last epoch only', async () => {
    const log = promisingLog();
    const reader = readerOf(log);
    await reader.read(CIVIC);
    const from = log.entries.length;
    log.revoke([target(1)]);
    expect((await reader.read(CIVIC)).record?.now.revoked).toBe(0);
    log.epoch();
    const { record, asOf } = await reader.read(CIVIC);
    expect([record?.now.revoked, asOf.size]).toEqual([1, log.entries.length]);
    expect(reader.asked.filter((entry) => entry < from)).toEqual([0]);
    const again = await readerOf(log).read(CIVIC);
    expect(again.record).toEqual(record);
  });

  test('is nobody’s for an id that the network does not list', async () => {
    const log = promisingLog();
    const { record, issuers } = await readerOf(log).read('officer-a');
    expect([record, issuers]).toEqual([undefined, [CIVIC]]);
  });

  test('is refused where the log is cut off or changed, and had again once it is whole', async () => {
    const log = promisingLog();
    log.revoke([target(1)]);
    log.epoch();
    let entries: readonly string[] = log.entries.filter((_, i) => i !== 2);
    const reader = readerOf(log, () => entries);
    await expect(reader.read(CIVIC)).rejects.toMatchObject({ code: 'record.log-lost' });
    entries = log.entries;
    expect((await reader.read(CIVIC)).record?.now.revoked).toBe(1);
  });
});
