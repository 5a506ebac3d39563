import { BUCKETS_SECONDS, type HistogramValue, type Labels, type Reading, type Series } from './registry.ts';

export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** The text that Prometheus scrapes (exposition format 0.0.4). */
export function encodePrometheus(readings: readonly Reading[]): string {
  return readings.map(encodeReading).join('');
}

function encodeReading({ metric, series }: Reading): string {
  const { name, kind, help } = metric;
  const head = `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${kind}\n`;
  return head + series.map((one) => encodeSeries(name, one)).join('');
}

function encodeSeries(name: string, { labels, value }: Series): string {
  if (typeof value === 'number') return `${name}${encodeLabels(labels)} ${value}\n`;
  return encodeHistogram(name, labels, value);
}

function encodeHistogram(name: string, labels: Labels, { count, sum, buckets }: HistogramValue): string {
  let below = 0;
  const lines = BUCKETS_SECONDS.map((end, i) => {
    below += buckets[i] ?? 0;
    return `${name}_bucket${encodeLabels({ ...labels, le: String(end) })} ${below}\n`;
  });
  const last = `${name}_bucket${encodeLabels({ ...labels, le: '+Inf' })} ${count}\n`;
  return `${lines.join('')}${last}${name}_sum${encodeLabels(labels)} ${sum}\n${name}_count${encodeLabels(labels)} ${count}\n`;
}

function encodeLabels(labels: Labels): string {
  const named = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return named.length === 0 ? '' : `{${named.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
