import type { Logger } from 'pino';
import type { SignalSink } from './signals.ts';

/** One JSON line for each event, at its level; of a level that is not written nothing is made. */
export function createLogSink(
  logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'> & Partial<Pick<Logger, 'isLevelEnabled'>>,
): SignalSink {
  return ({ name, level, sentence, values }) => {
    if (logger.isLevelEnabled?.(level) === false) return;
    logger[level]({ event: name, ...values }, sentence);
  };
}
