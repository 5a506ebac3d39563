import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readAlertRules } from '../../test/promtool.ts';
import { metricsList } from './metrics.ts';

const read = (path: string) => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8');
const runbooks = read('docs/how-to/runbooks.md');
const dashboard = JSON.parse(read('deploy/grafana/holdfast.json'));

const known = new Map(
  metricsList().flatMap(({ name, kind, labels }) => {
    const series = kind === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
    return series.map((one) => [one, kind === 'histogram' ? [...labels, 'le'] : labels] as const);
  }),
);

/** Names of ours in an expression that no process shows. */
function unknownIn(expression: string): string[] {
  return (expression.match(/holdfast_[a-z_]+/g) ?? []).filter((name) => !known.has(name));
}

/** Labels that an expression selects or groups by, and that none of its numbers has. */
function labelsMissing(expression: string): string[] {
  const names = expression.match(/holdfast_[a-z_]+/g) ?? [];
  const has = new Set(names.flatMap((name) => known.get(name) ?? []));
  const grouped = [...expression.matchAll(/by \(([^)]*)\)/g)].flatMap(([, inside = '']) => inside.split(/,\s*/));
  const selected = [...expression.matchAll(/holdfast_[a-z_]+\{([^}]*)\}/g)].flatMap(([, inside = '']) =>
    [...inside.matchAll(/([a-z_]+)\s*[=!]/g)].map(([, label = '']) => label),
  );
  return [...grouped, ...selected].filter((label) => label !== '' && !has.has(label));
}

const rules = readAlertRules();
const expressions = rules.map(({ expression }) => expression);
const targets: string[] = dashboard.panels.flatMap(({ targets }: { targets: { expr: string }[] }) =>
  targets.map(({ expr }) => expr),
);

describe('alerts and the dashboard', () => {
  it('are of numbers and labels that exist', () => {
    expect(expressions.length).toBeGreaterThan(20);
    expect(targets.length).toBeGreaterThan(40);
    for (const expression of [...expressions, ...targets]) {
      expect(unknownIn(expression), expression).toEqual([]);
      expect(labelsMissing(expression), expression).toEqual([]);
    }
    expect(unknownIn('sum(holdfast_verdict_give_total)')).toEqual(['holdfast_verdict_give_total']);
    expect(labelsMissing('sum by (person) (holdfast_log_size)')).toEqual(['person']);
  });

  it('have a section of the runbooks for each alert, and no section for none', () => {
    const sections = [...runbooks.matchAll(/^## (.+)$/gm)].map(([, title = '']) => title);
    expect(rules.map(({ name }) => name)).toEqual(sections);
    for (const { name, runbook } of rules) expect(runbook).toBe(`docs/how-to/runbooks.md#${name.toLowerCase()}`);
  });
});
