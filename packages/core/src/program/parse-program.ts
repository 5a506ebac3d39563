import { CodedError, isCodedError } from '../errors.ts';
import { type Program, programSchema } from './program.ts';

/**
 * Reads a program from outside. Throws `program.malformed` with the path of the first member that is wrong and what to
 * change about it.
 */
export function parseProgram(value: unknown): Program {
  const parsed = readProgram(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path.join('.') ?? '';
  throw malformed(path, issue?.message ?? 'malformed');
}

function readProgram(value: unknown): ReturnType<typeof programSchema.safeParse> {
  try {
    return programSchema.safeParse(value);
  } catch (cause) {
    // Text that JSON cannot write has no digest, so nobody could approve it.
    if (isCodedError(cause)) throw malformed('', cause.message);
    throw cause;
  }
}

function malformed(path: string, what: string): CodedError {
  return new CodedError('program.malformed', `This program cannot be used. ${path || 'The whole'}: ${what}`, { path });
}
