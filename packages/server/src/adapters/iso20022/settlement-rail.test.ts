import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { bankBatch, bankLine, createBankWorld, removeBankWorlds } from '../../../test/bank-world.ts';
import { describeSettlementRail } from '../../ports/settlement-rail.contract.ts';
import { MAX_XML_BYTES } from './xml.ts';

afterAll(removeBankWorlds);

describeSettlementRail('settlement rail by ISO 20022 files', async () => {
  const world = await createBankWorld();
  return {
    rail: world.rail,
    line: bankLine,
    foreign: (number) => bankLine(number, { destination: { kind: 'msisdn', msisdn: '+254712345678' } }),
    say: (about, outcomes) => {
      const transactions = outcomes.map(({ lineId, outcome, code = '' }) =>
        outcome === 'rejected' ? { line: lineId, status: 'RJCT', reason: code } : { line: lineId, status: code },
      );
      return world.report({ about, status: 'PART', instructions: [{ transactions }] });
    },
    reopen: world.reopen,
  };
});

const batch = bankBatch('b1', bankLine(1), bankLine(2));

describe('handing a message over', () => {
  test('puts one whole file into out, and nothing else there', async () => {
    const { rail, out, list } = await createBankWorld();
    const { receipt } = await rail.submit(batch);
    expect(Object.keys(await out())).toEqual(['b1.xml']);
    expect(receipt).toMatch(/^pain\.001\.001\.09 b1 sha256 [A-Za-z0-9_-]{43}$/);
    expect(await list('staged')).toEqual([]);
  });

  test('happens once, however often it is asked for after the bank has taken it', async () => {
    const { rail, take, out, reopen } = await createBankWorld();
    await rail.submit(batch);
    expect(await take()).toEqual(['b1.xml']);
    await rail.submit(batch);
    await (await reopen()).submit(batch);
    expect(await out()).toEqual({});
  });

  test('is made good after a kill before the record was written, with the same bytes', async () => {
    const { rail, out, folder, reopen } = await createBankWorld();
    await rail.submit(batch);
    const before = await out();
    // As it was left: the message staged, no record.
    await rename(join(folder, 'out', 'b1.xml'), join(folder, 'staged', 'b1.xml'));
    await rename(join(folder, 'sent', 'b1.json'), join(folder, 'sent', '.lost.tmp'));
    const again = await reopen();
    await again.submit(batch);
    expect(await out()).toEqual(before);
  });

  test('is made good after a kill between the record and the move', async () => {
    const { rail, out, folder, reopen } = await createBankWorld();
    const first = await rail.submit(batch);
    const before = await out();
    await rename(join(folder, 'out', 'b1.xml'), join(folder, 'staged', 'b1.xml'));
    expect(await (await reopen()).submit(batch)).toEqual(first);
    expect(await out()).toEqual(before);
  });

  test('that was cut off while it was written leaves no message that a carrier would take', async () => {
    const { folder, out, reopen } = await createBankWorld();
    await writeFile(join(folder, 'staged', 'b1.xml'), '<?xml version="1.0"?><Docu');
    const again = await reopen();
    expect(await out()).toEqual({});
    await again.submit(batch);
    expect((await out())['b1.xml']).toContain('</Document>');
  });

  test('of a message that has not left is not known to a report about it', async () => {
    const { rail, folder, report } = await createBankWorld();
    await rail.submit(batch);
    await rename(join(folder, 'out', 'b1.xml'), join(folder, 'staged', 'b1.xml'));
    await report({ about: 'b1', status: 'ACSC' });
    const page = await rail.readOutcomes(undefined, 10);
    expect(page).toMatchObject({ outcomes: [], notices: [{ code: 'settlement.report-unknown-message' }] });
  });

  test('fails with a code when the folder fails', async () => {
    const { rail, folder, reopen } = await createBankWorld();
    await rename(join(folder, 'staged'), join(folder, 'gone'));
    await writeFile(join(folder, 'staged'), '');
    await expect(rail.submit(batch)).rejects.toMatchObject({ code: 'settlement.rail-folder' });
    await expect(reopen()).rejects.toMatchObject({ code: 'settlement.rail-folder' });
  });
});

