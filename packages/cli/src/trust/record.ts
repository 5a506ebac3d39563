import { CodedError, type IssuerRecord, parseCheckpoint, parseNote, type RecordEvent } from '@holdfast/core';
import { createHttpNetwork } from '@holdfast/server/client';
import { createIssuerRecordReader, createPlatformClock, type ReadRecord } from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { createProgress, EXIT, formatDateTime, formatDuration, type Output } from '../output.ts';
import { dateOf } from '../program/words.ts';
import { DEFAULTS, parseOrigin } from '../settings.ts';

type Options = { json?: boolean; url: string };

/** `holdfast trust record ISSUER`: what the log says of an issuer, computed here and not asked of anybody. */
export function recordCommand(): Command {
  return createCommand('record', 'say what the log has on record of an issuer: how quickly it revokes, what it changed')
    .argument('<issuer>', 'its id, or the last part of it')
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .action(run<Options>(record));
}

async function record(output: Output, { url }: Options, issuer = ''): Promise<number> {
  const progress = createProgress('entries read', output.json);
  try {
    const found = await readRecord(url, issuer, progress.step);
    progress.end();
    output.data(found);
    tellRecord(output, found);
    return EXIT.yes;
  } finally {
    progress.end();
  }
}

async function readRecord(
  url: string,
  word: string,
  onProgress: (done: number, total: number) => void,
): Promise<IssuerRecord> {
  const network = createHttpNetwork({ url, clock: createPlatformClock() });
  const { signal } = new AbortController();
  const log = {
    readSize: async () => parseCheckpoint(parseNote(await network.fetchCheckpoint(signal)).text).size,
    readEntries: (from: number, to: number) => network.fetchEntries(from, to, signal),
  };
  const reader = createIssuerRecordReader(log, createNodeEngine());
  const first = await reader.read(word, onProgress);
  const found = first.record ?? (await reader.read(idOf(first, word))).record;
  if (found !== undefined) return found;
  throw unknown(first);
}

function idOf(read: ReadRecord, word: string): string {
  const [id, other] = read.issuers.filter((issuer) => issuer.endsWith(`/${word}`));
  if (id === undefined || other !== undefined) throw unknown(read);
  return id;
}

function unknown({ issuers }: ReadRecord): CodedError {
  const known = issuers.length === 0 ? 'none' : issuers.slice(0, 20).join(', ');
  return new CodedError('record.issuer-unknown', `This network lists no such issuer. It lists: ${known}`);
}

const SHOWN_EVENTS = 12;

function tellRecord(output: Output, found: IssuerRecord): void {
  const { issuer, name, asOf, accreditedSince, onProbation, lists, now } = found;
  output.say(`${name ?? issuer}   as of #${asOf.size - 1}, ${formatDateTime(asOf.time)}`);
  if (name !== undefined) output.say(`  ${issuer}`);
  output.say(`  accredited    ${accreditedSince === undefined ? 'for nothing' : `since ${dateOf(accreditedSince)}`}`);
  for (const { type, until, maxPeople } of onProbation) {
    const most = maxPeople === undefined ? '' : `, for at most ${maxPeople} people at a time`;
    output.say(`  on probation  until ${dateOf(until)} for ${type}${most}`);
  }
  const stolen = found.compromisedLists === 0 ? '' : `; ${found.compromisedLists} of its lists are of a stolen key`;
  output.say(`  lists         ${lists.count}, ${lists.places.toLocaleString('en')} places${stolen}`);
  output.say(
    `  now           ${now.revoked} revoked, ${now.suspended} suspended, ${now.superseded} replaced by newer ones`,
  );
  output.say(`  reversed      ${found.lifted} of ${found.suspensions} suspensions lifted before their time`);
  tellPromptness(output, found);
  const events = [...found.keys, ...found.accreditations, ...found.practices].sort((a, b) => a.entry - b.entry);
  if (events.length === 0) return;
  output.say('  changes');
  if (events.length > SHOWN_EVENTS) output.say(`    ${events.length - SHOWN_EVENTS} earlier ones: --json has them`);
  for (const event of events.slice(-SHOWN_EVENTS)) output.say(`    ${eventLine(event)}`);
}

function tellPromptness(output: Output, { promptness, missedDeadlines, days }: IssuerRecord): void {
  if (promptness.length === 0) return;
  output.say(
    `  revocations   ${missedDeadlines === 0 ? 'no deadline missed' : `${missedDeadlines} missed their deadline`}`,
  );
  output.say(rowOf('', ['count', 'late', 'deadline', 'mean', 'slowest']));
  for (const row of promptness) {
    const total = (times: { toAuthorisedMs: number; toEffectMs: number }) =>
      formatDuration(times.toAuthorisedMs + times.toEffectMs);
    const deadline = row.deadlineMs === null ? 'none' : formatDuration(row.deadlineMs);
    const cells = [`${row.revoked}`, `${row.late}`, deadline, total(row.mean), total(row.slowest)];
    output.say(rowOf(row.class ?? 'several at once', cells));
  }
  output.say(`    by day        |${plotOf(days)}|  up to ${dateOf((days.at(-1)?.day ?? 0) * DAY_MS)}`);
}

function rowOf(name: string, cells: readonly string[]): string {
  return `    ${name.padEnd(22)}${cells.map((cell) => cell.padStart(14)).join('')}`;
}

const DAY_MS = 86_400_000;
const HEIGHTS = '▁▂▃▄▅▆▇█';
const SHOWN_DAYS = 60;

/** The last days up to the latest on which something was revoked; a day on which nothing was is a gap. */
export function plotOf(days: IssuerRecord['days']): string {
  const last = days.at(-1)?.day ?? 0;
  const byDay = new Map(days.map(({ day, revoked }) => [day, revoked]));
  const first = Math.max(last - SHOWN_DAYS + 1, days[0]?.day ?? last);
  const counts = Array.from({ length: last - first + 1 }, (_, i) => byDay.get(first + i) ?? 0);
  const most = Math.max(1, ...counts);
  return counts
    .map((count) => (count === 0 ? ' ' : (HEIGHTS[Math.ceil((count / most) * HEIGHTS.length) - 1] ?? ' ')))
    .join('');
}

function eventLine({ at, entry, what, subject }: RecordEvent): string {
  return `${formatDateTime(at)}  #${entry}  ${subject} ${what}`;
}
