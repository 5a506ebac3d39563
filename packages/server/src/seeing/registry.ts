import { areaOf, type Values } from './attributes.ts';
import { EVENTS, type EventKind, type EventName } from './events.ts';
import { counterOf, GAUGES, type GaugeName, histogramsOf, type Metric, sumsOf } from './metrics.ts';
import type { Emitted } from './signals.ts';

/** Upper ends of the buckets of every histogram, in seconds. */
export const BUCKETS_SECONDS = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400,
] as const;

/** Sets of labels that one metric has; what comes beyond is counted together, under `other`. */
const MAX_SERIES = 200;
const OTHER = 'other';

export type Labels = Readonly<Record<string, string>>;
export type HistogramValue = { readonly count: number; readonly sum: number; readonly buckets: readonly number[] };
export type Series = { readonly labels: Labels; readonly value: number | HistogramValue };
export type Reading = { readonly metric: Metric; readonly series: readonly Series[] };

/** One value of a gauge. */
export type GaugeSample = { readonly gauge: GaugeName; readonly labels?: Labels; readonly value: number };
export type GaugeSource = () => readonly GaugeSample[] | Promise<readonly GaugeSample[]>;

export type Registry = {
  count(emitted: Emitted): void;
  /**
   * Asks a role when somebody looks. One that fails or is silent leaves its gauges out, and is counted. Of two that say the same
   * gauge with the same labels the first counts.
   */
  watch(source: GaugeSource): void;
  read(): Promise<readonly Reading[]>;
};

type Row = { readonly labels: Labels; value: number; sum: number; readonly buckets: number[] };
type Table = { readonly metric: Metric; readonly rows: Map<string, Row> };
type EventTables = {
  readonly counter: Table;
  readonly sums: readonly (Table & { readonly attribute: string })[];
  readonly histograms: readonly (Table & { readonly attribute: string })[];
};

/** `within`: resolves as the work does, or rejects when it takes too long. */
export function createRegistry(within: <T>(work: Promise<T>) => Promise<T>): Registry {
  const tables = new Map((Object.keys(EVENTS) as EventName[]).map((event) => [event, tablesOf(event)]));
  const sources: GaugeSource[] = [];

  async function readGauges(): Promise<readonly Reading[]> {
    const read = await Promise.allSettled(sources.map((source) => within(Promise.resolve().then(source))));
    const failed = read.filter(({ status }) => status === 'rejected').length;
    const samples = read.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    return gaugesOf([...samples, { gauge: 'holdfast_reading_failed', value: failed }]);
  }

  return {
    count({ event, values }) {
      const found = tables.get(event);
      if (found === undefined) return;
      const { counter, sums, histograms } = found;
      rowOf(counter, event, values).value += 1;
      for (const table of sums) {
        rowOf(table, event, values).value += numberOf(values[table.attribute]);
      }
      for (const table of histograms) {
        const value = values[table.attribute];
        if (typeof value === 'number') note(rowOf(table, event, values), value / 1000);
      }
    },
    watch: (source) => void sources.push(source),
    async read() {
      const counted = [...tables.values()].flatMap(({ counter, sums, histograms }) => [
        readingOf(counter),
        ...sums.map(readingOf),
        ...histograms.map(readingOf),
      ]);
      return [...counted, ...(await readGauges())].filter(({ series }) => series.length > 0);
    },
  };
}

function tablesOf(event: EventName): EventTables {
  return {
    counter: { metric: counterOf(event), rows: new Map() },
    sums: sumsOf(event).map(({ attribute, ...metric }) => ({ attribute, metric, rows: new Map() })),
    histograms: histogramsOf(event).map(({ attribute, ...metric }) => ({ attribute, metric, rows: new Map() })),
  };
}

/** The labels of a row in their order, made only where there is no such row yet. */
function rowOf({ metric, rows }: Table, event: EventName, values: Values): Row {
  const { attributes }: EventKind = EVENTS[event];
  const own = metric.labels.map((label) => {
    const value = values[label] ?? '';
    return attributes[label]?.kind === 'code' ? areaOf(value) : String(value);
  });
  const known = rows.get(keyOf(own));
  if (known !== undefined) return known;
  const kept = rows.size >= MAX_SERIES ? own.map(() => OTHER) : own;
  const labels = Object.fromEntries(metric.labels.map((label, i) => [label, kept[i] ?? OTHER]));
  const row = rows.get(keyOf(kept)) ?? { labels, value: 0, sum: 0, buckets: BUCKETS_SECONDS.map(() => 0) };
  rows.set(keyOf(kept), row);
  return row;
}

function keyOf(labels: readonly string[]): string {
  return labels.join('\n');
}

function note(row: Row, seconds: number): void {
  row.value += 1;
  row.sum += seconds;
  const found = BUCKETS_SECONDS.findIndex((end) => seconds <= end);
  if (found !== -1) row.buckets[found] = (row.buckets[found] ?? 0) + 1;
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

function readingOf({ metric, rows }: Table): Reading {
  const numbersOf = ({ value, sum, buckets }: Row) =>
    metric.kind === 'histogram' ? { count: value, sum, buckets: [...buckets] } : value;
  return { metric, series: [...rows.values()].map((row) => ({ labels: row.labels, value: numbersOf(row) })) };
}

function gaugesOf(samples: readonly GaugeSample[]): readonly Reading[] {
  return (Object.keys(GAUGES) as GaugeName[]).map((name) => {
    const { help, labels } = GAUGES[name];
    const own = samples.filter(({ gauge, value }) => gauge === name && Number.isFinite(value)).reverse();
    const byLabels = new Map(
      own.map(({ labels: said = {}, value }) => [
        keyOf(labels.map((label: keyof typeof said) => said[label] ?? '')),
        { labels: said, value },
      ]),
    );
    return {
      metric: { name, kind: 'gauge', help, labels },
      series: [...byLabels.values()].reverse().slice(0, MAX_SERIES),
    };
  });
}
