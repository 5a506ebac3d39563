import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SettlementBatch, SettlementLine } from '@holdfast/core';
import { createManualClock, type ManualClock } from '../../verifier/test/manual-clock.ts';
import { type Iso20022Options, openIso20022Rail } from '../src/adapters/iso20022/settlement-rail.ts';
import type { SettlementRail } from '../src/ports/settlement-rail.ts';
import { encodeStatusReport, type ReportText } from './status-report.ts';

/** A rail to a bank, and the bank's end of its folder. */
export type BankWorld = {
  readonly rail: SettlementRail;
  readonly folder: string;
  readonly clock: ManualClock;
  readonly options: Iso20022Options;
  /** The same rail after a restart. */
  readonly reopen: (options?: Partial<Iso20022Options>) => Promise<SettlementRail>;
  /** Texts of the messages that wait for the bank, by file. */
  readonly out: () => Promise<Readonly<Record<string, string>>>;
  /** The bank takes what is there, as its carrier does. */
  readonly take: () => Promise<readonly string[]>;
  readonly report: (report: ReportText) => Promise<void>;
  /** Puts bytes into `in`, as they are, last changed now. */
  readonly put: (name: string, bytes: Uint8Array | string) => Promise<void>;
  readonly list: (folder: string) => Promise<readonly string[]>;
};

const folders: string[] = [];
let reports = 0;

/** To be called once all tests are done. */
export async function removeBankWorlds(): Promise<void> {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
}

export async function createBankWorld(changes: Partial<Iso20022Options> = {}): Promise<BankWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bank-'));
  folders.push(folder);
  const clock = createManualClock();
  const options: Iso20022Options = {
    folder,
    clock,
    debtor: {
      name: 'Stadt Z\u00fcrich & Partner',
      iban: 'DE89370400440532013000',
      bic: 'COBADEFFXXX',
      currency: { code: 'EUR', decimals: 2 },
    },
    ...changes,
  };
  const at = (name: string) => join(folder, name);
  const put = async (name: string, bytes: Uint8Array | string) => {
    const file = join(at('in'), name);
    await writeFile(file, bytes);
    await utimes(file, clock.now() / 1000, clock.now() / 1000);
  };
  return {
    rail: await openIso20022Rail(options),
    folder,
    clock,
    options,
    reopen: (more = {}) => openIso20022Rail({ ...options, ...more }),
    async out() {
      const names = (await readdir(at('out'))).sort();
      const texts = await Promise.all(names.map((name) => readFile(join(at('out'), name), 'utf8')));
      return Object.fromEntries(names.map((name, i) => [name, texts[i] ?? '']));
    },
    async take() {
      const names = (await readdir(at('out'))).sort();
      for (const name of names) await rm(join(at('out'), name));
      return names;
    },
    async report(report) {
      reports += 1;
      await put(`${String(reports).padStart(6, '0')}.xml`, encodeStatusReport({ id: `R${reports}`, ...report }));
    },
    put,
    list: async (name) => (await readdir(at(name))).sort(),
  };
}

export const IBANS = ['GB82WEST12345698765432', 'NL91ABNA0417164300', 'FR1420041010050500013M02606'] as const;

/** A line that the rail of `createBankWorld` carries. */
export function bankLine(number: number, changes: Partial<SettlementLine> = {}): SettlementLine {
  const iban = IBANS[number % IBANS.length] ?? IBANS[0];
  return {
    lineId: `line${number}-1`,
    transferId: `transfer-${number}`,
    destination: { kind: 'iban', iban, name: `Ada Lovelace ${number}` },
    amount: 1000n + BigInt(number),
    asset: { code: 'EUR', decimals: 2 },
    reference: 'winter relief',
    ...changes,
  };
}

export function bankBatch(id: string, ...lines: readonly SettlementLine[]): SettlementBatch {
  return { id, createdAt: Date.UTC(2026, 10, 28, 12, 0, 0, 123), lines };
}
