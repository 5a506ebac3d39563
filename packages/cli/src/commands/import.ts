import { encodeRecipient, LIST_FORMATS, type ListFormat, VERIFICATIONS, type Verification } from '@holdfast/core/lists';
import { type Command, Option } from 'commander';
import { createCommand, run } from '../command.ts';
import { encodeCsvRow } from '../lists/csv-text.ts';
import { createFastKeccak } from '../lists/fast-keccak.ts';
import { addListFlags, countInWords, type ListFlags, requireUnits, wordsOfAmount } from '../lists/list-flags.ts';
import { createOutputFile, type OutputFile } from '../lists/output-file.ts';
import { readList, rowsAtMost } from '../lists/read-list.ts';
import { rowsInWords, tellErrors, tellWarnings } from '../lists/report-words.ts';
import { EXIT, type Output } from '../output.ts';

type Options = ListFlags & {
  json?: boolean;
  format?: ListFormat;
  verification?: Verification;
  out?: string;
};

const FORMAT_WORDS: Readonly<Record<ListFormat, string>> = {
  sablier: 'Sablier: address,amount',
  sdp: 'Stellar Disbursement Platform',
};

/** `holdfast import FILE`: checks a list of recipients row by row, and writes it in its one spelling. */
export function importCommand(): Command {
  const command = createCommand('import', 'check a list of recipients, and write it in one spelling')
    .argument('<file>', 'a CSV file of Sablier or the Stellar Disbursement Platform, or - for standard input')
    .addOption(
      new Option('--format <format>', 'whose file it is, when the header should not say').choices([...LIST_FORMATS]),
    );
  return addListFlags(command)
    .addOption(new Option('--verification <kind>', 'what the column verification holds').choices([...VERIFICATIONS]))
    .option('--out <file>', 'write the canonical list, amounts in minor units, to a new file that only you may read')
    .action(run<Options>(importList));
}

async function importList(output: Output, options: Options, file = ''): Promise<number> {
  const { format, verification, out } = options;
  const amounts = requireUnits(options);
  const expectedRows = await rowsAtMost(file);
  const target = out === undefined ? undefined : await createOutputFile(out);
  try {
    const report = await readList(
      file,
      {
        ...amounts,
        ...(format === undefined ? {} : { format }),
        ...(verification === undefined ? {} : { verification }),
        today: new Date().toISOString().slice(0, 10),
        keccak: await createFastKeccak(),
        isQuiet: output.json,
        ...(expectedRows === undefined ? {} : { expectedRows }),
      },
      createWriter(target),
    );
    const isGood = report.faults.length === 0;
    if (isGood) await target?.publish();
    output.data({
      format: report.format,
      ...(isGood ? { count: report.count, total: report.total, units: 'minor', ...(target && { out }) } : {}),
      ...rowsInWords(report),
    });
    if (!isGood) tellErrors(output, file, report);
    else {
      output.say(`GOOD     ${countInWords(report.count)}`);
      output.say(`         ${wordsOfAmount(report.total, options)} in all`);
      if (report.format !== undefined) output.say(`         ${FORMAT_WORDS[report.format]}`);
      tellWarnings(output, report);
      if (out !== undefined) output.say(`Written  ${out}, amounts in minor units`);
    }
    return isGood ? EXIT.yes : EXIT.no;
  } finally {
    await target?.discard();
  }
}

/** Writes the header once, then each recipient as it comes. */
function createWriter(target: OutputFile | undefined): Parameters<typeof readList>[2] {
  let isBegun = false;
  return async (recipients, { columns }) => {
    if (target === undefined) return;
    if (!isBegun) await target.write(encodeCsvRow(columns));
    isBegun = true;
    for (const recipient of recipients) await target.write(encodeCsvRow(encodeRecipient(recipient, columns)));
  };
}
