import {
  type CodedError,
  describeProgram,
  type Program,
  type ProgramDescription,
  type ProgramPart,
  parseJsonObject,
  type Rulebook,
  wordsOfDescription,
} from '@holdfast/core';
import { isCodedError } from '@holdfast/core/errors';
import { parseProgram } from '@holdfast/core/program';
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
