import {
  type CodedError,
  compareProgramVersions,
  describeProgram,
  findNever,
  type Program,
  type ProgramChange,
  type ProgramDescription,
  type ProgramPart,
  parseJsonObject,
  type RevisionReach,
  type Rulebook,
  revisionReach,
  wordsOfDescription,
} from '@holdfast/core';
import { isCodedError } from '@holdfast/core/errors';
import { parseProgram } from '@holdfast/core/program';
import type { ProgramAnswer } from '@holdfast/server/answers';
import { amountOf } from '../../parts/money-words.ts';
import { dateOf, durationOf } from '../../parts/time-words.ts';

/** What a text says as a program, or the first thing that is wrong with it and where. */
export type DraftCheck =
  | {
      readonly ok: true;
      readonly program: Program;
      readonly description: ProgramDescription;
      readonly parts: readonly ProgramPart[];
    }
  | { readonly ok: false; readonly path?: string; readonly words: string };

const BOUNDS = { maxLength: 65_536, maxDepth: 24 } as const;

/** The same reading as `holdfast program check`, in the browser. */
export function checkDraft(text: string, rulebook: Rulebook): DraftCheck {
  try {
    const program = parseProgram(parseJsonObject(text, BOUNDS));
    const description = describeProgram(program, rulebook);
    const telling = { money: moneyOf, date: dateOf, duration: durationOf };
    return { ok: true, program, description, parts: wordsOfDescription(description, telling) };
  } catch (error) {
    if (isCodedError(error)) return faultOf(error);
    throw error;
  }
}

function faultOf({ details, message }: CodedError): DraftCheck {
  const path = typeof details.path === 'string' && details.path !== '' ? details.path : undefined;
  return { ok: false, words: message, ...(path === undefined ? {} : { path }) };
}

const moneyOf = (asset: Program['asset']) => (amount: bigint) => amountOf(amount, asset);

/** What the next version changes, whom it concerns, and why it cannot be done where it cannot. */
export type RevisionCheck = {
  readonly changes: readonly ProgramChange[];
  readonly reach: RevisionReach;
  readonly never?: string;
};

export function checkRevision(current: ProgramAnswer, next: Program, effectiveAt: number): RevisionCheck {
  const { program, applications, payments } = current;
  const changes = compareProgramVersions(program, next, { effectiveAt });
  const { voided: _, ...spoken } = payments;
  const spokenFor = Object.values(spoken).reduce((sum, { total }) => sum + BigInt(total), 0n);
  const never = findNever(changes)?.never;
  const reach = revisionReach(program, next, { applied: applications.all, spokenFor });
  return { changes, reach, ...(never === undefined ? {} : { never }) };
}
