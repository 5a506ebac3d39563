import '@mantine/charts/styles.css';
import type { ProgramAnswer } from '@holdfast/server/answers';
import { BarChart } from '@mantine/charts';
import { List, SimpleGrid, Stack, Table, Text, Timeline } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { program } from '../api/queries.ts';
import { amountOf } from '../parts/money-words.ts';
import { Asked, Page, Section } from '../parts/page.tsx';
import { awayOf, dateOf, durationOf } from '../parts/time-words.ts';
import { useNow } from '../parts/use-now.ts';
import { moneyOf } from './program-money.ts';
import { STEP_WORDS, STEPS, wordsOfPhase } from './program-words.ts';

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
          <Stack gap="xl">
            <SimpleGrid cols={{ base: 1, md: 2 }}>
              <Steps answer={answer} />
              <Rules answer={answer} />
            </SimpleGrid>
            <Money answer={answer} />
            <Applicants answer={answer} />
          </Stack>
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

function Rules({ answer: { program: body, digest } }: { readonly answer: ProgramAnswer }) {
  const { allocation, asset, budget, maxApplications, appealMs, confirm, lossBorneBy, renounced, destinations } = body;
  const mode = 'rule' in allocation ? allocation.rule : allocation.mode;
  const cap = 'cap' in allocation ? `, at most ${amountOf(String(allocation.cap), asset)} each` : '';
  return (
    <Section title="Its rules">
      <List spacing={4}>
        <List.Item>
          Budget {amountOf(budget, asset)}, for at most {maxApplications} applications; {mode}
          {cap}.
        </List.Item>
        <List.Item>
          Who qualifies: <span className="digest">{body.eligibility}</span>
        </List.Item>
        <List.Item>
          A person counts once, by <span className="digest">{body.uniqueness.claim.join('.')}</span>.
        </List.Item>
        <List.Item>Paid to: {destinations.join(', ')}.</List.Item>
        <List.Item>
          What is set aside and not confirmed within {durationOf(confirm.withinMs)} is{' '}
          {confirm.otherwise === 'post' ? 'paid' : 'returned'}; who bears a loss to stale evidence: {lossBorneBy}.
        </List.Item>
        <List.Item>To be appealed for {durationOf(appealMs)} after the seal.</List.Item>
        <List.Item>Given up for good: {renounced.join(', ') || 'nothing'}.</List.Item>
        <List.Item>
          Frozen as <span className="digest">{digest}</span>
        </List.Item>
      </List>
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
