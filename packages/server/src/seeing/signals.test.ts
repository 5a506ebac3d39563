import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { Attribute } from './attributes.ts';
import { EVENTS, type EventName } from './events.ts';
import { createLogSink } from './log-sink.ts';
import { counterOf, metricsList } from './metrics.ts';
import { encodePrometheus } from './prometheus.ts';
import { createRegistry } from './registry.ts';
import { createSignals, type Emitted, type Signals } from './signals.ts';

const SAMPLES: Readonly<Record<Attribute['kind'], string | number>> = {
  word: '',
  name: 'north',
  code: 'status.revoked',
  count: 3,
  entry: 12,
  handle: '0123456789abcdef0123456789abcdef',
  ms: 250,
};

/** Values that fit every attribute of an event. */
function valuesOf(event: EventName): Record<string, string | number> {
  const attributes: Readonly<Record<string, Attribute>> = EVENTS[event].attributes;
  return Object.fromEntries(
    Object.entries(attributes).map(([key, attribute]) => [
      key,
      attribute.kind === 'word' ? (attribute.of[0] ?? '') : SAMPLES[attribute.kind],
    ]),
  );
}

function open() {
  const lines: Record<string, unknown>[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const registry = createRegistry((work) => work);
  const emitted: Emitted[] = [];
  const signals = createSignals([createLogSink(logger), registry.count, (one) => void emitted.push(one)]);
  const text = async () => encodePrometheus(await registry.read());
  return { signals, lines, emitted, text, registry };
}

function emit(signals: Signals, event: EventName, values: object): void {
  (signals[event] as (given: object) => void)(values);
}

describe('an event', () => {
  it.each(Object.keys(EVENTS) as EventName[])('%s is one line, one count and one event of a span', async (event) => {
    const { signals, lines, emitted, text } = open();
    emit(signals, event, valuesOf(event));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ event: emitted[0]?.name, msg: EVENTS[event].sentence });
    expect(emitted).toEqual([expect.objectContaining({ event, values: valuesOf(event) })]);
    const counted = (await text()).split('\n').filter((line) => line.split(/[{ ]/)[0] === counterOf(event).name);
    expect(counted).toHaveLength(1);
    expect(counted[0]).toMatch(/ 1$/);
  });

  it('says nothing that is not of the kind of its attribute, and nothing that has no attribute', () => {
    const { signals, lines } = open();
    const values = {
      issuer: 'Ada Example',
      type: '../../etc/passwd with words',
      copies: -1,
      handle: 'not hex',
      label: 'ada',
    };
    emit(signals, 'credentialIssued', values);
    expect(lines[0]).toMatchObject({ issuer: 'unfit', type: 'unfit', copies: 'unfit', handle: 'unfit' });
    expect(JSON.stringify(lines)).not.toMatch(/Ada|passwd|label|"ada"/);
  });

  it('is told by the others when one of those that tell it fails', () => {
    const told: string[] = [];
    const signals = createSignals([
      () => {
        throw new Error('the exporter is broken');
      },
      ({ name }) => void told.push(name),
    ]);
    signals.programClosed({ program: 'relief' });
    expect(told).toEqual(['program.closed']);
  });
});

describe('numbers', () => {
  it('have no more labels than are bounded, whatever names come', async () => {
    const { signals, registry } = open();
    for (let i = 0; i < 1000; i += 1) signals.webhookTold({ owner: `owner-${i}`, kind: 'presentation' });
    const reading = (await registry.read()).find(({ metric }) => metric.name === 'holdfast_webhook_told_total');
    expect(reading?.series.length).toBeLessThanOrEqual(201);
    expect(reading?.series.at(-1)).toEqual({ labels: { owner: 'other', kind: 'other' }, value: 800 });
  });

  it('never have a handle or an entry as a label, and of a code only what it is of', () => {
    const labels = metricsList().flatMap((metric) => metric.labels);
    expect(labels).not.toContain('handle');
    expect(labels).not.toContain('entry');
    expect(labels).not.toContain('size');
    expect(new Set(metricsList().map(({ name }) => name)).size).toBe(metricsList().length);
  });

  it('of durations add up in buckets, as Prometheus reads them', async () => {
    const { signals, text } = open();
    for (const lagMs of [1, 40, 40, 100_000_000]) signals.epochFollowed({ follower: 'north', size: 5, lagMs });
    const lines = (await text()).split('\n').filter((line) => line.startsWith('holdfast_epoch_followed_lag_seconds'));
    const bucketOf = (end: string) =>
      lines
        .find((line) => line.includes(end))
        ?.split(' ')
        .at(-1);
    expect([bucketOf('le="0.02"'), bucketOf('le="0.05"'), bucketOf('le="86400"'), bucketOf('+Inf')]).toEqual([
      '1',
      '3',
      '3',
      '4',
    ]);
    expect(bucketOf('_count')).toBe('4');
    expect(bucketOf('_sum')).toBe('100000.081');
  });

  it('that a role cannot say are left out, and that is counted', async () => {
    const { registry, text } = open();
    registry.watch(() => Promise.reject(new Error('away')));
    registry.watch(() => [{ gauge: 'holdfast_log_size', value: 7 }]);
    expect(await text()).toContain('holdfast_log_size 7');
    expect(await text()).toContain('holdfast_reading_failed 1');
  });

  it('escape what would end a label', async () => {
    const { registry, text } = open();
    registry.watch(() => [{ gauge: 'holdfast_feed_stopped', labels: { follower: 'a"b\\c\nd' }, value: 1 }]);
    expect(await text()).toContain('holdfast_feed_stopped{follower="a\\"b\\\\c\\nd"} 1');
  });
});
