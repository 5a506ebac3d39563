import { afterAll, describe, expect, test } from 'vitest';
import { bankBatch, bankLine, createBankWorld, IBANS, removeBankWorlds } from '../../../test/bank-world.ts';
import type { ReportText } from '../../../test/status-report.ts';
import type { Iso20022Options } from './settlement-rail.ts';

afterAll(removeBankWorlds);

type Report = Omit<ReportText, 'about'> & { readonly about?: string };

/** What a report about a message of two lines (10.01 to the second IBAN, 10.02 to the third) comes to. */
async function read(report: Report, options: Partial<Iso20022Options> = {}) {
  const world = await createBankWorld(options);
  await world.rail.submit(bankBatch('b1', bankLine(1), bankLine(2)));
  await world.report({ about: 'b1', ...report });
  const { outcomes, notices } = await world.rail.readOutcomes(undefined, 100);
  return {
    said: outcomes.map(({ lineId, outcome, code }) => `${lineId} ${outcome} ${code ?? ''}`.trim()),
    paid: outcomes.map((outcome) => ('paid' in outcome ? outcome.paid : undefined)),
    notices: notices.map(({ code }) => code),
  };
}

const one = (transaction: object): Report => ({
  instructions: [{ transactions: [{ line: 'line1-1', ...transaction }] }],
});

describe('a status of the whole message', () => {
  test.each(['ACSP', 'ACWP', 'ACSC', 'ACCC', 'ACWC'])('%s accepts each line', async (status) => {
    expect(await read({ status })).toMatchObject({
      said: [`line1-1 accepted ${status}`, `line2-1 accepted ${status}`],
      notices: [],
    });
  });

  test.each(['RCVD', 'PDNG', 'ACTC', 'ACCP', 'ACFC', 'PART', 'PATC', 'XXXX'])('%s is no answer', async (status) => {
    expect(await read({ status })).toMatchObject({ said: [], notices: [] });
  });

  test('rejects each line, and its reason is kept', async () => {
    expect((await read({ status: 'RJCT', reason: 'AM04' })).said).toEqual([
      'line1-1 rejected AM04',
      'line2-1 rejected AM04',
    ]);
    expect((await read({ status: 'RJCT' })).said).toEqual(['line1-1 rejected RJCT', 'line2-1 rejected RJCT']);
  });

  test('accepts from where this bank does', async () => {
    expect((await read({ status: 'ACCP' }, { acceptedFrom: 'ACCP' })).said).toHaveLength(2);
    expect((await read({ status: 'ACSP' }, { acceptedFrom: 'ACSC' })).said).toEqual([]);
  });
});

describe('a status of one transaction', () => {
  test('counts before that of its instruction and group', async () => {
    const instructions = [
      {
        status: 'PART',
        transactions: [
          { line: 'line1-1', status: 'RJCT', reason: 'AC04' },
          { line: 'line2-1', status: 'ACSC' },
        ],
      },
    ];
    expect((await read({ status: 'PART', instructions })).said).toEqual([
      'line1-1 rejected AC04',
      'line2-1 accepted ACSC',
    ]);
  });

  test('leaves the others without an answer when the message was accepted in part', async () => {
    expect((await read({ status: 'PART', ...one({ status: 'RJCT', reason: 'AC04' }) })).said).toEqual([
      'line1-1 rejected AC04',
    ]);
  });

  test("keeps a bank's own word for the reason", async () => {
    expect((await read(one({ status: 'RJCT', ownReason: 'HOUSE-17' }))).said).toEqual(['line1-1 rejected HOUSE-17']);
  });

  test('that is missing is that of its instruction, else of the group', async () => {
    const instructions = [{ status: 'ACSC', transactions: [{ line: 'line1-1' }] }];
    expect((await read({ instructions })).said).toEqual(['line1-1 accepted ACSC', 'line2-1 accepted ACSC']);
    expect((await read({ status: 'ACSP', ...one({}) })).said).toEqual([
      'line1-1 accepted ACSP',
      'line2-1 accepted ACSP',
    ]);
  });

  test.each(['AM05', 'DUPL', 'DU04'])('rejected as a repeat (%s) tells nothing about the first one', async (reason) => {
    expect((await read(one({ status: 'RJCT', reason }))).said).toEqual([`line1-1 unknown ${reason}`]);
  });

  test('blocked after it was posted is for people', async () => {
    expect((await read(one({ status: 'BLCK' }))).said).toEqual(['line1-1 unknown BLCK']);
  });

  test('may come in an instruction of its own', async () => {
    const instructions = [
      { status: 'ACSC', transactions: [{ line: 'line1-1' }] },
      { status: 'RJCT', transactions: [{ line: 'line2-1' }] },
    ];
    expect((await read({ instructions })).said).toEqual(['line1-1 accepted ACSC', 'line2-1 rejected RJCT']);
  });

  test('said twice and differently in one report is passed on twice', async () => {
    const instructions = [
      {
        transactions: [
          { line: 'line1-1', status: 'ACSC' },
          { line: 'line1-1', status: 'RJCT' },
        ],
      },
    ];
    expect((await read({ instructions })).said).toEqual(['line1-1 accepted ACSC', 'line1-1 rejected RJCT']);
  });
});

