import {
  bindingDigest,
  CodedError,
  changesOfRevision,
  type DecisionTarget,
  type DecisionTerms,
  effectOfChanges,
  findNever,
  MAX_PROGRAM_VERSIONS,
  type NetworkState,
  noticeOfRevision,
  type ProgramRecord,
  type Rulebook,
} from '@holdfast/core';
import { assertReadable } from './release.ts';
import type { ReviseRequest } from './request.ts';

type Frame = { readonly expiry: number; readonly rulebook: Rulebook };

/** Named by the rules that will be, which officers can recompute. */
export function revisedTarget({ program }: ReviseRequest): DecisionTarget {
  return { program: bindingDigest(program) };
}

/**
 * What binds the next version of a program. Throws `decision.program`, `decision.program-unknown`, `decision.revision-base`,
 * `decision.revision-waits`, `decision.revision-late`, `decision.revision-fixed` or `decision.notice` for what the fold would
 * refuse once officers have signed it.
 */
export function revisionBinding(
  state: Readonly<NetworkState>,
  request: ReviseRequest,
  frame: Frame,
): DecisionTerms['parameters'] {
  const { program, replaces } = request;
  assertReadable(program);
  const record = state.programs.get(program.id);
  if (record === undefined) {
    throw new CodedError('decision.program-unknown', 'This network has no such program.');
  }
  const digest = bindingDigest(program);
  if (replaces !== record.digest || digest === record.digest) {
    const sentence = 'The next version of a program changes the one in force, and this was made for another.';
    throw new CodedError('decision.revision-base', sentence, { inForce: record.digest });
  }
  return { program: digest, replaces, effectiveAt: assertRevision(record, request, frame) };
}

/** When it comes into force. */
function assertRevision(record: ProgramRecord, { program, effectiveAt: asked }: ReviseRequest, frame: Frame): number {
  const { revision, intake, earlier = [] } = record;
  if (revision !== undefined) {
    const sentence = `Entry #${revision.entry} announced a next version that waits. Cancel it first, or let it come into force.`;
    throw new CodedError('decision.revision-waits', sentence, { entry: revision.entry });
  }
  const effect = effectOfChanges(changesOfRevision(record, program, frame.expiry));
  const earliest = frame.expiry + noticeOfRevision(frame.rulebook, effect);
  const effectiveAt = asked ?? earliest;
  if (!Number.isSafeInteger(effectiveAt) || effectiveAt < earliest) {
    const sentence = 'The next version of a program waits out its notice after the last approval.';
    throw new CodedError('decision.notice', sentence, { earliest });
  }
  const { closesAt } = record.program.window;
  if (intake !== undefined || effectiveAt >= closesAt || earlier.length + 2 > MAX_PROGRAM_VERSIONS) {
    const sentence = `Rules change until the window closes, and at most ${MAX_PROGRAM_VERSIONS - 1} times.`;
    throw new CodedError('decision.revision-late', sentence, { effectiveAt, closesAt });
  }
  const fixed = findNever(changesOfRevision(record, program, effectiveAt));
  if (fixed === undefined) return effectiveAt;
  const sentence = `No quorum can change this: ${fixed.text}; ${fixed.never}.`;
  throw new CodedError('decision.revision-fixed', sentence, { path: fixed.path });
}
