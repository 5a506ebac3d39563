import { isJsonObject } from '@holdfast/core';
import { dateOf } from '../parts/time-words.ts';

export type LogEntries = {
  readonly size: number;
  readonly entries: readonly {
    readonly index: number;
    readonly jws: string;
    readonly payload?: Readonly<Record<string, unknown>>;
    readonly malformed?: string;
  }[];
};

/** An entry in a sentence. Of a kind that is newer than this page it says that much. */
export function wordsOfEntry({ payload, malformed }: LogEntries['entries'][number]): string {
  if (payload === undefined) return `is no statement (${malformed ?? '?'}): it changes nothing.`;
  const { type, time, party, power, count, list, changes, program, applications, step } = payload;
  const named = (value: unknown) => (isJsonObject(value) ? String(value.id ?? '') : String(value ?? ''));
  switch (type) {
    case 'epoch':
      return `Epoch: what was entered before takes effect at ${dateOf(Number(time))}.`;
    case 'rulebook':
      return 'A rulebook.';
    case 'party':
      return `The entry of ${named(party)} becomes another.`;
    case 'list':
      return `A status list is opened: ${String(list)}.`;
    case 'status':
      return `Status changes, of ${Array.isArray(changes) ? changes.length : 0} named one by one.`;
    case 'decision':
      return `Officers decide to ${String(power)}, of ${targetsOf(payload) ?? count ?? '?'}.`;
    case 'program':
      return `The program ${named(program)} begins.`;
    case 'intake':
      return `Intake of ${named(program)}: ${String(count ?? applications ?? '?')} applications.`;
    case 'seal':
      return `Seal of ${named(program)}: who is admitted stands fast.`;
    case 'draw':
      return `Draw of ${named(program)}: what everybody gets.`;
    case 'case':
      return `A step of a case: ${isJsonObject(step) ? String(step.act) : actOf(payload)}.`;
    default:
      return `A statement of type ${String(type)}.`;
  }
}

function targetsOf({ targets }: Readonly<Record<string, unknown>>): string | undefined {
  return isJsonObject(targets) ? String(targets.count) : undefined;
}

function actOf({ act }: Readonly<Record<string, unknown>>): string {
  return isJsonObject(act) ? String(act.act) : String(act ?? '?');
}