describe('a report that contradicts itself says nothing', () => {
  test.each<[string, Report]>([
    ['a rejected group with an accepted transaction', { status: 'RJCT', ...one({ status: 'ACSC' }) }],
    ['an accepted group with a rejected transaction', { status: 'ACCP', ...one({ status: 'RJCT' }) }],
    ['a rejected group with an accepted instruction', { status: 'RJCT', instructions: [{ status: 'ACTC' }] }],
    [
      'an accepted instruction with a rejected transaction',
      { instructions: [{ status: 'ACSP', transactions: [{ line: 'line1-1', status: 'RJCT' }] }] },
    ],
  ])('%s', async (_, report) => {
    expect(await read(report)).toMatchObject({ said: [], notices: ['settlement.report-contradictory'] });
  });
});

describe('a report that is about something else says nothing', () => {
  test.each<[string, Report]>([
    ['another number of payments', { status: 'ACSC', count: '3' }],
    ['another sum', { status: 'ACSC', sum: '20.04' }],
    ['a sum that is no amount of this currency', { status: 'ACSC', sum: '20.031' }],
    ['another sum in its instruction', { status: 'ACSC', instructions: [{ sum: '0.01' }] }],
    ['another instruction', { status: 'ACSC', instructions: [{ about: 'b2', status: 'ACSC' }] }],
  ])('%s', async (_, report) => {
    expect(await read(report)).toMatchObject({ said: [], notices: ['settlement.report-differs'] });
  });

  test('and one that repeats what was sent is about it', async () => {
    const same = { count: '2', sum: '20.030' };
    expect((await read({ status: 'ACSC', ...same, instructions: [same] })).said).toHaveLength(2);
  });

  test('a line that was not in the message', async () => {
    const instructions = [
      { transactions: [{ line: 'line9-1', status: 'ACSC' }, { status: 'ACSC' }, { line: 'line2-1', status: 'ACSC' }] },
    ];
    expect(await read({ instructions })).toMatchObject({
      said: ['line2-1 accepted ACSC'],
      notices: ['settlement.report-unknown-line', 'settlement.report-unknown-line'],
    });
  });
});

describe('an amount that does not match', () => {
  test.each([
    ['less', '5.00', 500n],
    ['more', '100', 10_000n],
    ['in a part of a cent', '10.011', undefined],
  ])('%s: is accepted partly, for people to look at', async (_, amount, paid) => {
    const result = await read(one({ status: 'ACWC', amount }));
    expect(result.said).toEqual(['line1-1 partly ACWC']);
    expect(result.paid).toEqual([paid]);
    expect(result.notices).toEqual(['settlement.report-differs']);
  });

  test('in another currency is accepted partly, and how much is not known', async () => {
    expect(await read(one({ status: 'ACSC', amount: '10.01', currency: 'USD' }))).toMatchObject({
      said: ['line1-1 partly ACSC'],
      paid: [undefined],
    });
  });

  test('of a rejected payment is no answer to ours', async () => {
    expect(await read(one({ status: 'RJCT', reason: 'AC04', amount: '5.00' }))).toMatchObject({
      said: [],
      notices: ['settlement.report-differs'],
    });
  });

  test('and the same amount written otherwise is the same', async () => {
    expect(await read(one({ status: 'ACSC', amount: '10.0100', iban: IBANS[1] }))).toMatchObject({
      said: ['line1-1 accepted ACSC'],
      notices: [],
    });
  });
});

test('another account than was to be paid is for people, whatever the status', async () => {
  expect(await read(one({ status: 'ACSC', iban: IBANS[0] }))).toMatchObject({
    said: ['line1-1 unknown OTHER-ACCOUNT'],
    notices: ['settlement.report-differs'],
  });
});
