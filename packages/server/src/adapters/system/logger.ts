import { isCodedError } from '@holdfast/core';
import { type DestinationStream, type Logger, pino } from 'pino';

/** JSON lines on standard error. Bodies, keys and tokens are never given to it. */
export function createLogger(
  level: 'info' | 'warn' | 'silent',
  destination: DestinationStream = pino.destination({ dest: 2, sync: false }),
): Logger {
  const timestamp = pino.stdTimeFunctions.isoTime;
  return pino({ level, base: null, timestamp, serializers: { err: tellError } }, destination);
}

const MAX_CAUSES = 4;

/**
 * What a line says of an error, and nothing of where this machine keeps its files. What has a code is explained by it, and of what
 * caused it only codes are told: its words are somebody else's. A fault of ours keeps its stack.
 */
export function tellError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error };
  if (isCodedError(error)) {
    const { code, message, details } = error;
    const causes = causesOf(error);
    return { code, message, details, ...(causes.length === 0 ? {} : { causes }) };
  }
  return { type: error.name, ...codeOf(error), stack: withoutPlaces(error.stack ?? error.message) };
}

function causesOf({ cause }: Error): string[] {
  const codes: string[] = [];
  for (let next = cause; next instanceof Error && codes.length < MAX_CAUSES; next = next.cause) {
    codes.push(codeOf(next).code ?? next.name);
  }
  return codes;
}

function codeOf(error: Error): { readonly code?: string } {
  return 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
}

/** Files of ours by their place in the repository, those of packages by their package; what is quoted and absolute not at all. */
function withoutPlaces(text: string): string {
  return text
    .replace(/(['"])\/[^'"\n]*\1/g, '$1…$1')
    .replace(/(?:file:\/\/)?\/[^\s()]*?\/(packages|node_modules)\//g, '$1/');
}
