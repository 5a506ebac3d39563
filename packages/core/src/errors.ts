/**
 * An operating failure with a code from `spec/problems.json`. Codes are public API: added, never renamed.
 * Across packages compare `code`, never `instanceof`: two copies of a package have two classes.
 */
export class CodedError<Code extends string = string> extends Error {
  override readonly name = 'CodedError';
  readonly code: Code;
  /** What is wrong, as data for the reader: names, positions, bounds. Never a secret or personal data. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: Code, message: string, details: Readonly<Record<string, unknown>> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}

export function isCodedError(error: unknown): error is CodedError {
  return error instanceof Error && error.name === 'CodedError' && typeof (error as CodedError).code === 'string';
}

/** A broken invariant crashes: going on wrong is worse than stopping. `what` states the invariant that should hold. */
export function assert(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Error(`broken invariant: ${what}`);
}
