import {
  CodedError,
  isJsonObject,
  type JsonObject,
  PROGRAM_PHASES,
  type Program,
  type ProgramPhase,
  programSchema,
} from '@holdfast/core';
import type { NetworkClient } from '../network-client.ts';
import { type VersionsAnswer, versionsOf } from './version-words.ts';

export type Sum = { readonly count: number; readonly total: bigint };

/** A program as `GET /programs/ID` shows it. */
export type ProgramView = {
  readonly program: Program;
  readonly digest: string;
  readonly phase: ProgramPhase;
  /** Entries of the log, by what they say. */
  readonly entries: Readonly<Partial<Record<'program' | 'intake' | 'seal' | 'draw', number>>>;
  readonly applications: Readonly<Record<'all' | 'unjudged' | 'admitted' | 'refused', number>>;
  /** By the state of the payment. */
  readonly payments: ReadonlyMap<string, Sum>;
  /** What the log allows beside the rules, newest first. */
  readonly exceptions?: readonly ExceptionAnswer[];
  readonly versions?: VersionsAnswer;
};

export type ExceptionAnswer = {
  readonly entry: number;
  readonly kind: string;
  readonly state: string;
  readonly why?: string;
};

/** Throws `program.unknown`. */
export async function fetchProgram(client: NetworkClient, id: string): Promise<ProgramView> {
  return readView(await client.get(`/programs/${encodeURIComponent(id)}`));
}

/** Pages read at most, of 100 programs each. */
const MAX_PAGES = 100;

export async function fetchPrograms(client: NetworkClient): Promise<ProgramView[]> {
  const found: ProgramView[] = [];
  let after = '';
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const { programs, next } = await client.get(`/programs${after}`);
    if (!Array.isArray(programs)) throw unreadable();
    found.push(...programs.filter(isJsonObject).map(readView));
    if (typeof next !== 'string') break;
    after = `?after=${encodeURIComponent(next)}`;
  }
  return found;
}

function readView(json: JsonObject): ProgramView {
  const program = programSchema.safeParse(json.program);
  const phase = PROGRAM_PHASES.find((one) => one === json.phase);
  const { digest } = json;
  if (!program.success || phase === undefined || typeof digest !== 'string') throw unreadable();
  return {
    program: program.data,
    digest,
    phase,
    entries: numbersOf(json.entries),
    applications: { all: 0, unjudged: 0, admitted: 0, refused: 0, ...numbersOf(json.applications) },
    payments: new Map(Object.entries(isJsonObject(json.payments) ? json.payments : {}).flatMap(sumOf)),
    ...(isJsonObject(json.versions) ? { versions: versionsOf(json.versions) } : {}),
    ...(Array.isArray(json.exceptions) ? { exceptions: json.exceptions.filter(isJsonObject).map(exceptionOf) } : {}),
  };
}

function numbersOf(json: unknown): Record<string, number> {
  const pairs = Object.entries(isJsonObject(json) ? json : {});
  return Object.fromEntries(pairs.filter((pair): pair is [string, number] => typeof pair[1] === 'number'));
}

function exceptionOf({ entry, kind, state, why }: JsonObject): ExceptionAnswer {
  const told = { entry: Number(entry), kind: String(kind), state: String(state) };
  return typeof why === 'string' ? { ...told, why } : told;
}

function sumOf([state, sum]: [string, unknown]): (readonly [string, Sum])[] {
  if (!isJsonObject(sum) || typeof sum.total !== 'string' || !/^[0-9]{1,60}$/.test(sum.total)) return [];
  return [[state, { count: Number(sum.count), total: BigInt(sum.total) }]];
}

function unreadable(): CodedError {
  return new CodedError('network.answer', 'The network answered with something that is not a program.');
}
