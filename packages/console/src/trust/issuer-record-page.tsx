import '@mantine/charts/styles.css';
import type { IssuerRecord, Promptness } from '@holdfast/core';
import { BarChart } from '@mantine/charts';
import { List, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { issuerRecord } from '../api/queries.ts';
import { type Column, Listing } from '../parts/listing.tsx';
import { Asked, Page, Section } from '../parts/page.tsx';
import { dateOf, durationOf } from '../parts/time-words.ts';

const DAY_MS = 86_400_000;

/** Everything that the log says of one issuer, and nothing else does. */
export function IssuerRecordPage() {
  const { issuer = '' } = useParams({ strict: false }) as { readonly issuer?: string };
  const query = useQuery(issuerRecord(issuer));
  return (
    <Page
      title={query.data?.name ?? 'An issuer'}
      lead={
        query.data === undefined ? undefined : (
          <>
            <span className="digest">{issuer}</span>, as the log says it up to #{query.data.asOf.size - 1}.
          </>
        )
      }
    >
      <Asked query={query}>
        {(record) => (
          <Stack gap="lg">
            <Standing record={record} />
            <Prompt record={record} />
            <Days record={record} />
            <Events record={record} />
          </Stack>
        )}
      </Asked>
    </Page>
  );
}

function Standing({ record }: { readonly record: IssuerRecord }) {
  const { accreditedSince, onProbation, now, lists, compromisedLists, suspensions, lifted, forgotten } = record;
  return (
    <Section title="How it stands">
      <List spacing={4}>
        <List.Item>
          {accreditedSince === undefined ? 'Accredited for nothing.' : `Accredited since ${dateOf(accreditedSince)}.`}
        </List.Item>
        {onProbation.map(({ type, until, maxPeople }) => (
          <List.Item key={type}>
            On probation for {type} until {dateOf(until)}
            {maxPeople === undefined ? '' : `, for at most ${maxPeople} people`}.
          </List.Item>
        ))}
        <List.Item>
          Now {now.revoked} revoked, {now.suspended} suspended, {now.superseded} replaced by newer ones, in{' '}
          {lists.count} lists.
        </List.Item>
        <List.Item>
          {suspensions} suspensions so far, {lifted} lifted before their time.
        </List.Item>
        {compromisedLists === 0 ? null : (
          <List.Item>{compromisedLists} lists by a stolen key: everything in them is revoked.</List.Item>
        )}
        {forgotten === 0 ? null : <List.Item>{forgotten} older events and days are kept no more.</List.Item>}
      </List>
    </Section>
  );
}

function Prompt({ record: { promptness, missedDeadlines } }: { readonly record: IssuerRecord }) {
  return (
    <Section title="How long revocations took">
      <Text role="status">
        {missedDeadlines === 0
          ? 'None came later than the rulebook’s deadline.'
          : `At least ${missedDeadlines} came later than the rulebook’s deadline.`}
      </Text>
      <Listing
        name="Promptness"
        rows={promptness}
        columns={PROMPTNESS}
        rowKey={({ class: reason }) => reason ?? ''}
        empty="Nothing was revoked yet."
      />
    </Section>
  );
}

const PROMPTNESS: readonly Column<Promptness>[] = [
  { id: 'class', header: 'Reason', value: ({ class: reason }) => reason ?? 'several together' },
  { id: 'revoked', header: 'Revoked', value: ({ revoked }) => revoked, isNumber: true },
  { id: 'late', header: 'Too late', value: ({ late }) => late, isNumber: true },
  {
    id: 'deadline',
    header: 'Deadline',
    value: ({ deadlineMs }) => (deadlineMs === null ? 'none' : durationOf(deadlineMs)),
  },
  { id: 'signatures', header: 'To the signatures, mean', value: ({ mean }) => durationOf(mean.toAuthorisedMs) },
  { id: 'effect', header: 'From there to effect, mean', value: ({ mean }) => durationOf(mean.toEffectMs) },
  {
    id: 'slowest',
    header: 'Slowest of all',
    value: ({ slowest }) => durationOf(slowest.toAuthorisedMs + slowest.toEffectMs),
  },
];

function Days({ record: { days } }: { readonly record: IssuerRecord }) {
  if (days.length === 0) return null;
  const rows = days.map(({ day, revoked, late }) => ({ day: dayOf(day), inTime: revoked - late, late }));
  return (
    <Section title="Revocations by day">
      <div aria-hidden="true">
        <BarChart
          h={200}
          data={rows}
          dataKey="day"
          type="stacked"
          series={[
            { name: 'inTime', label: 'in time', color: 'teal.7' },
            { name: 'late', label: 'too late', color: 'red.7' },
          ]}
          withLegend
          maxBarWidth={40}
          barProps={{ isAnimationActive: false }}
          barChartProps={{ accessibilityLayer: false }}
          yAxisProps={{ allowDecimals: false }}
        />
      </div>
      <Listing
        name="Revocations by day"
        rows={rows}
        columns={[
          { id: 'day', header: 'Day', value: ({ day }) => day },
          { id: 'in-time', header: 'In time', value: ({ inTime }) => inTime, isNumber: true },
          { id: 'late', header: 'Too late', value: ({ late }) => late, isNumber: true },
        ]}
        rowKey={({ day }) => day}
        empty=""
        sortedBy={{ id: 'day', isDescending: true }}
      />
    </Section>
  );
}

/** Days are those of the log's time, which is UTC. */
function dayOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

function Events({ record: { keys, accreditations, practices } }: { readonly record: IssuerRecord }) {
  const rows = [...keys, ...accreditations, ...practices].map((event, i) => ({ ...event, key: `${i}` }));
  return (
    <Section title="Keys, accreditations and practices">
      <Listing
        name="What changed about it"
        rows={rows}
        columns={[
          { id: 'at', header: 'When', value: ({ at }) => dateOf(at) },
          { id: 'subject', header: 'What', value: ({ subject }) => subject, width: 280 },
          { id: 'what', header: 'It was', value: ({ what }) => what },
          { id: 'entry', header: 'Entry', value: ({ entry }) => `#${entry}` },
        ]}
        rowKey={({ key }) => key}
        empty="Nothing."
        sortedBy={{ id: 'at', isDescending: true }}
      />
    </Section>
  );
}
