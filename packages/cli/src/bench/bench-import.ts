import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse';
import { createFastKeccak } from '../lists/fast-keccak.ts';
import { cpuMs } from './cpu-time.ts';
import { atLeast, createFigure, type Figure, within } from './figure.ts';
import { runListProcess } from './run-list-process.ts';
import { MILLION, spelledAddress } from './synthetic-list.ts';

/** Bytes of an address and an amount, were nothing else kept of a row. */
const ROW_BYTES = 36;

/** `holdfast bench import`: a list of a million read, checked and searched for repeats, beside its CSV parser alone. */
export async function benchImport(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  try {
    const file = join(folder, 'list.csv');
    await pipeline(Readable.from(await syntheticRows()), createWriteStream(file));
    const aloneMs = await parseAlone(file);
    const { workMs, peakMb, count } = await runListProcess('import', file);
    if (count !== MILLION) throw new Error(`of a million rows ${count} were taken`);
    const perSecond = (ms: number) => (MILLION * 1000) / ms;
    return [
      createFigure(
        'a list of 1,000,000 imported: checksums, amounts, repeats',
        'rows/s of processor time',
        atLeast(0.2),
        {
          ours: perSecond(workMs),
          name: 'csv-parse alone, nothing checked',
          other: perSecond(aloneMs),
        },
      ),
      createFigure('memory of the whole process that imported it, at its peak', 'MB', within(250, 'MB'), {
        ours: peakMb,
        name: 'the bytes of its addresses and amounts alone',
        other: (ROW_BYTES * MILLION) / 1e6,
      }),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function syntheticRows(): Promise<Iterable<string>> {
  const keccak = await createFastKeccak();
  return (function* () {
    let text = 'address,amount\n';
    for (let i = 0; i < MILLION; i += 1) {
      text += `${spelledAddress(i, keccak)},${(i % 1000) + 1}.${`${i}`.padStart(6, '0')}\n`;
      if (text.length < 65_536) continue;
      yield text;
      text = '';
    }
    yield text;
  })();
}

async function parseAlone(file: string): Promise<number> {
  const start = process.cpuUsage();
  await pipeline(createReadStream(file), parse({ on_record: () => null }).resume());
  return cpuMs(start);
}
