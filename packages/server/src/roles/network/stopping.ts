import { CodedError, isCodedError } from '@holdfast/core';
import type { Signals } from '../../seeing/signals.ts';

/** The log itself or its keys are wrong: going on would make it worse. */
const STOPPING: ReadonlySet<string> = new Set(['network.store-damaged', 'network.other-keys']);

/** Whether nothing may be written any more after this; then it is told. */
export function endsWith(error: unknown, signals: Pick<Signals, 'partStopped'>): boolean {
  const code = isCodedError(error) ? error.code : 'network.fault';
  if (isCodedError(error) && !STOPPING.has(code)) return false;
  signals.partStopped({ part: 'network', why: code });
  return true;
}

export function isConflict(error: unknown): boolean {
  return isCodedError(error) && error.code === 'log.size-conflict';
}

export function closed(): CodedError {
  return new CodedError('network.stopped', 'This network takes no statements any more.');
}
