import { dirname, resolve } from 'node:path';
import { CodedError, isCodedError, type Program, parseJsonObject, type Rulebook } from '@holdfast/core';
import { parseProgram } from '@holdfast/core/program';
import { parseScenario, type Scenario } from '@holdfast/rehearsal';
import { FILE_BOUNDS, readBounded } from '../bounded-file.ts';
import { isAddress, readRulebook } from '../rulebook/read-rulebook.ts';

const MAX_SCENARIO_BYTES = 262_144;

export type ReadScenario = { readonly scenario: Scenario; readonly program: Program; readonly rulebook?: Rulebook };

/** A scenario with the program and the rulebook that it names, whose files lie where it says from where it lies itself. */
export async function readScenario(file: string): Promise<ReadScenario> {
  const scenario = parseScenario(await readBounded(file, MAX_SCENARIO_BYTES));
  const beside = (name: string) => (file === '-' || isAddress(name) ? name : resolve(dirname(file), name));
  const { program, rulebook } = scenario;
  const read = typeof program === 'string' ? await readNamed('program', beside(program)) : program;
  return {
    scenario,
    program: parseProgram(read),
    ...(rulebook === undefined ? {} : { rulebook: await readRulebook(beside(rulebook)) }),
  };
}

async function readNamed(member: string, file: string) {
  try {
    return parseJsonObject(await readBounded(file), FILE_BOUNDS);
  } catch (cause) {
    if (!isCodedError(cause)) throw cause;
    throw new CodedError(cause.code, `${member}: ${cause.message}`, { ...cause.details, path: member }, cause);
  }
}
