import { isCodedError } from '@holdfast/core';
import type { DistributorPorts } from './neighbours.ts';

/**
 * Tells operators of what failed and is tried again. Only sentences of ours: what others throw may quote what a person
 * sent in.
 */
export function reportFailure({ report }: Pick<DistributorPorts, 'report'>, program: string, error: unknown): void {
  report({ code: isCodedError(error) ? error.code : 'internal', program, detail: sentenceOf(error) });
}

export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return 'Something that is no error was thrown.';
  if (isCodedError(error) || error.message.startsWith('broken invariant: ')) return error.message;
  return `${error.name} without a code`;
}
