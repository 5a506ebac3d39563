import type { Logger } from 'pino';
import type { SignalSink } from './signals.ts';

/** One JSON line for each event, at its level. */
export function createLogSink(logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>): SignalSink {
  return ({ name, level, sentence, values }) => logger[level]({ event: name, ...values }, sentence);
}
