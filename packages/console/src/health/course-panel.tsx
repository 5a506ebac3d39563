import '@mantine/charts/styles.css';
import type { Course } from '@holdfast/server/answers';
import { LineChart } from '@mantine/charts';
import { Alert, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { course } from '../api/queries.ts';
import { Listing } from '../parts/listing.tsx';
import { Numbers } from '../parts/numbers.tsx';
import { Asked, Section } from '../parts/page.tsx';
import { dateOf } from '../parts/time-words.ts';

type Point = Course['points'][number];

/** More points than a screen has room for say no more. */
const MAX_POINTS = 120;

/** What was promised and whether it was kept; who waits, and how fast they are looked at. As charts and as tables. */
export function CoursePanel() {
  const query = useQuery(course);
  return (
    <Asked query={query}>
      {({ points, lateRevocations }) => {
        const step = Math.max(1, Math.ceil(points.length / MAX_POINTS));
        // The latest is always among them.
        const shown = points.filter((_, i) => (points.length - 1 - i) % step === 0);
        return (
          <>
            <Promises points={shown} late={lateRevocations} />
            <Backlog points={shown} />
          </>
        );
      }}
    </Asked>
  );
}

function Promises({ points, late }: { readonly points: readonly Point[]; readonly late: Course['lateRevocations'] }) {
  const now = points.at(-1);
  const broken = (now?.overdue ?? 0) + (now?.overdueCases ?? 0);
  const tooLate = late.reduce((sum, { count }) => sum + count, 0);
  return (
    <Section title="Promises kept">
      <Alert
        variant="outline"
        color={broken > 0 ? 'red' : 'teal'}
        role="status"
        title={broken > 0 ? 'Something that was promised is late' : 'Nothing that was promised is late now'}
      >
        {now === undefined ? (
          <Text>Nothing was measured yet.</Text>
        ) : (
          <Text>
            {now.open} on their way with a date, {now.overdue} of them past it. {now.openCases} cases are open,{' '}
            {now.overdueCases} of them past their date.
          </Text>
        )}
        <Text>
          {tooLate === 0
            ? 'No revocation came later than the rulebook promises.'
            : `Revocations that came later than the rulebook promises: ${late.map(({ issuer, count }) => `${count} of ${issuer}`).join(', ')}.`}
        </Text>
      </Alert>
      <CourseChart
        name="Promises over time"
        points={points}
        series={[
          { name: 'open', label: 'on their way', color: 'teal.7' },
          { name: 'overdue', label: 'late', color: 'red.7' },
          { name: 'openCases', label: 'cases open', color: 'indigo.5' },
          { name: 'overdueCases', label: 'cases late', color: 'orange.6' },
        ]}
      />
    </Section>
  );
}

function Backlog({ points }: { readonly points: readonly Point[] }) {
  const now = points.at(-1);
  const pace = now?.perSecond;
  return (
    <Section title="Backlog and pace">
      <Text role="status">
        {now === undefined || now.waiting === 0
          ? 'Nobody who applied waits to be looked at.'
          : `${now.waiting.toLocaleString('en')} who applied wait to be looked at${pace === undefined || pace === 0 ? '' : `, ${pace.toFixed(1)} a second`}.`}
      </Text>
      <CourseChart
        name="Backlog over time"
        points={points}
        series={[
          { name: 'waiting', label: 'wait', color: 'orange.6' },
          { name: 'perSecond', label: 'looked at in a second', color: 'teal.7' },
        ]}
      />
    </Section>
  );
}

type Series = { readonly name: Exclude<keyof Point, 'at'>; readonly label: string; readonly color: string };

function CourseChart(props: {
  readonly name: string;
  readonly points: readonly Point[];
  readonly series: readonly Series[];
}) {
  const { name, points, series } = props;
  if (points.length < 2) return null;
  return (
    <>
      <div aria-hidden="true">
        <LineChart
          h={200}
          data={points.map((point) => ({ ...point, at: dateOf(point.at).slice(11, 16) }))}
          dataKey="at"
          series={series.map((one) => ({ ...one }))}
          withLegend
          withDots={false}
          curveType="linear"
          lineProps={{ isAnimationActive: false }}
          lineChartProps={{ accessibilityLayer: false }}
          yAxisProps={{ allowDecimals: false }}
        />
      </div>
      <Numbers>
        <Listing
          name={name}
          rows={points}
          columns={[
            { id: 'at', header: 'At', value: ({ at }: Point) => dateOf(at) },
            ...series.map(({ name: id, label }) => ({
              ...{ id, header: label, isNumber: true },
              value: (point: Point) => point[id],
            })),
          ]}
          rowKey={({ at }) => `${at}`}
          empty=""
          sortedBy={{ id: 'at', isDescending: true }}
        />
      </Numbers>
    </>
  );
}
