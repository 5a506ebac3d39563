import { grantOf, type Instruction, instructionSchema, textOfClass } from '@holdfast/core';
import type { Proposal, SettlementAnswer } from '@holdfast/server/answers';
import { Button, List, Paper, Select, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { ask } from '../api/ask.ts';
import { LIVE, rulebook } from '../api/queries.ts';
import { amountOf } from '../parts/money-words.ts';
import { Asked, Failure, Section } from '../parts/page.tsx';
import { dateOf } from '../parts/time-words.ts';

type Act = 'settle' | 'cancel' | 'retry';
const ACTS: Readonly<Record<Act, string>> = {
  settle: 'It has arrived, although nobody answered',
  cancel: 'It has not arrived, and is not made again',
  retry: 'Pay again, although the last attempt may have arrived',
};

/** One payment on a rail: the files it went out in, what was answered, and what officers can say when nobody answers. */
export function PaymentOutside({ transfer }: { readonly transfer: string }) {
  const query = useQuery({
    queryKey: [LIVE, `settlement ${transfer}`],
    queryFn: () => ask<SettlementAnswer>(`/settlement/${encodeURIComponent(transfer)}`),
  });
  return (
    <Section title="One payment">
      <Asked query={query}>
        {(view) => (
          <Stack>
            <Text>
              {amountOf(view.amount, view.asset)} by {view.rail}: {view.state} since {dateOf(view.since)}
              {view.owner === undefined ? ', and nobody has to act.' : `, owned by ${view.owner}.`}
            </Text>
            <List spacing={4}>
              {view.attempts.map(({ id, batch, state, submittedAt, answers }, i) => (
                <List.Item key={id}>
                  Attempt {i + 1}: {state}, in the file <span className="digest">{batch}</span> of {dateOf(submittedAt)}
                  {answers.map(({ outcome, code }) => `; answered ${outcome}${code === undefined ? '' : ` (${code})`}`)}
                </List.Item>
              ))}
            </List>
            {view.attempts.length === 0 ? (
              <Text>It has not been sent yet: there is nothing to rule on.</Text>
            ) : (
              <Ruling view={view} />
            )}
          </Stack>
        )}
      </Asked>
    </Section>
  );
}

function Ruling({ view }: { readonly view: SettlementAnswer }) {
  const rules = useQuery(rulebook).data?.rulebook;
  const navigate = useNavigate();
  const [act, setAct] = useState<Act>('settle');
  const grant = rules === undefined ? undefined : grantOf(rules, 'release');
  const instruction = instructionOf(view, act);
  const named = grant?.classes[0] ?? '';
  const open = useMutation({
    mutationFn: () => ask<Proposal>('/decisions', 'POST', { power: 'release', class: named, instruction }, true),
    onSuccess: ({ id }) => navigate({ to: '/decisions/$id', params: { id } }),
  });
  return (
    <Paper withBorder p="md">
      <Stack align="start">
        <Select
          label="What became of it"
          data={Object.entries(ACTS).map(([value, label]) => ({ value, label }))}
          value={act}
          onChange={(value) => setAct((value ?? 'settle') as Act)}
          allowDeselect={false}
          w="100%"
          maw={460}
        />
        <Text>
          This concerns 1 payment of {amountOf(view.amount, view.asset)}. It takes the signatures of{' '}
          {grant?.quorum ?? '?'} officers with the role {(grant?.roles ?? []).join(' or ')}
          {rules === undefined ? '' : `, because: ${textOfClass(rules, named)}`}. Until then nothing changes.
          {act === 'retry' ? ' If the last attempt arrived after all, it is paid twice.' : ''}
        </Text>
        <Button
          onClick={() => open.mutate()}
          loading={open.isPending}
          disabled={instruction === undefined || grant === undefined}
        >
          Open the decision
        </Button>
        {open.error === null ? null : <Failure error={open.error} title="Not opened" />}
      </Stack>
    </Paper>
  );
}

/** Undefined for what is not the name of a payment of a program. */
function instructionOf({ transferId, attempts }: SettlementAnswer, act: Act): Instruction | undefined {
  const after = attempts.at(-1)?.decision;
  const parsed = instructionSchema.safeParse({
    ...{ program: transferId.split('.')[1], act, payment: transferId, attempt: attempts.length },
    ...(after === undefined ? {} : { after }),
  });
  return parsed.success ? parsed.data : undefined;
}
