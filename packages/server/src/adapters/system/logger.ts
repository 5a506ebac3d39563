import { type Logger, pino } from 'pino';

/** JSON lines on standard error. Bodies, keys and tokens are never given to it. */
export function createLogger(level: 'info' | 'warn' | 'silent'): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: false }),
  );
}
