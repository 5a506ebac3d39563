import type { ListReport, ListWarning, RowFault } from '@holdfast/core/lists';
import { PROBLEMS } from '@holdfast/server/spec';
import type { Output } from '../output.ts';
import { grouped } from './list-flags.ts';

export type RowWords = RowFault & { readonly fix: string };

/** What stands in a list though it may: nothing has to be done about it. */
const WARNINGS: Readonly<Record<ListWarning['code'], string>> = {
  'list.zero-address': 'This is the zero address: what is sent there is lost, and often burnt on purpose.',
  'list.same-id': 'Another row with another contact has the same id: is it one person twice?',
};

/** Faults with what to do about each; the cell itself is never repeated, it may be personal or hostile. */
export function rowsInWords(report: ListReport): { errors: RowWords[]; warnings: RowWords[]; warningCount: number } {
  return {
    errors: rowFixes(report.faults),
    warnings: report.warnings.map((warning) => ({ ...warning, fix: WARNINGS[warning.code] })),
    warningCount: report.warningCount,
  };
}

export function rowFixes(faults: readonly RowFault[]): RowWords[] {
  return faults.map((fault) => ({ ...fault, fix: PROBLEMS.get(fault.code)?.operator ?? fault.code }));
}

export function tellErrors(output: Output, name: string, report: ListReport): void {
  const { errors } = rowsInWords(report);
  output.say(`REFUSED  ${name}: ${errors.length === 1 ? 'one thing' : `${errors.length} things`} to put right`);
  tellRows(output, errors);
  if (report.isCut) output.say('  The rest was not looked at.');
}

export function tellWarnings(output: Output, report: ListReport): void {
  const { warnings, warningCount } = rowsInWords(report);
  if (warningCount === 0) return;
  output.say(`Note     ${warningCount === 1 ? 'one row' : `${grouped(`${warningCount}`)} rows`} to look at`);
  tellRows(output, warnings);
  if (warningCount > warnings.length) output.say(`  and ${grouped(`${warningCount - warnings.length}`)} more`);
}

/** Rows with the same thing wrong are told together: a wrong --decimals is one mistake, not a hundred. */
export function tellRows(output: Output, rows: readonly RowWords[]): void {
  const groups = new Map<string, RowWords[]>();
  for (const row of rows) {
    const key = `${row.column} ${row.code}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  for (const [first, ...others] of groups.values()) {
    if (first === undefined) continue;
    output.say(`  ${placesOf([first, ...others])}, ${first.column}`);
    output.say(`         ${first.fix}  (${first.code})`);
  }
}

const SHOWN = 8;

function placesOf(rows: readonly RowWords[]): string {
  const shown = rows
    .slice(0, SHOWN)
    .map(({ row, sameAs }) => (sameAs === undefined ? `${row}` : `${row} (as ${sameAs})`));
  const more = rows.length > SHOWN ? ` and ${rows.length - SHOWN} more` : '';
  return `${rows.length === 1 ? 'row' : 'rows'} ${shown.join(', ')}${more}`;
}
