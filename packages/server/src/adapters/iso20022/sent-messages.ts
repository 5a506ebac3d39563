import { join } from 'node:path';
import { CodedError, type SettlementBatch, settlementBatchDigest, sha256Base64url } from '@holdfast/core';
import type { SettlementAcceptance } from '../../ports/settlement-rail.ts';
import { type CarriedLine, isMessageId } from './carried-line.ts';
import type { Debtor } from './debtor.ts';
import { moveDurably, type RailFolders, readText, statFile, writeDurably } from './folder.ts';
import type { SentMessage } from './judge-report.ts';
import { encodePain001 } from './pain-001.ts';

type Record = {
  readonly batch: string;
  readonly digest: string;
  readonly receipt: string;
  readonly currency: { readonly code: string; readonly decimals: number };
  readonly lines: readonly { readonly lineId: string; readonly amount: string; readonly account: string }[];
};

/**
 * Hands a message over exactly once, whenever the process is killed: it is staged, then the record of it is written, and
 * then it is moved into `out` in one step. Without a record it is made again, byte for byte the same. With a record, it
 * waits in `staged` or has been moved, and whether the bank's carrier has taken it from `out` makes no difference.
 */
export async function sendMessage(
  folders: RailFolders,
  batch: SettlementBatch,
  lines: readonly CarriedLine[],
  debtor: Debtor,
): Promise<SettlementAcceptance> {
  const staged = join(folders.staged, `${batch.id}.xml`);
  const digest = settlementBatchDigest(batch);
  let record = await readRecord(folders, batch.id);
  if (record === undefined) {
    const xml = encodePain001({ id: batch.id, createdAt: batch.createdAt, lines }, debtor);
    record = recordOf(batch.id, digest, xml, lines, debtor);
    await writeDurably(staged, xml);
    await writeDurably(recordFile(folders, batch.id), JSON.stringify(record));
  }
  if (record.digest !== digest) {
    throw new CodedError(
      'settlement.batch-conflict',
      'Another batch was sent to the bank under this id; this one was not.',
      {
        batch: batch.id,
      },
    );
  }
  if ((await statFile(staged)) !== undefined) await moveDurably(staged, join(folders.out, `${batch.id}.xml`));
  return { batch: batch.id, digest, receipt: record.receipt };
}

/** What was sent under an id from outside; undefined for what was not sent from here. */
export async function readSentMessage(folders: RailFolders, id: string): Promise<SentMessage | undefined> {
  const record = isMessageId(id) ? await readRecord(folders, id) : undefined;
  // Until it has left, nobody can know of it.
  if (record === undefined || (await statFile(join(folders.staged, `${id}.xml`))) !== undefined) return undefined;
  const { batch, digest, currency, lines } = record;
  return { batch, digest, currency, lines: lines.map((line) => ({ ...line, amount: BigInt(line.amount) })) };
}

/** An account that need not be written down to be compared; the line is in it, so that two lines tell nothing together. */
export function accountDigest(lineId: string, iban: string): string {
  return sha256Base64url(`${lineId} ${iban}`);
}

function recordOf(
  batch: string,
  digest: string,
  xml: string,
  lines: readonly CarriedLine[],
  { currency }: Debtor,
): Record {
  return {
    batch,
    digest,
    receipt: `pain.001.001.09 ${batch} sha256 ${sha256Base64url(xml)}`,
    currency: { code: currency.code, decimals: currency.decimals },
    lines: lines.map(({ lineId, amount, iban }) => ({
      lineId,
      amount: amount.toString(),
      account: accountDigest(lineId, iban),
    })),
  };
}

function recordFile(folders: RailFolders, id: string): string {
  return join(folders.sent, `${id}.json`);
}

async function readRecord(folders: RailFolders, id: string): Promise<Record | undefined> {
  const text = await readText(recordFile(folders, id));
  return text === undefined ? undefined : (JSON.parse(text) as Record);
}
