import { canonicalJson } from '../encoding/json.ts';
import { isCodedError } from '../errors.ts';
import { parseCell } from './cell.ts';
import { parseCsvText } from './csv-text.ts';
import type { RowFault } from './list-reader.ts';

/** Rows of one list of people to whom credentials are offered: more make several lists. */
export const MAX_CLAIM_ROWS = 10_000;
/** Characters of such a list. */
export const MAX_CLAIM_LIST_LENGTH = 8_000_000;
/** Faults that are kept; of more only their number. */
export const MAX_CLAIM_FAULTS = 1000;
/** As an issuer keeps it. */
const MAX_LABEL_LENGTH = 200;
const LABEL = 'label';

/** A claim of a type of credential, as its issuer's metadata has it: `title` is what people call it. */
export type ListedClaim = { readonly name: string; readonly title?: string; readonly mandatory: boolean };

/** One person to whom a credential is offered. `label` is the issuer's own word for them. */
export type ClaimRow = {
  readonly row: number;
  readonly claims: Readonly<Record<string, string>>;
  readonly label?: string;
};

export type ClaimList = {
  /** In the order of the file; each is good by itself, whatever is wrong with others. */
  readonly rows: readonly ClaimRow[];
  readonly faults: readonly RowFault[];
  /** Rows that are not among `rows`, whether or not their faults are all kept. */
  readonly faulty: number;
  /** Whether nothing after the last fault was read. */
  readonly isCut: boolean;
};

/**
 * Reads a list of people with their claims: a header of the type's claims, by name or title in whatever case, and `label`; then
 * a person a row. A header that is not understood is one fault, and no row is read: what a column means is never guessed.
 */
export function parseClaimList(text: string, declared: readonly ListedClaim[]): ClaimList {
  const tooLong = text.length > MAX_CLAIM_LIST_LENGTH;
  if (tooLong) return refused({ row: 1, column: '#1', code: 'list.rows-too-many' });
  const { rows, fault } = parseCsvText(text, MAX_CLAIM_ROWS + 1);
  const start = rows.findIndex((cells) => !isBlank(cells));
  const header = rows[start];
  if (header === undefined) return refused({ row: 1, column: '#1', code: fault?.code ?? 'list.empty' });
  const columns = columnsOf(header, declared);
  if (!Array.isArray(columns)) return refused({ ...(columns as Omit<RowFault, 'row'>), row: start + 1 });
  const state = { columns: columns as readonly string[], declared, seen: new Map<string, number>() };
  const good: ClaimRow[] = [];
  const faults: RowFault[] = [];
  let faulty = 0;
  rows.slice(start + 1).forEach((cells, i) => {
    if (isBlank(cells)) return;
    const found = readRow(state, cells, start + i + 2);
    if ('claims' in found) good.push(found);
    else {
      faulty += 1;
      faults.push(...found.faults.slice(0, MAX_CLAIM_FAULTS - faults.length));
    }
  });
  const end = endOf(fault, columns as readonly string[], good.length + faulty);
  return { rows: good, faults: [...faults, ...end], faulty, isCut: fault !== undefined };
}

function refused(fault: RowFault): ClaimList {
  return { rows: [], faults: [fault], faulty: 0, isCut: true };
}

function isBlank(cells: readonly string[]): boolean {
  return cells.every((cell) => cell.trim() === '');
}

function endOf(fault: ReturnType<typeof parseCsvText>['fault'], columns: readonly string[], read: number): RowFault[] {
  if (fault !== undefined) {
    return [{ row: fault.row, column: columns[fault.column - 1] ?? `#${fault.column}`, code: fault.code }];
  }
  return read === 0 ? [{ row: 2, column: columns[0] ?? '#1', code: 'list.empty' }] : [];
}

/** The claim that each column holds, or what is wrong with the header. */
function columnsOf(
  header: readonly string[],
  declared: readonly ListedClaim[],
): readonly string[] | Omit<RowFault, 'row'> {
  const known = new Map([[LABEL, LABEL]]);
  for (const { name, title = name } of declared) known.set(title.toLowerCase(), name);
  for (const { name } of declared) known.set(name.toLowerCase(), name);
  const columns: string[] = [];
  for (const [i, cell] of header.entries()) {
    const words = cell.trim().toLowerCase();
    const name = known.get(words) ?? known.get(words.replaceAll(/[\s-]+/g, '_'));
    const shown = cell.trim().slice(0, 60) || `#${i + 1}`;
    if (name === undefined) return { column: shown, code: 'list.column-unknown' };
    if (columns.includes(name)) return { column: shown, code: 'list.column-repeated' };
    columns.push(name);
  }
  const missing = declared.find(({ name, mandatory }) => mandatory && !columns.includes(name));
  return missing === undefined ? columns : { column: missing.name, code: 'list.column-missing' };
}

type Reading = {
  readonly columns: readonly string[];
  readonly declared: readonly ListedClaim[];
  readonly seen: Map<string, number>;
};

function readRow(
  { columns, declared, seen }: Reading,
  cells: readonly string[],
  row: number,
): ClaimRow | { readonly faults: RowFault[] } {
  if (cells.length !== columns.length) {
    return { faults: [{ row, column: columns[cells.length] ?? `#${columns.length + 1}`, code: 'list.cells' }] };
  }
  const faults: RowFault[] = [];
  const values: Record<string, string> = {};
  for (const [i, column] of columns.entries()) {
    const code = takeCell(values, column, cells[i] ?? '');
    if (code !== undefined) faults.push({ row, column, code });
    else if (values[column] === undefined && declared.some(({ name, mandatory }) => mandatory && name === column)) {
      faults.push({ row, column, code: 'list.claim-empty' });
    }
  }
  if (faults.length > 0) return { faults };
  const key = canonicalJson(values);
  const sameAs = seen.get(key);
  if (sameAs !== undefined) return { faults: [{ row, column: columns[0] ?? '#1', code: 'list.row-repeated', sameAs }] };
  seen.set(key, row);
  // A claim of a type may be called like our own column: then it is the claim.
  const isLabel = !declared.some(({ name }) => name === LABEL);
  const { [LABEL]: label, ...claims } = values;
  return isLabel && label !== undefined ? { row, claims, label } : { row, claims: isLabel ? claims : values };
}

/** An empty cell is a claim that is not made. */
function takeCell(values: Record<string, string>, column: string, cell: string): string | undefined {
  try {
    // A telephone number or a temperature begins with a sign of its own.
    const text = parseCell(cell, 'signed');
    if (column === LABEL && text.length > MAX_LABEL_LENGTH) return 'list.label';
    if (text !== '') values[column] = text;
    return undefined;
  } catch (error) {
    if (isCodedError(error)) return error.code;
    throw error;
  }
}
