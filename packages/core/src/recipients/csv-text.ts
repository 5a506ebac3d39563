/** Where text stops being comma-separated values: a quotation mark that is open, or stands where none may. Rows and columns from 1. */
export type CsvFault = {
  readonly code: 'list.quote' | 'list.rows-too-many';
  readonly row: number;
  readonly column: number;
};
export type CsvText = { readonly rows: readonly (readonly string[])[]; readonly fault?: CsvFault };

const SEPARATORS = [',', ';', '\t'] as const;

/**
 * Comma-separated values (RFC 4180) that lie in memory as a whole; rows end in LF, CRLF or CR. Spreadsheets in half of the
 * world write `;` instead, others tabs: whichever stands in the first line is what separates. Blank lines are rows, so that
 * a row has the number under which a spreadsheet shows it. Reads at most `maxRows`; what it has read before a fault is good.
 */
export function parseCsvText(text: string, maxRows: number): CsvText {
  const source = text.startsWith('\ufeff') ? text.slice(1) : text;
  const separator = separatorOf(source);
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < source.length) {
    if (rows.length === maxRows)
      return { rows, fault: { code: 'list.rows-too-many', row: rows.length + 1, column: 1 } };
    const cell = readCell(source, at, separator);
    if (cell === undefined)
      return { rows, fault: { code: 'list.quote', row: rows.length + 1, column: row.length + 1 } };
    row.push(cell.text);
    at = cell.end;
    if (source[at] === separator) {
      at += 1;
      if (at < source.length) continue;
      row.push('');
    }
    if (source[at] === '\r') at += source[at + 1] === '\n' ? 2 : 1;
    else if (source[at] === '\n') at += 1;
    rows.push(row);
    row = [];
  }
  return { rows };
}

function separatorOf(source: string): string {
  const [line = ''] = source.split(/[\r\n]/, 1);
  return SEPARATORS.find((one) => line.includes(one)) ?? ',';
}

/** The cell that begins here, and where what ends it stands; undefined where a quotation mark is wrong. */
function readCell(
  source: string,
  from: number,
  separator: string,
): { readonly text: string; readonly end: number } | undefined {
  if (source[from] !== '"') {
    let end = from;
    while (end < source.length && !isEnd(source[end], separator)) end += 1;
    const text = source.slice(from, end);
    return text.includes('"') ? undefined : { text, end };
  }
  for (let at = from + 1; at < source.length; at += 1) {
    if (source[at] !== '"') continue;
    if (source[at + 1] === '"') {
      at += 1;
      continue;
    }
    const isClosed = at + 1 === source.length || isEnd(source[at + 1], separator);
    return isClosed ? { text: source.slice(from + 1, at).replaceAll('""', '"'), end: at + 1 } : undefined;
  }
  return undefined;
}

function isEnd(character: string | undefined, separator: string): boolean {
  return character === separator || character === '\n' || character === '\r';
}
