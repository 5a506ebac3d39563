import '@mantine/charts/styles.css';
import type { ProgramAnswer } from '@holdfast/server/answers';
import { BarChart } from '@mantine/charts';
import { List, SimpleGrid, Stack, Table, Tabs, Text, Timeline } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { program } from '../api/queries.ts';
import { amountOf } from '../parts/money-words.ts';
import { Asked, Page, Section } from '../parts/page.tsx';
import { awayOf, dateOf } from '../parts/time-words.ts';
import { useNow } from '../parts/use-now.ts';
import { moneyOf } from './program-money.ts';
import { STEP_WORDS, STEPS, wordsOfPhase } from './program-words.ts';

// Verifying a draw brings curves and rules with it: they come when somebody looks there.
const DrawPanel = lazy(() => import('./draw-panel.tsx').then(({ DrawPanel: panel }) => ({ default: panel })));
const IntakePanel = lazy(() => import('./intake-panel.tsx').then(({ IntakePanel: panel }) => ({ default: panel })));
const SettlePanel = lazy(() => import('./settle-panel.tsx').then(({ SettlePanel: panel }) => ({ default: panel })));
const RulesPanel = lazy(() => import('./rules-panel.tsx').then(({ RulesPanel: panel }) => ({ default: panel })));

/** One program: where it stands, its steps in the log, who applied, and where the money is. */
export function ProgramPage() {
  const { id = '' } = useParams({ strict: false }) as { readonly id?: string };
  const query = useQuery(program(id));
  return (
    <Page
      title={query.data?.program.title ?? id}
      lead={query.data === undefined ? undefined : `It ${wordsOfPhase(query.data)}.`}
    >
      <Asked query={query}>
        {(answer) => (
          <Tabs defaultValue="course" keepMounted={false}>
            <Tabs.List mb="lg" aria-label="Parts of this program">
              <Tabs.Tab value="course">Course and money</Tabs.Tab>
              <Tabs.Tab value="intake">Window and intake</Tabs.Tab>
              <Tabs.Tab value="draw">Draw and lists</Tabs.Tab>
              <Tabs.Tab value="settle">Payments outside</Tabs.Tab>
              <Tabs.Tab value="rules">Rules</Tabs.Tab>
            </Tabs.List>
            <Suspense fallback={<Text role="status">Reading…</Text>}>
              <Tabs.Panel value="course">
                <Stack gap="xl">
                  <SimpleGrid cols={{ base: 1, md: 2 }}>
                    <Steps answer={answer} />
                    <Applicants answer={answer} />
                  </SimpleGrid>
                  <Money answer={answer} />
                </Stack>
              </Tabs.Panel>
              <Tabs.Panel value="intake">
                <IntakePanel answer={answer} />
              </Tabs.Panel>
              <Tabs.Panel value="draw">
                <DrawPanel answer={answer} />
              </Tabs.Panel>
              <Tabs.Panel value="settle">
                <SettlePanel answer={answer} />
              </Tabs.Panel>
              <Tabs.Panel value="rules">
                <RulesPanel answer={answer} />
              </Tabs.Panel>
            </Suspense>
          </Tabs>
        )}
      </Asked>
    </Page>
  );
}

function Steps({ answer: { entries, program: body } }: { readonly answer: ProgramAnswer }) {
  const now = useNow(10_000);
  const { opensAt, closesAt } = body.window;
  const done = STEPS.filter((step) => entries[step] !== undefined).length;
  return (
    <Section title="Its course">
      <Text>
        Applications from {dateOf(opensAt)} to {dateOf(closesAt)} ({awayOf(closesAt, now)}).
      </Text>
      <Timeline active={done - 1} bulletSize={18}>
        {STEPS.map((step) => (
          <Timeline.Item key={step} title={STEP_WORDS[step]}>
            {entries[step] === undefined ? (
              <Text size="sm" c="dimmed">
                not yet
              </Text>
            ) : (
              <Text size="sm">
                <Link to="/log" search={{ entry: entries[step] }} className="link">
                  entry #{entries[step]}
                </Link>
              </Text>
            )}
          </Timeline.Item>
        ))}
      </Timeline>
    </Section>
  );
}

function Money({ answer }: { readonly answer: ProgramAnswer }) {
  const { asset } = answer.program;
  const parts = moneyOf(answer);
  const returned = answer.payments.voided;
  // A bar is drawn to the pixel; what it says in words is exact.
  const points = parts.map(({ name, total }) => ({ name, amount: Number(total) / 10 ** asset.decimals }));
  return (
    <Section title="Where the money is">
      <div aria-hidden="true">
        <BarChart
          h={220}
          data={points}
          dataKey="name"
          series={[{ name: 'amount', label: asset.code, color: 'teal.7' }]}
          withLegend={false}
          maxBarWidth={64}
          barProps={{ isAnimationActive: false }}
          barChartProps={{ accessibilityLayer: false }}
          valueFormatter={(value) => value.toLocaleString('en')}
        />
      </div>
      <Table aria-label="Where the money is">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Part</Table.Th>
            <Table.Th ta="right">People</Table.Th>
            <Table.Th ta="right">Amount</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {parts.map(({ name, people, total }) => (
            <Table.Tr key={name}>
              <Table.Th scope="row">{name}</Table.Th>
              <Table.Td ta="right">{people}</Table.Td>
              <Table.Td ta="right">{amountOf(total, asset)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {returned === undefined || returned.count === 0 ? null : (
        <Text size="sm">
          {amountOf(returned.total, asset)} of {returned.count} came back, and went to{' '}
          {answer.program.returned === 'next' ? 'the next in the draw' : 'the budget'}.
        </Text>
      )}
    </Section>
  );
}

function Applicants({ answer: { applications } }: { readonly answer: ProgramAnswer }) {
  const { all, unjudged, admitted, refused } = applications;
  return (
    <Section title="Applications">
      <List spacing={4}>
        <List.Item>{all} were accepted, each with a signed acknowledgement.</List.Item>
        <List.Item>{unjudged} are not judged yet.</List.Item>
        <List.Item>{admitted} are admitted.</List.Item>
        <List.Item>{refused} are refused; each of them is told why, and can have it looked at.</List.Item>
      </List>
    </Section>
  );
}
