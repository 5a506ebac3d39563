import { type Link, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, ValueType } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import {
  AggregationTemporality,
  DataPointType,
  MeterProvider,
  type MetricData,
  type MetricProducer,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { UNFIT, type Value } from './attributes.ts';
import { BUCKETS_SECONDS, type HistogramValue, type Reading, type Registry, type Series } from './registry.ts';
import type { Emitted, SignalSink } from './signals.ts';
import { NO_SPAN, type OpenSpan, type Spans, spanUnderWay } from './spans.ts';

export type OtlpBounds = {
  /** Spans, and lines of the log, that wait to be sent; what comes beyond is counted and not told. */
  readonly maxWaiting: number;
  readonly maxBatch: number;
  /** How often what waits is sent. */
  readonly everyMs: number;
  readonly metricsEveryMs: number;
  /** How long the other side may take; then the batch is given up. */
  readonly timeoutMs: number;
  /** How long the end of the process waits for what is still to be sent. */
  readonly lastMs: number;
};

export const DEFAULT_OTLP_BOUNDS: OtlpBounds = {
  maxWaiting: 4096,
  maxBatch: 512,
  everyMs: 2000,
  metricsEveryMs: 15_000,
  timeoutMs: 5000,
  lastMs: 2000,
};

export type OtlpOptions = {
  /** Where an OTLP receiver answers over HTTP, without `/v1/…`. */
  readonly url: string;
  /** What this process is called there: `holdfast`, `holdfast-south`. */
  readonly service: string;
  readonly registry: Pick<Registry, 'read'>;
  /** Told how many of what could not be told. */
  readonly lost: (signal: 'traces' | 'metrics' | 'logs', count: number) => void;
  /** Told of each batch that was taken. */
  readonly taken?: () => void;
  readonly bounds?: Partial<OtlpBounds>;
};

export type Otlp = { readonly sink: SignalSink; readonly spans: Spans } & AsyncDisposable;

type Told = 'traces' | 'metrics' | 'logs';
const SCOPE = 'holdfast';

/** Everything to an OTLP receiver, over HTTP with protobuf. Nobody waits for it: what it does not take is given up. */
export function createOtlp(options: OtlpOptions): Otlp {
  const bounds = { ...DEFAULT_OTLP_BOUNDS, ...options.bounds };
  const resource = resourceFromAttributes({ 'service.name': options.service });
  const { url, lost, taken = () => undefined } = options;
  const at = (path: Told) => ({ url: `${url.replace(/\/+$/, '')}/v1/${path}`, timeoutMillis: bounds.timeoutMs });
  const batches = {
    maxQueueSize: bounds.maxWaiting,
    maxExportBatchSize: bounds.maxBatch,
    scheduledDelayMillis: bounds.everyMs,
    exportTimeoutMillis: bounds.timeoutMs * 2,
  };
  const traces = counted(
    new OTLPTraceExporter(at('traces')),
    { lost: (count) => lost('traces', count), taken },
    bounds.maxWaiting,
  );
  const logs = counted(
    new OTLPLogExporter(at('logs')),
    { lost: (count) => lost('logs', count), taken },
    bounds.maxWaiting,
  );
  const tracing = new TracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor({ ...batches, exporter: traces.exporter })],
  });
  const logging = new LoggerProvider({
    resource,
    processors: [new BatchLogRecordProcessor({ ...batches, exporter: logs.exporter })],
  });
  const meters = meterProvider(options, at('metrics'), bounds, resource);
  const tracer = tracing.getTracer(SCOPE);
  const logger = logging.getLogger(SCOPE);

  function open(name: string, kind: SpanKind): OpenSpan {
    if (!traces.enter()) return NO_SPAN;
    const span = tracer.startSpan(name, { root: true, kind }, ROOT_CONTEXT);
    let isOver = false;
    return {
      isOver: () => isOver,
      event(happened, values, link) {
        span.addEvent(happened, values);
        if (link !== undefined) span.addLink(linkTo(link));
      },
      stage(part, startedAt, tookMs) {
        if (!traces.enter()) return;
        const within = trace.setSpan(ROOT_CONTEXT, span);
        tracer.startSpan(part, { kind: SpanKind.INTERNAL, startTime: startedAt }, within).end(startedAt + tookMs);
      },
      end(values, failed) {
        isOver = true;
        span.setAttributes(values);
        if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
        span.end();
      },
    };
  }

  return {
    spans: { open: (name) => open(name, SpanKind.SERVER) },
    sink(emitted) {
      // What tells that nothing could be told would have to be told as well.
      if (emitted.event === 'exportFailed') return;
      const attributes = prefixed(emitted);
      const link = linkIn(emitted);
      const around = spanUnderWay();
      const span = around ?? open(emitted.name, SpanKind.INTERNAL);
      span.event(emitted.name, attributes, link);
      if (around === undefined) span.end({}, false);
      if (!logs.enter()) return;
      logger.emit({ ...SEVERITY[emitted.level], eventName: emitted.name, body: emitted.sentence, attributes });
    },
    async [Symbol.asyncDispose]() {
      const ends = Promise.allSettled([tracing.shutdown(), logging.shutdown(), meters.shutdown()]);
      await Promise.race([ends, new Promise((resolve) => setTimeout(resolve, bounds.lastMs).unref())]);
    },
  };
}

