import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { NO_PROMTOOL, PROMTOOL, promtool } from '../../test/promtool.ts';
import type { Attribute } from './attributes.ts';
import { EVENTS, type EventKind } from './events.ts';
import { GAUGES, type GaugeName } from './metrics.ts';
import { encodePrometheus } from './prometheus.ts';
import { createRegistry } from './registry.ts';
import { createSignals } from './signals.ts';

const VALUES: Readonly<Record<Exclude<Attribute['kind'], 'word'>, string | number>> = {
  ...{ name: 'x', code: 'feed.fork', count: 5, entry: 5, ms: 5, handle: '0'.repeat(32) },
};

/** `/metrics` of a process in which everything has happened once. */
async function everything(): Promise<string> {
  const registry = createRegistry((work) => work);
  const signals = createSignals([registry.count]) as unknown as Record<string, (values: object) => void>;
  for (const [event, kind] of Object.entries(EVENTS)) {
    const { attributes }: EventKind = kind;
    const values = Object.entries(attributes).map(([key, attribute]) => {
      return [key, attribute.kind === 'word' ? attribute.of[0] : VALUES[attribute.kind]];
    });
    signals[event]?.(Object.fromEntries(values));
  }
  registry.watch(() =>
    Object.entries(GAUGES).map(([gauge, { labels }]) => ({
      ...{ gauge: gauge as GaugeName, value: 1 },
      labels: Object.fromEntries(labels.map((label) => [label, 'x'])),
    })),
  );
  return encodePrometheus(await registry.read());
}

test('Prometheus itself finds nothing to say against the alert rules', (context) => {
  if (PROMTOOL === undefined) return context.skip(NO_PROMTOOL);
  const rules = fileURLToPath(new URL('../../../../deploy/prometheus/alerts.yml', import.meta.url));
  const { status, said } = promtool(['check', 'rules', rules]);
  expect(said).toMatch(/SUCCESS: \d+ rules found/);
  expect(status).toBe(0);
});

test('nor against any number that a process can show', async (context) => {
  if (PROMTOOL === undefined) return context.skip(NO_PROMTOOL);
  const text = await everything();
  expect(text.split('\n').length).toBeGreaterThan(500);
  expect(promtool(['check', 'metrics'], text)).toEqual({ status: 0, said: '' });
  expect(promtool(['check', 'metrics'], 'holdfast_things_sum 4\n').said).not.toBe('');
});
