import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import {
  type ClaimList,
  CodedError,
  MAX_CLAIM_LIST_LENGTH,
  type OfferedType,
  type OffersMade,
  offeredTypesOf,
  offerToList,
  parseClaimList,
  type RowOutcome,
} from '@holdfast/core/lists';
import { readBoundedBytes } from '../bounded-file.ts';
import type { NetworkClient } from '../network-client.ts';
import { createProgress, EXIT, type Output } from '../output.ts';
import { encodeCsvRow } from './csv-text.ts';
import { createOutputFile, type OutputFile } from './output-file.ts';
import { rowFixes, tellRows } from './report-words.ts';

export type OfferFile = {
  readonly file: string;
  readonly issuer: string;
  readonly type: string;
  readonly txCode?: boolean;
  readonly openForMs?: number;
  /** Another word offers the same people anew. */
  readonly round?: string;
  /** Offer to the good rows though others are bad. */
  readonly partial?: boolean;
  readonly out?: string;
};

/** UTF-8 takes at most so many bytes for each of the characters that a list may have. */
const MAX_BYTES = 4 * MAX_CLAIM_LIST_LENGTH;

/**
 * Offers to everybody in a file: all of it is read and checked before anything is sent. A row is known by what it says, so that
 * whoever runs this again, after a break or by mistake, is told the offers there are.
 */
export async function offerFile(output: Output, client: NetworkClient, asked: OfferFile): Promise<number> {
  const declared = await fetchType(client, asked);
  const list = parseClaimList(await readText(asked.file), declared.claims);
  const faults = rowFixes(list.faults);
  const isRefused = list.faults.length > 0 && (asked.partial !== true || list.rows.length === 0);
  if (list.faults.length > 0) tellFaults(output, asked, list);
  if (isRefused) {
    output.data({ offered: 0, before: 0, refused: 0, faulty: list.faulty, isCut: list.isCut, faults, rows: [] });
    return EXIT.no;
  }
  const file = asked.out === undefined ? undefined : await createOutputFile(asked.out);
  try {
    const rows = await offerRows(client, asked, list);
    await writeLinks(file, rows, client.url);
    tellOutcomes(output, asked, rows, client.url);
    const count = (state: RowOutcome['state']) => rows.filter((row) => row.state === state).length;
    const counts = { offered: count('offered'), before: count('offered before'), refused: count('refused') };
    output.data({ ...counts, faulty: list.faulty, isCut: list.isCut, faults, rows });
    return counts.refused === 0 && list.faults.length === 0 ? EXIT.yes : EXIT.no;
  } finally {
    await file?.discard();
  }
}

async function fetchType(client: NetworkClient, { issuer, type }: OfferFile): Promise<OfferedType> {
  const path = `/.well-known/openid-credential-issuer/i/${encodeURIComponent(issuer)}`;
  const types = offeredTypesOf(await client.get(path));
  const found = types.find(({ id }) => id === type);
  if (found !== undefined) return found;
  const known = types.map(({ id }) => id).join(', ') || 'none';
  throw new CodedError('offer.type-unknown', `${issuer} has no type ${type}; it has: ${known}.`);
}

async function readText(file: string): Promise<string> {
  const bytes = await readBoundedBytes(file, MAX_BYTES);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // Repaired unseen, somebody would be attested a name that is not theirs.
    throw new CodedError('usage.file', `${file} is not UTF-8. Export it as “CSV UTF-8”, or names would be wrong.`);
  }
}

async function offerRows(client: NetworkClient, asked: OfferFile, { rows }: ClaimList): Promise<readonly RowOutcome[]> {
  const { issuer, type, txCode = false, openForMs, round = '' } = asked;
  const progress = createProgress(`Offering ${type}`, false, 'people');
  const done: RowOutcome[] = [];
  try {
    await offerToList(rows, {
      terms: { type, txCode, ...(openForMs === undefined ? {} : { openForMs }) },
      ...{ round, signal: { aborted: false } },
      // By the keys of its rows a part does no more when it arrives twice; the header lets our client know that.
      send: async (part) =>
        (await client.post(`/i/${encodeURIComponent(issuer)}/offers/batch`, part, {
          'idempotency-key': randomUUID(),
        })) as unknown as OffersMade,
      tell: (outcomes) => {
        done.push(...outcomes);
        progress.step(done.length, rows.length);
      },
    });
  } catch (error) {
    if (done.length > 0) {
      process.stderr.write(`It stopped after ${done.length} of ${rows.length}; the same line again goes on there.\n`);
    }
    throw error;
  } finally {
    progress.end();
  }
  return done;
}

const COLUMNS = ['row', 'label', 'state', 'offer', 'code', 'page', 'why'];

async function writeLinks(file: OutputFile | undefined, rows: readonly RowOutcome[], url: string): Promise<void> {
  if (file === undefined) return;
  await file.write(encodeCsvRow(COLUMNS));
  for (const row of rows) await file.write(encodeCsvRow(cellsOf(row, url)));
  await file.publish();
}

function cellsOf({ row, label = '', state, offerUri = '', txCode = '', me, detail = '' }: RowOutcome, url: string) {
  return [String(row), label, state, offerUri, txCode, me === undefined ? '' : new URL(me, url).href, detail];
}

function tellFaults(output: Output, { file, partial }: OfferFile, { faults, faulty, rows, isCut }: ClaimList): void {
  const name = basename(file);
  const bad = faulty <= 1 ? 'one thing' : `${faulty} rows`;
  output.say(`${partial === true && rows.length > 0 ? 'PASSED OVER' : 'REFUSED'}  ${name}: ${bad} to put right`);
  tellRows(output, rowFixes(faults));
  if (isCut) output.say('  What comes after that was not looked at.');
  if (partial === true || rows.length === 0) return;
  output.say(`Nothing was sent. ${rows.length} good rows can be offered now with --partial: who was offered is not`);
  output.say('offered twice when the whole file comes again.');
}

function tellOutcomes(output: Output, { out }: OfferFile, rows: readonly RowOutcome[], url: string): void {
  const count = (state: RowOutcome['state']) => rows.filter((row) => row.state === state).length;
  const before = count('offered before');
  for (const row of rows) {
    if (row.state === 'refused') output.say(`  row ${row.row}: refused: ${row.detail}  (${row.code})`);
    else if (out === undefined) output.say(cellsOf(row, url).filter(Boolean).join('  '));
  }
  const had = before === 0 ? '' : `${before} had their offer before, `;
  output.say(`${rows.length} rows: ${count('offered')} offered, ${had}${count('refused')} refused.`);
  if (out !== undefined) output.say(`The links are in ${out}: whoever has one may take the offer up.`);
}
