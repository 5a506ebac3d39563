import { expect, test } from 'vitest';
import { type ListedClaim, MAX_CLAIM_ROWS, parseClaimList } from './claim-list.ts';

const DECLARED: readonly ListedClaim[] = [
  { name: 'given_name', title: 'Given name', mandatory: true },
  { name: 'birthdate', title: 'Date of birth', mandatory: true },
  { name: 'phone', mandatory: false },
];
const read = (...lines: string[]) => parseClaimList(lines.join('\n'), DECLARED);

test('good rows are read beside bad ones, each bad one with its column and its code', () => {
  const list = read(
    'Given name,birthdate,Phone,label',
    'Ada,1990-02-03,+380445555555,ada',
    ',1991-01-01,,nobody',
    '"Bea, the second",1992-02-02,,',
    '',
    'Cem,1993-03-03',
    '=cmd(),1994-04-04,,',
    'Ada,1990-02-03,+380445555555,ada',
  );
  expect(list.rows).toEqual([
    { row: 2, claims: { given_name: 'Ada', birthdate: '1990-02-03', phone: '+380445555555' }, label: 'ada' },
    { row: 4, claims: { given_name: 'Bea, the second', birthdate: '1992-02-02' } },
  ]);
  expect(list.faults).toEqual([
    { row: 3, column: 'given_name', code: 'list.claim-empty' },
    { row: 6, column: 'phone', code: 'list.cells' },
    { row: 7, column: 'given_name', code: 'list.cell-formula' },
    { row: 8, column: 'given_name', code: 'list.row-repeated', sameAs: 2 },
  ]);
  expect(list).toMatchObject({ faulty: 4, isCut: false });
});

test('what a spreadsheet elsewhere writes is read as well: semicolons, tabs, a byte order mark, CRLF', () => {
  const expected = [{ row: 2, claims: { given_name: 'Ada, B', birthdate: '1990-02-03' } }];
  expect(parseClaimList('\ufeffgiven_name;birthdate\r\nAda, B;1990-02-03\r\n', DECLARED).rows).toEqual(expected);
  expect(parseClaimList('given name\tDATE OF BIRTH\rAda, B\t1990-02-03\r', DECLARED).rows).toEqual(expected);
});

test.each([
  ['a column that the type does not have', 'given_name,birthdate,height', 'height', 'list.column-unknown'],
  ['a column twice, by name and by title', 'given_name,birthdate,Given name', 'Given name', 'list.column-repeated'],
  ['a mandatory claim left out', 'given_name,phone', 'birthdate', 'list.column-missing'],
])('with %s nothing is read: no meaning is guessed', (_name, header, column, code) => {
  const list = read(header, 'Ada,1990-02-03,1');
  expect(list).toEqual({ rows: [], faults: [{ row: 1, column, code }], faulty: 0, isCut: true });
});

test('a quotation mark left open ends the reading, and what stands before it is good', () => {
  const list = read('given_name,birthdate', 'Ada,1990-02-03', 'Bea,"1991');
  expect(list.rows).toHaveLength(1);
  expect(list).toMatchObject({ faults: [{ row: 3, column: 'birthdate', code: 'list.quote' }], isCut: true });
});

test('nothing, and more rows than are taken, are told as such', () => {
  expect(read('').faults).toEqual([{ row: 1, column: '#1', code: 'list.empty' }]);
  expect(read('given_name,birthdate').faults).toEqual([{ row: 2, column: 'given_name', code: 'list.empty' }]);
  const many = read(
    'given_name,birthdate',
    ...Array.from({ length: MAX_CLAIM_ROWS + 1 }, (_, i) => `P${i},1990-01-01`),
  );
  expect(many.rows).toHaveLength(MAX_CLAIM_ROWS);
  expect(many).toMatchObject({ faults: [{ row: MAX_CLAIM_ROWS + 2, code: 'list.rows-too-many' }], isCut: true });
});

test('of faults without end a thousand are kept, and all are counted', () => {
  const list = read('given_name,birthdate', ...Array.from({ length: 1500 }, (_, i) => `,${i}`));
  expect(list.faults).toHaveLength(1000);
  expect(list.faulty).toBe(1500);
});
