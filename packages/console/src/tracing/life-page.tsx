import type { DecisionTrace } from '@holdfast/server/answers';
import '@mantine/charts/styles.css';
import { BarChart } from '@mantine/charts';
import { Anchor } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { traceDecisions } from '../api/queries.ts';
import { type Column, Listing } from '../parts/listing.tsx';
import { Asked, Page, Section } from '../parts/page.tsx';
import { dateOf } from '../parts/time-words.ts';
import { SHOWN_STAGES, stagesOf, typicalOf } from './stages.ts';

/** When decisions took effect, and where their time went. */
export function LifePage() {
  const query = useQuery(traceDecisions);
  return (
    <Page
      title="Life of decisions"
      lead="From the first signature to the last verifier that read it. Seen by this server since it started, the last 200."
    >
      <Asked query={query}>
        {({ decisions }) => (
          <>
            <Latency decisions={decisions} />
            <Section title="Each decision">
              <Listing
                name="Life of decisions"
                rows={decisions}
                columns={COLUMNS}
                rowKey={({ entry }) => String(entry)}
                empty="No decision was seen since this server started."
                sortedBy={{ id: 'entry', isDescending: true }}
              />
            </Section>
          </>
        )}
      </Asked>
    </Page>
  );
}

function Latency({ decisions }: { readonly decisions: readonly DecisionTrace[] }) {
  if (decisions.length === 0) return null;
  const stages = SHOWN_STAGES.map((name) => ({
    ...{ name, ...typicalOf(decisions.flatMap((one) => stagesOf(one)[name] ?? [])) },
  })).filter(({ count }) => count > 0);
  return (
    <Section title="Where the time goes">
      <div aria-hidden="true">
        <BarChart
          h={220}
          data={stages.map(({ name, middle, slowest }) => ({ name, middle: middle / 1000, slowest: slowest / 1000 }))}
          dataKey="name"
          series={[
            { name: 'middle', label: 'half are quicker', color: 'teal.7' },
            { name: 'slowest', label: 'the slowest', color: 'orange.6' },
          ]}
          withLegend
          maxBarWidth={48}
          barProps={{ isAnimationActive: false }}
          barChartProps={{ accessibilityLayer: false }}
          unit=" s"
        />
      </div>
      <Listing
        name="Where the time goes"
        rows={stages}
        columns={[
          { id: 'stage', header: 'Stage', value: ({ name }) => name },
          { id: 'count', header: 'Seen', value: ({ count }) => count, isNumber: true },
          { id: 'middle', header: 'Half are quicker than (ms)', value: ({ middle }) => middle, isNumber: true },
          { id: 'slowest', header: 'The slowest (ms)', value: ({ slowest }) => slowest, isNumber: true },
        ]}
        rowKey={({ name }) => name}
        empty=""
      />
    </Section>
  );
}

const COLUMNS: readonly Column<DecisionTrace>[] = [
  {
    id: 'entry',
    header: 'Entry',
    value: ({ entry }) => entry,
    isNumber: true,
    cell: ({ entry }) => (
      <Anchor component={Link} to={`/life/${entry}`}>
        #{entry}
      </Anchor>
    ),
  },
  { id: 'power', header: 'What', value: ({ power }) => power },
  { id: 'logged', header: 'Counts since', value: ({ logged }) => dateOf(logged) },
  {
    id: 'waited',
    header: 'For signatures (ms)',
    value: ({ received, authorised }) => authorised - received,
    isNumber: true,
  },
  { id: 'log', header: 'To the log (ms)', value: ({ authorised, logged }) => logged - authorised, isNumber: true },
  {
    id: 'last',
    header: 'To the last verifier (ms)',
    value: ({ effects }) => (effects.length === 0 ? undefined : Math.max(...effects.map(({ lagMs }) => lagMs))),
    isNumber: true,
  },
];