const SEVERITY = {
  debug: { severityNumber: SeverityNumber.DEBUG, severityText: 'DEBUG' },
  info: { severityNumber: SeverityNumber.INFO, severityText: 'INFO' },
  warn: { severityNumber: SeverityNumber.WARN, severityText: 'WARN' },
  error: { severityNumber: SeverityNumber.ERROR, severityText: 'ERROR' },
} as const;

function prefixed({ values }: Emitted): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [`holdfast.${key}`, value]));
}

/** The thread that it belongs to: a credential's, or else a decision's. */
function linkIn({ values: { handle, decision } }: Emitted): string | undefined {
  return [handle, decision].find((thread) => typeof thread === 'string' && thread !== UNFIT) as string | undefined;
}

const SPAN_ID_LENGTH = 16;

/** To the thread of everything that this role sees of the credential in this month: its handle is the thread's trace id. */
function linkTo(handle: string): Link {
  return { context: { traceId: handle, spanId: handle.slice(0, SPAN_ID_LENGTH), traceFlags: 0, isRemote: false } };
}

type Exporter<Item> = {
  export(items: Item[], done: (result: { code: number; error?: Error }) => void): void;
  shutdown(): Promise<void>;
  forceFlush?(): Promise<void>;
};

/** Counts what waits or is on its way, so that beyond the bound nothing more is made, and what was not taken is known. */
function counted<Item, E extends Exporter<Item>>(
  exporter: E,
  { lost, taken }: { readonly lost: (count: number) => void; readonly taken: () => void },
  maxWaiting: number,
) {
  let waiting = 0;
  const send = exporter.export.bind(exporter);
  exporter.export = (items, done) => {
    send(items, (result) => {
      waiting = Math.max(0, waiting - items.length);
      if (result.code === 0) taken();
      else lost(items.length);
      done(result);
    });
  };
  return {
    exporter,
    enter(): boolean {
      if (waiting >= maxWaiting) {
        lost(1);
        return false;
      }
      waiting += 1;
      return true;
    },
  };
}

function meterProvider(
  { registry, lost, taken = () => undefined }: OtlpOptions,
  at: { readonly url: string; readonly timeoutMillis: number },
  bounds: OtlpBounds,
  resource: Resource,
): MeterProvider {
  const exporter = new OTLPMetricExporter(at);
  const send = exporter.export.bind(exporter);
  exporter.export = (metrics, done) =>
    send(metrics, (result) => {
      if (result.code === 0) taken();
      else lost('metrics', 1);
      done(result);
    });
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: bounds.metricsEveryMs,
    exportTimeoutMillis: Math.min(bounds.timeoutMs, bounds.metricsEveryMs),
    metricProducers: [producerOf(registry, resource)],
  });
  return new MeterProvider({ resource, readers: [reader] });
}

/** The numbers of `/metrics`, as they are: there is one place where anything is counted. */
function producerOf(registry: Pick<Registry, 'read'>, resource: Resource): MetricProducer {
  const since = Date.now();
  return {
    async collect() {
      const metrics = (await registry.read()).map((reading) => metricOf(reading, since, Date.now()));
      return { resourceMetrics: { resource, scopeMetrics: [{ scope: { name: SCOPE }, metrics }] }, errors: [] };
    },
  };
}

function metricOf({ metric, series }: Reading, since: number, now: number): MetricData {
  const { name, help: description, kind } = metric;
  const unit = name.endsWith('_seconds') ? 's' : '';
  const common = {
    descriptor: { name, description, unit, valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  const times = { startTime: hrTime(since), endTime: hrTime(now) };
  const numbers = series.map(({ labels, value }) => ({ ...times, attributes: labels, value: Number(value) }));
  if (kind === 'counter') {
    return { ...common, dataPointType: DataPointType.SUM, dataPoints: numbers, isMonotonic: true };
  }
  if (kind === 'gauge') return { ...common, dataPointType: DataPointType.GAUGE, dataPoints: numbers };
  return {
    ...common,
    dataPointType: DataPointType.HISTOGRAM,
    dataPoints: series.map((one) => ({ ...times, attributes: one.labels, value: histogramOf(one) })),
  };
}

function histogramOf({ value }: Series) {
  const { count, sum, buckets } = value as HistogramValue;
  const within = buckets.reduce((all, inside) => all + inside, 0);
  return { count, sum, buckets: { boundaries: [...BUCKETS_SECONDS], counts: [...buckets, count - within] } };
}

function hrTime(timeMs: number): [number, number] {
  return [Math.floor(timeMs / 1000), (timeMs % 1000) * 1_000_000];
}
