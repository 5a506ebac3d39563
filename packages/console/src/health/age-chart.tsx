import '@mantine/charts/styles.css';
import { LineChart } from '@mantine/charts';
import { useQuery } from '@tanstack/react-query';
import { ages } from '../api/queries.ts';
import { Listing } from '../parts/listing.tsx';
import { Numbers } from '../parts/numbers.tsx';
import { Asked, Section } from '../parts/page.tsx';
import { dateOf } from '../parts/time-words.ts';

/** More points than a screen has room for say no more. */
const MAX_POINTS = 120;
const COLOURS = ['teal.7', 'orange.6', 'indigo.5', 'grape.5'];

/** How old what each verifier knew was, over the last hour; as a chart, and as the table that it is drawn from. */
export function AgeChart() {
  const query = useQuery(ages);
  return (
    <Section title="How old what verifiers know was, over the last hour">
      <Asked query={query}>
        {({ points }) => {
          const step = Math.max(1, Math.ceil(points.length / MAX_POINTS));
          const shown = points.filter((_, i) => i % step === 0);
          const names = [...new Set(shown.flatMap(({ ages: of }) => Object.keys(of)))];
          const rows = shown.map(({ at, ages: of }) => ({
            at: dateOf(at),
            of: Object.fromEntries(names.map((name) => [name, of[name] === undefined ? undefined : of[name] / 1000])),
          }));
          return (
            <>
              <div aria-hidden="true">
                <LineChart
                  h={240}
                  data={rows.map(({ at, of }) => ({ at: at.slice(11), ...of }))}
                  dataKey="at"
                  series={names.map((name, i) => ({ name, color: COLOURS[i % COLOURS.length] ?? 'teal.7' }))}
                  withLegend
                  withDots={false}
                  curveType="linear"
                  unit=" s"
                  lineProps={{ isAnimationActive: false }}
                  lineChartProps={{ accessibilityLayer: false }}
                />
              </div>
              <Numbers>
                <Listing
                  name="Age of evidence in seconds"
                  rows={rows}
                  columns={[
                    { id: 'at', header: 'At', value: ({ at }) => at },
                    ...names.map((name) => ({
                      ...{ id: name, header: `${name} (s)`, isNumber: true },
                      value: ({ of }: (typeof rows)[number]) => of[name],
                    })),
                  ]}
                  rowKey={({ at }) => at}
                  empty="Nothing was measured yet."
                  sortedBy={{ id: 'at', isDescending: true }}
                />
              </Numbers>
            </>
          );
        }}
      </Asked>
    </Section>
  );
}
