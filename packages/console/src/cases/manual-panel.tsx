import '@mantine/charts/styles.css';
import type { Course } from '@holdfast/server/answers';
import { BarChart } from '@mantine/charts';
import { Alert, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { course } from '../api/queries.ts';
import { Listing } from '../parts/listing.tsx';
import { Numbers } from '../parts/numbers.tsx';
import { Section } from '../parts/page.tsx';
import { dateOf, durationOf } from '../parts/time-words.ts';
import { usePart } from '../parts/use-part.ts';

/** How much people decide by hand: the formula with its figures, the bound of the rulebook, and when it was. */
export function ManualPanel() {
  const { data } = useQuery({ ...course, enabled: usePart('pages') });
  if (data === undefined || data.manual === null) return null;
  return (
    <Section title="Decided by hand">
      <Formula manual={data.manual} />
      <Parts manual={data.manual} />
    </Section>
  );
}

type Manual = { readonly manual: NonNullable<Course['manual']> };

function Formula({ manual: { rate } }: Manual) {
  const { manual, decided, perMille, mostPerMille, windowMs, isOver } = rate;
  const all = manual + decided;
  return (
    <Alert
      variant="outline"
      color={isOver ? 'red' : 'teal'}
      title={isOver ? 'Too much is decided by hand: rules are missing' : 'Within what the rulebook allows'}
      role="status"
    >
      <Text>
        {perMille === undefined
          ? `Nothing was decided in the last ${durationOf(windowMs)}.`
          : `Over the last ${durationOf(windowMs)}, by hand ${manual.toLocaleString('en')} of ${all.toLocaleString('en')} outcomes: ${manual} / (${manual} + ${decided}) = ${perMille.toFixed(1)} of 1,000.`}{' '}
        The rulebook calls more than {mostPerMille} of 1,000 too many.
      </Text>
      <Text size="sm" c="dimmed">
        By hand: cases about applications, and those that roles file by themselves. By rules: whom sealed programs
        admitted or refused. Programs that pay at once are not counted.
      </Text>
    </Alert>
  );
}

function Parts({ manual: { parts } }: Manual) {
  const shown = parts.map(({ at, manual, decided }) => ({ at: dateOf(at).slice(0, 16), manual, decided }));
  if (shown.every(({ manual, decided }) => manual + decided === 0)) return null;
  return (
    <>
      <div aria-hidden="true">
        <BarChart
          h={200}
          data={shown.map(({ at, ...counts }) => ({ at: at.slice(5), ...counts }))}
          dataKey="at"
          type="stacked"
          series={[
            { name: 'decided', label: 'by rules', color: 'teal.7' },
            { name: 'manual', label: 'by hand', color: 'orange.6' },
          ]}
          withLegend
          barProps={{ isAnimationActive: false }}
          barChartProps={{ accessibilityLayer: false }}
          yAxisProps={{ allowDecimals: false }}
        />
      </div>
      <Numbers>
        <Listing
          name="Decided by hand and by rules"
          rows={shown.filter(({ manual, decided }) => manual + decided > 0)}
          columns={[
            { id: 'at', header: 'From', value: ({ at }) => at },
            { id: 'manual', header: 'By hand', value: ({ manual }) => manual, isNumber: true },
            { id: 'decided', header: 'By rules', value: ({ decided }) => decided, isNumber: true },
          ]}
          rowKey={({ at }) => at}
          empty=""
          sortedBy={{ id: 'at', isDescending: true }}
        />
      </Numbers>
    </>
  );
}
