import type { Logger } from 'pino';
import { createLogSink } from './log-sink.ts';
import { createOutlets, type Outlets } from './outlets.ts';
import { createRegistry, type Registry } from './registry.ts';
import { createSignals, SILENT, type Signals } from './signals.ts';
import { NO_SPANS, type Spans } from './spans.ts';

/** What one process tells of itself: lines, numbers, and spans where somebody takes them. */
export type Seeing = AsyncDisposable & {
  readonly signals: Signals;
  readonly spans: Spans;
  readonly registry: Registry;
  /** Neighbours that nobody waits for, as far as they are away. */
  readonly outlets: Outlets;
};

export type SeeingOptions = {
  readonly logger: Logger;
  /** What this process is called at the receiver. */
  readonly service: string;
  /** An OTLP receiver, over HTTP; without it nothing leaves the process but lines and what is asked for. */
  readonly otlpUrl?: string;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly within: <T>(work: Promise<T>) => Promise<T>;
};

/** Of a process that tells nobody. */
export const UNSEEN: Seeing = {
  signals: SILENT,
  spans: NO_SPANS,
  registry: createRegistry((work) => work),
  outlets: createOutlets(() => 0),
  [Symbol.asyncDispose]: async () => undefined,
};

/** Opens what a process tells. The parts of OTLP are only loaded where there is a receiver. */
export async function openSeeing({ logger, service, otlpUrl, now, within }: SeeingOptions): Promise<Seeing> {
  const registry = createRegistry(within);
  const here = [createLogSink(logger), registry.count];
  const outlets = createOutlets(now);
  if (otlpUrl === undefined) {
    const signals = createSignals(here);
    return { signals, spans: NO_SPANS, registry, outlets, [Symbol.asyncDispose]: async () => undefined };
  }
  const dropped = { traces: 0, metrics: 0, logs: 0 };
  const local = createSignals(here);
  const { createOtlp } = await import('./otlp.ts');
  const otlp = createOtlp({
    ...{ url: otlpUrl, service, registry },
    lost(signal, count) {
      dropped[signal] += count;
      outlets.away('telemetry');
      local.exportFailed({ signal, count });
    },
    taken: () => outlets.well('telemetry'),
  });
  registry.watch(() =>
    Object.entries(dropped).map(([signal, value]) => ({ gauge: 'holdfast_export_dropped', labels: { signal }, value })),
  );
  return {
    signals: createSignals([...here, otlp.sink]),
    spans: otlp.spans,
    registry,
    outlets,
    [Symbol.asyncDispose]: () => otlp[Symbol.asyncDispose](),
  };
}