describe('reading reports', () => {
  test('reads a repeated report once, and one killed before it was put away too', async () => {
    const { rail, report, folder, list, reopen } = await createBankWorld();
    await rail.submit(batch);
    await report({ about: 'b1', status: 'ACSC', id: 'SAME' });
    const { cursor, outcomes } = await rail.readOutcomes(undefined, 10);
    expect(outcomes).toHaveLength(2);
    const [archived = ''] = await list('archive');
    await rename(join(folder, 'archive', archived), join(folder, 'in', 'again.xml'));
    const again = await reopen();
    expect((await again.readOutcomes(cursor, 10)).outcomes).toEqual([]);
    expect(await list('reports')).toHaveLength(1);
    await report({ about: 'b1', status: 'ACSC', id: 'SAME' });
    expect((await again.readOutcomes(cursor, 10)).outcomes).toEqual([]);
    expect([await list('in'), await list('archive')]).toEqual([[], [archived]]);
  });

  test('leaves a report alone that is on its way into the folder, then reads it', async () => {
    const { rail, put, report, clock, list } = await createBankWorld();
    await rail.submit(batch);
    await put('half.xml', '<?xml version="1.0"?><Document xmlns="urn:iso');
    await report({ about: 'b1', status: 'ACSC' });
    expect(await rail.readOutcomes(undefined, 10)).toMatchObject({ notices: [], outcomes: [{}, {}] });
    expect(await list('in')).toEqual(['half.xml']);
    await clock.advance(60_000);
    const { notices } = await rail.readOutcomes(undefined, 10);
    expect(notices).toMatchObject([{ code: 'settlement.report-malformed' }]);
    expect(await list('in')).toEqual([]);
  });

  test('is not stopped by a report that cannot be used', async () => {
    const { rail, put, report, clock } = await createBankWorld();
    await rail.submit(batch);
    await put('1.xml', 'hello');
    await put('2.xml', new Uint8Array(MAX_XML_BYTES + 1));
    await put('3.xml', new Uint8Array(0));
    await clock.advance(60_000);
    await report({ about: 'unknown', status: 'ACSC' });
    await report({ about: '../../etc/passwd', status: 'ACSC' });
    await report({ about: 'b1', status: 'ACSC', name: 'pain.008.001.08' });
    await report({ about: 'b1', status: 'ACSC' });
    const page = await rail.readOutcomes(undefined, 10);
    expect(page.outcomes).toHaveLength(2);
    expect(page.notices.map(({ code }) => code.slice('settlement.report-'.length))).toEqual(
      ['unknown-message', 'unknown-message', 'unknown-message', 'malformed', 'too-large', 'malformed'].sort(() => 0),
    );
    expect(new Set(page.notices.map(({ id }) => id)).size).toBe(6);
  });

  test('follows no link and takes nothing but files named .xml', async () => {
    const { rail, folder, put, list } = await createBankWorld();
    await put('note.txt', 'hello');
    await put('.hidden.xml', 'hello');
    await mkdir(join(folder, 'in', 'folder.xml'));
    expect(await rail.readOutcomes(undefined, 10)).toMatchObject({ notices: [], more: false });
    expect(await list('in')).toEqual(['.hidden.xml', 'folder.xml', 'note.txt']);
  });

  test('reads a bounded number at a time and says that there is more', async () => {
    const { rail, report } = await createBankWorld();
    await rail.submit(batch);
    for (let i = 0; i < 101; i += 1) await report({ about: 'b1', status: 'RCVD' });
    const first = await rail.readOutcomes(undefined, 10);
    expect(first.more).toBe(true);
    expect((await rail.readOutcomes(first.cursor, 10)).more).toBe(false);
  });
});
