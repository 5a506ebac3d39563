import {
  bindingDigest,
  CodedError,
  canonicalJson,
  type DecisionTarget,
  type Instruction,
  instructionSchema,
  isCodedError,
  keysInForce,
  type NetworkState,
  type Program,
} from '@holdfast/core';
import { parseProgram } from '@holdfast/core/program';
import type { ReleaseRequest, ReturnRequest } from './request.ts';

/** What a release is about. Throws `decision.*` for what the fold would refuse once two officers have signed it. */
export function releaseTarget(state: Readonly<NetworkState>, request: ReleaseRequest): DecisionTarget {
  const { program, instruction } = request;
  if (program === undefined) return instructionTarget(state, instruction);
  assertProgram(state, program);
  return { program: bindingDigest(program) };
}

/** As `releaseTarget`, of an act that returns money. */
export function returnTarget(state: Readonly<NetworkState>, { instruction }: ReturnRequest): DecisionTarget {
  const target = instructionTarget(state, instruction);
  if (instruction.act === 'cancel') return target;
  throw new CodedError('decision.instruction', 'The power to return money only cancels a payment.');
}

function instructionTarget(state: Readonly<NetworkState>, instruction: Instruction): DecisionTarget {
  const parsed = instructionSchema.safeParse(instruction);
  if (!parsed.success || canonicalJson(parsed.data) !== canonicalJson(instruction)) {
    throw new CodedError('decision.instruction', 'This is not an act on a payment.');
  }
  if (!state.programs.has(instruction.program)) {
    throw new CodedError('decision.program-unknown', 'This network has no such program.');
  }
  return { instruction: bindingDigest(instruction) };
}

/** The shape, the rules and the query: what nobody could qualify under, or what costs without bound, is not released. */
export function assertReadable(program: Program): void {
  try {
    // A member that the fold would drop must not be approved: the digests would differ.
    if (canonicalJson(parseProgram(program)) === canonicalJson(program)) return;
  } catch (cause) {
    if (!isCodedError(cause)) throw cause;
    const sentence = `This program cannot be released: ${cause.message}`;
    throw new CodedError('decision.program', sentence, { reason: cause.code, ...cause.details }, cause);
  }
  throw new CodedError('decision.program', 'This is not a program: holdfast program check says what is wrong.');
}

function assertProgram(state: Readonly<NetworkState>, program: Program): void {
  assertReadable(program);
  if (state.programs.has(program.id)) {
    throw new CodedError('decision.program-exists', 'There is a program with this id, and its rules stay as they are.');
  }
  const organiser = state.parties.get(program.organiser);
  if (organiser?.kind !== 'distributor' || keysInForce(organiser, 'statement', state.time).length === 0) {
    throw new CodedError('decision.program-organiser', 'The organiser of this program is no accredited distributor.');
  }
  if (program.window.closesAt <= state.time) {
    throw new CodedError('decision.program-window', 'The window of this program has closed already.');
  }
}
