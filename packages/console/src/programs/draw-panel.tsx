import type { ProgramAnswer } from '@holdfast/server/answers';
import { BarChart } from '@mantine/charts';
import { Alert, Button, List, Paper, Stack, Table, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { rulebook } from '../api/queries.ts';
import { type Column, Listing } from '../parts/listing.tsx';
import { amountOf } from '../parts/money-words.ts';
import { Asked, Failure, Section } from '../parts/page.tsx';
import { durationOf } from '../parts/time-words.ts';
import { type AmountGroup, groupAmounts, type Outcomes, outcomesOf } from './outcomes.ts';
import { Refusals } from './refusals.tsx';
import { notVerifiable, verifyDraw } from './verify-draw.ts';

/** Who is admitted, who refused and why, what each gets, and the same worked out again in this browser. */
export function DrawPanel({ answer }: { readonly answer: ProgramAnswer }) {
  const query = useQuery(outcomesOf(answer));
  return (
    <Asked query={query}>
      {(outcomes) => (
        <Stack gap="xl">
          <Chance answer={answer} />
          <Again key={answer.digest} answer={answer} outcomes={outcomes} />
          <Allocation answer={answer} outcomes={outcomes} />
          <Refusals answer={answer} outcomes={outcomes} />
        </Stack>
      )}
    </Asked>
  );
}

function Chance({ answer: { program: body, entries } }: { readonly answer: ProgramAnswer }) {
  return (
    <Section title="When, and by what chance">
      <Text maw="46rem">
        {entries.seal === undefined
          ? 'Everybody is judged at one position of the log, the first epoch after the intake; the seal says who is admitted. '
          : `Sealed by entry #${entries.seal}. `}
        {entries.draw === undefined ? '' : `Drawn by entry #${entries.draw}. `}
        {wordsOfChance(body)}
      </Text>
    </Section>
  );
}

function wordsOfChance({ beacon, allocation }: ProgramAnswer['program']): string {
  if (allocation.mode === 'instant') return 'Nothing is drawn: whoever qualifies is paid as they come.';
  if (beacon === undefined) return 'Nothing is left to chance: what each gets follows from the seal alone.';
  if (beacon.kind === 'drand') {
    return `Chance is the first round of drand ${durationOf(beacon.stepMs)} after the seal, which nobody knows before.`;
  }
  const parties = beacon.parties.map(({ id }) => id).join(', ');
  return `Chance is made of secrets of ${parties}, revealed within ${durationOf(beacon.revealWithinMs)} of the seal.`;
}

function Again({ answer, outcomes }: { readonly answer: ProgramAnswer; readonly outcomes: Outcomes }) {
  const rules = useQuery(rulebook).data?.rulebook;
  const unable = notVerifiable(answer, outcomes);
  const verify = useMutation({
    mutationFn: () => {
      const witnesses = (rules?.witnesses?.members ?? []).map(({ vkey }) => vkey);
      return verifyDraw(answer, outcomes, { vkey: rules?.log.vkey ?? '', witnesses });
    },
  });
  const isGood = verify.data?.steps.every(({ holds }) => holds);
  if (answer.entries.seal === undefined) return null;
  return (
    <Section title="Do it again here">
      <Paper withBorder p="md">
        <Stack align="start">
          <Text>
            {unable ??
              'This browser proves both entries, makes the roots of the lists again and draws again: it believes the log’s key, and nobody’s arithmetic.'}
          </Text>
          <Button
            variant="default"
            onClick={() => verify.mutate()}
            loading={verify.isPending}
            disabled={unable !== undefined || rules === undefined}
          >
            Verify the draw
          </Button>
          {verify.error === null ? null : <Failure error={verify.error} title="Not verified" />}
          {verify.data === undefined ? null : (
            <Alert
              variant="outline"
              role="status"
              w="100%"
              color={isGood ? 'teal' : 'red'}
              title={isGood ? 'It is as it should be' : 'It does NOT hold'}
            >
              <List spacing={2}>
                {verify.data.steps.map(({ what, holds }) => (
                  <List.Item key={what}>
                    {holds ? 'Yes: ' : 'NO: '}
                    {what}
                  </List.Item>
                ))}
              </List>
            </Alert>
          )}
        </Stack>
      </Paper>
    </Section>
  );
}

type AdmittedRow = Outcomes['admitted'][number];

function Allocation({ answer, outcomes }: { readonly answer: ProgramAnswer; readonly outcomes: Outcomes }) {
  const { asset } = answer.program;
  const amounts = outcomes.admitted.map(({ payment }) => BigInt(payment?.amount ?? '0'));
  const groups = groupAmounts(amounts);
  const label = ({ from, to }: AmountGroup) =>
    from === to ? amountOf(from, asset) : `${amountOf(from, asset)} to ${amountOf(to, asset)}`;
  return (
    <Section title="What the admitted get">
      {groups.length === 0 ? null : (
        <>
          <div aria-hidden="true">
            <BarChart
              h={220}
              data={groups.map((group) => ({ name: label(group), people: group.people }))}
              dataKey="name"
              series={[{ name: 'people', label: 'people', color: 'teal.7' }]}
              withLegend={false}
              maxBarWidth={64}
              barProps={{ isAnimationActive: false }}
              barChartProps={{ accessibilityLayer: false }}
              yAxisProps={{ allowDecimals: false }}
            />
          </div>
          <Table aria-label="People by what they get">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Each gets</Table.Th>
                <Table.Th ta="right">People</Table.Th>
                <Table.Th ta="right">Together</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {groups.map((group) => (
                <Table.Tr key={label(group)}>
                  <Table.Th scope="row">{label(group)}</Table.Th>
                  <Table.Td ta="right">{group.people}</Table.Td>
                  <Table.Td ta="right">{amountOf(group.total, asset)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </>
      )}
      <Listing
        name="Admitted"
        rows={outcomes.admitted}
        columns={columnsOf(asset)}
        rowKey={({ application }) => application}
        empty="Nobody is admitted yet."
      />
    </Section>
  );
}

function columnsOf(asset: ProgramAnswer['program']['asset']): readonly Column<AdmittedRow>[] {
  return [
    {
      ...{ id: 'application', header: 'Application', value: ({ application }) => application, width: 200 },
      cell: ({ application }) => (
        <Text fz="xs" ff="monospace" truncate maw={190} title={application}>
          {application}
        </Text>
      ),
    },
    { id: 'issuer', header: 'Attested by', value: ({ issuer }) => issuer, width: 220 },
    { id: 'held', header: 'Known', value: ({ held }) => (held ? 'waits for fresh evidence' : 'good at the seal') },
    {
      ...{ id: 'weight', header: 'Weight or want', isNumber: true },
      value: ({ weight, want }) => weight ?? (want === undefined ? undefined : amountOf(want, asset)),
    },
    {
      ...{ id: 'amount', header: 'Gets', isNumber: true },
      value: ({ payment }) => (payment === undefined ? undefined : amountOf(payment.amount, asset)),
    },
    {
      id: 'state',
      header: 'It is',
      value: ({ payment }) => (payment === undefined ? 'nothing' : STATES[payment.state]),
    },
  ];
}

const STATES: Readonly<Record<NonNullable<AdmittedRow['payment']>['state'], string>> = {
  planned: 'allotted',
  reserved: 'set aside',
  posted: 'paid',
  voided: 'returned',
  carried: 'paid and sent on',
};
