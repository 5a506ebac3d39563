import {
  appendRecipient,
  type BuildOptions,
  createDistribution,
  createRecipientTable,
  DIALECTS,
  type DialectName,
  type Distribution,
  type ListReport,
  type RecipientTable,
} from '@holdfast/core/lists';
import { createProgress } from '../output.ts';
import { createFastKeccak } from './fast-keccak.ts';
import { type ListFlags, requireUnits } from './list-flags.ts';
import { readList, rowsAtMost } from './read-list.ts';

export type Built = { readonly report: ListReport; readonly distribution?: Distribution };

/** Reads a list of addresses and builds its tree; with faults in the list there is a report only. */
export async function buildDistribution(
  file: string,
  dialect: DialectName,
  flags: ListFlags & { readonly json?: boolean },
): Promise<Built> {
  const amounts = requireUnits(flags);
  const isQuiet = flags.json === true;
  const keccak = await createFastKeccak();
  const { maxAmount, minCount } = DIALECTS[dialect];
  const expectedRows = await rowsAtMost(file);
  const table: RecipientTable = createRecipientTable(expectedRows);
  const report = await readList(
    file,
    {
      ...amounts,
      format: 'sablier',
      maxAmount,
      minRows: minCount,
      keccak,
      isQuiet,
      ...(expectedRows !== undefined && { expectedRows }),
    },
    (recipients) => {
      for (const recipient of recipients) {
        if (recipient.format === 'sablier') appendRecipient(table, recipient.address, recipient.amount);
      }
    },
  );
  if (report.faults.length > 0) return { report };
  const progress = createProgress('hashing', isQuiet);
  const options: BuildOptions = { keccak, onProgress: progress.step };
  try {
    return { report, distribution: createDistribution(dialect, table, options) };
  } finally {
    progress.end();
  }
}
