import { CodedError, parsePositions } from '@holdfast/core';
import { createHttpNetwork } from '@holdfast/server/client';
import {
  type AuditOptions,
  type AuditSource,
  createPlatformClock,
  type FormerLog,
  MAX_FORMER_LOGS,
} from '@holdfast/verifier';
import { openLogFolder } from './log-folder.ts';
import { parseOrigin } from './settings.ts';

const ADDRESS = /^https?:/i;

/** Where a log is read: the origin of a network, a folder, or a database. */
export function parseLogSource(text: string): string {
  return ADDRESS.test(text) ? parseOrigin(text) : text;
}

/** A database: the log that lies in it, served by nobody. */
const DATABASE = /^postgres(?:ql)?:/i;

export async function openLogSource(source: string): Promise<AuditSource> {
  if (DATABASE.test(source)) return (await import('@holdfast/server')).openStoredLog(source);
  if (!ADDRESS.test(source)) return openLogFolder(source);
  return createHttpNetwork({ url: source, clock: createPlatformClock() });
}

/** Copies of logs that have ended, none of which has to be there when a process starts. Throws `usage.former-log`. */
export async function openFormerLogs(sources: readonly string[] = []): Promise<readonly FormerLog[]> {
  if (sources.length <= MAX_FORMER_LOGS) return Promise.all(sources.map((each) => openLogSource(parseLogSource(each))));
  throw new CodedError('usage.former-log', `At most ${MAX_FORMER_LOGS} copies of former logs are asked.`);
}

/** How far somebody had read, as the header Holdfast-Position says it. Throws `usage.position`. */
export function parseSeen(header: string | undefined): Pick<AuditOptions, 'seen'> {
  if (header === undefined) return {};
  try {
    return { seen: parsePositions(header) };
  } catch (cause) {
    throw new CodedError('usage.position', 'A position as in the header Holdfast-Position was expected.', {}, cause);
  }
}
