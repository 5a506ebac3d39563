import type { NoticesAnswer, ProgramAnswer, SettleAnswer } from '@holdfast/server/answers';
import { Alert, Button, Group, List, Paper, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ask } from '../api/ask.ts';
import { handoffs, LIVE, type OpenHandoff } from '../api/queries.ts';
import { type Column, Listing } from '../parts/listing.tsx';
import { amountOf } from '../parts/money-words.ts';
import { Asked, Failure, Section } from '../parts/page.tsx';
import { awayOf, dateOf, durationOf } from '../parts/time-words.ts';
import { useNow } from '../parts/use-now.ts';
import { PaymentOutside } from './payment-outside.tsx';

/** Money on its way out of the ledger: whose it is now, what rails said, and what officers can say of a payment. */
export function SettlePanel({ answer }: { readonly answer: ProgramAnswer }) {
  const query = useQuery(handoffs);
  const [chosen, setChosen] = useState<string>();
  const now = useNow(5000);
  const { id, asset } = answer.program;
  return (
    <Stack gap="xl">
      <SendNow />
      <Section title="On its way">
        <Asked query={query}>
          {({ handoffs: open, more }) => {
            const own = open.filter((handoff) => programOf(handoff) === id);
            return (
              <>
                {more > 0 ? <Text>{more} more payments outside are not listed; these are open longest.</Text> : null}
                <Listing
                  name="On its way"
                  rows={own}
                  columns={columnsAt(now, asset, setChosen)}
                  rowKey={({ what, of, receiver, next }) => [what, of, receiver, next].join(' ')}
                  empty="Nothing is on its way: every crossing of this program is complete."
                />
              </>
            );
          }}
        </Asked>
      </Section>
      {chosen === undefined ? null : <PaymentOutside key={chosen} transfer={chosen} />}
      <Notices />
    </Stack>
  );
}

/** A payment outside is named by its transfer, an intake or a seal by the program alone. */
function programOf({ what, of }: OpenHandoff): string {
  return what === 'settlement' ? (of.split('.')[1] ?? of) : of;
}

function SendNow() {
  const client = useQueryClient();
  const settle = useMutation({
    mutationFn: () => ask<SettleAnswer>('/settlement/run', 'POST', {}),
    onSettled: () => client.invalidateQueries({ queryKey: [LIVE] }),
  });
  return (
    <Section title="Send what is due">
      <Paper withBorder p="md">
        <Stack align="start">
          <Text>
            What is due goes to the rails within seconds by itself, and their answers are taken in. This does it now,
            for all programs; it pays nobody who was not due.
          </Text>
          <Button variant="default" onClick={() => settle.mutate()} loading={settle.isPending}>
            Send now
          </Button>
          {settle.error === null ? null : <Failure error={settle.error} title="Not sent" />}
          {settle.data === undefined ? null : <Sent report={settle.data} />}
        </Stack>
      </Paper>
    </Section>
  );
}

function Sent({ report: { accepted, changed, failures } }: { readonly report: SettleAnswer }) {
  const count = (many: number) => `${many} payment${many === 1 ? '' : 's'}`;
  return (
    <Alert variant="outline" role="status" w="100%" color={failures.length > 0 ? 'yellow' : 'teal'} title="Done">
      <List spacing={2}>
        <List.Item>Sent: {count(accepted)}.</List.Item>
        <List.Item>Answered: {count(changed.length)}.</List.Item>
        {failures.map(({ rail, code, batch }) => (
          <List.Item key={`${rail} ${code} ${batch ?? ''}`}>
            {rail} failed ({code}); it is tried again by itself.
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

function Notices() {
  const query = useQuery({
    queryKey: [LIVE, 'notices'],
    queryFn: () => ask<NoticesAnswer>('/settlement/notices'),
  });
  return (
    <Section title="What rails said that fits nothing">
      <Asked query={query}>
        {({ notices }) => (
          <Listing
            name="Notices"
            rows={notices}
            columns={NOTICES}
            rowKey={({ id }) => id}
            empty="Nothing: every answer belonged to a payment."
          />
        )}
      </Asked>
    </Section>
  );
}

const NOTICES: readonly Column<NoticesAnswer['notices'][number]>[] = [
  { id: 'at', header: 'When', value: ({ at }) => dateOf(at) },
  { id: 'rail', header: 'Rail', value: ({ rail }) => rail },
  { id: 'message', header: 'What', value: ({ message }) => message, width: 320 },
  { id: 'code', header: 'Code', value: ({ code }) => code },
];

function columnsAt(
  now: number,
  asset: ProgramAnswer['program']['asset'],
  onLook: (transfer: string) => void,
): readonly Column<OpenHandoff>[] {
  return [
    { id: 'what', header: 'What', value: ({ what }) => what },
    {
      ...{ id: 'look', header: 'Payment', width: 90, value: ({ of }: OpenHandoff) => of },
      cell: ({ what, of }) =>
        what === 'settlement' && of.split('.').length > 2 ? (
          <Group gap="xs">
            <Button size="compact-sm" variant="default" onClick={() => onLook(of)} aria-label={`Look at ${of}`}>
              Look
            </Button>
          </Group>
        ) : null,
    },
    { id: 'count', header: 'Many', value: ({ count }) => count, isNumber: true, width: 70 },
    {
      ...{ id: 'amount', header: 'Amount', isNumber: true },
      value: ({ amount }) => (amount === undefined ? undefined : amountOf(amount, asset)),
    },
    { id: 'way', header: 'From, to', value: ({ giver, receiver }) => `${giver} to ${receiver}`, width: 180 },
    { id: 'owner', header: 'Whose it is', value: ({ owner }) => owner },
    { id: 'since', header: 'For', value: ({ since }) => dateOf(since), cell: ({ since }) => durationOf(now - since) },
    {
      ...{
        id: 'due',
        header: 'Due',
        value: ({ dueBy }: OpenHandoff) => (dueBy === undefined ? undefined : dateOf(dueBy)),
      },
      cell: ({ dueBy }) =>
        dueBy === undefined ? 'no date' : dueBy < now ? `OVERDUE, ${awayOf(dueBy, now)}` : awayOf(dueBy, now),
    },
    { id: 'next', header: 'Until it is', value: ({ next }) => next },
  ];
}
