import type { OpenedProposal, Proposal } from '@holdfast/server/answers';
import { refusalWords } from '@holdfast/verifier';
import { Alert, Anchor, Button, Group, List, Paper, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { decision, LIVE, openings, parties, rulebook } from '../api/queries.ts';
import { useOfficer } from '../officer/use-officer.ts';
import { Asked, Failure, Page, Section } from '../parts/page.tsx';
import { awayOf, dateOf } from '../parts/time-words.ts';
import { useNow } from '../parts/use-now.ts';
import { RevisionShown } from '../programs/revision-shown.tsx';
import { ChangeTable } from './change-table.tsx';
import { type DecisionWords, reasonsOf, wordsOfDecision } from './decision-words.ts';
import { signDecision } from './sign-decision.ts';
import { WhatIsSigned } from './what-is-signed.tsx';

/** One decision: what it does and to how many, who has signed, and the signature of the officer in front of the screen. */
export function DecisionPage() {
  const { id = '' } = useParams({ strict: false }) as { readonly id?: string };
  const proposal = useQuery(decision(id));
  const opened = useQuery(openings(id));
  const rules = useQuery(rulebook);
  const known = useQuery(parties);
  const words = useMemo(
    () =>
      opened.data === undefined || rules.data === undefined || known.data === undefined
        ? undefined
        : wordsOfDecision(opened.data, { rulebook: rules.data.rulebook, parties: known.data.parties }),
    [opened.data, rules.data, known.data],
  );
  return (
    <Page title={words?.title ?? 'A decision'}>
      <Asked query={opened}>
        {(shown) => (
          <Asked query={proposal}>
            {(current) =>
              words === undefined || rules.data === undefined ? null : (
                <Stack gap="lg">
                  <Standing proposal={current} />
                  <Effects words={words} reasons={reasonsOf(shown, rules.data.rulebook)} />
                  <RevisionShown shown={shown} />
                  <Signing shown={shown} proposal={current} words={words} />
                  <WhatIsSigned shown={shown} />
                </Stack>
              )
            }
          </Asked>
        )}
      </Asked>
    </Page>
  );
}

function Standing({ proposal }: { readonly proposal: Proposal }) {
  const now = useNow(10_000);
  const { state, approvals, needed, dueAt, why, entries } = proposal;
  const who = approvals.map(({ officer }) => officer).join(' and ') || 'Nobody';
  if (state === 'carried-out') {
    const place = entries === undefined ? '' : ` It stands in the log as entry #${entries.decision}.`;
    return (
      <Alert variant="outline" color="teal" title="Done" role="status">
        Signed by {who}.{place}
      </Alert>
    );
  }
  if (state === 'collecting' || state === 'authorised') {
    const missing = Math.max(0, needed - approvals.length);
    const title =
      state === 'authorised' ? 'On its way into the log' : `Waiting: ${missing} more of ${needed} must sign`;
    return (
      <Alert variant="outline" color="yellow" title={title} role="status">
        {who} signed so far.{' '}
        {dueAt === undefined
          ? ''
          : `Without the rest it lapses ${awayOf(dueAt, now)}, on ${dateOf(dueAt)}, and nothing has changed.`}
      </Alert>
    );
  }
  return (
    <Alert variant="outline" color="gray" title="Not done" role="status">
      It is {state}
      {why === undefined ? '' : `: ${refusalWords(why)}`}. Nothing has changed.
    </Alert>
  );
}

function Effects({ words, reasons }: { readonly words: DecisionWords; readonly reasons: readonly string[] }) {
  return (
    <Section title="What it does">
      <List spacing={4} maw="48rem">
        <List.Item>
          To how many: <strong>{words.to}</strong>
        </List.Item>
        {words.effects.map((line) => (
          <List.Item key={line}>{line}</List.Item>
        ))}
        <List.Item>{words.undo}</List.Item>
        <List.Item>Why: {reasons.join('. ')}</List.Item>
      </List>
      {words.changes.length === 0 ? null : <ChangeTable changes={words.changes} />}
    </Section>
  );
}

type SigningProps = { readonly shown: OpenedProposal; readonly proposal: Proposal; readonly words: DecisionWords };

function Signing({ shown, proposal, words }: SigningProps) {
  const { key, officer, isKnown } = useOfficer();
  const client = useQueryClient();
  const sign = useMutation({
    mutationFn: async () => {
      if (key !== null) await signDecision(shown, key);
    },
    onSettled: () => client.invalidateQueries({ queryKey: [LIVE] }),
  });
  if (proposal.state !== 'collecting' || !isKnown) return null;
  if (key === null || officer === undefined) return <NoKey hasKey={key !== null} />;
  if (proposal.approvals.some((approval) => approval.officer === officer.id)) {
    return (
      <Section title="Your signature">
        <Text>You have signed, as {officer.id}. Now it is for another officer.</Text>
      </Section>
    );
  }
  const isLast = proposal.approvals.length + 1 >= proposal.needed;
  return (
    <Section title="Your signature">
      <Paper withBorder p="md">
        <Stack align="start">
          <Text>
            {isLast
              ? `With your signature it takes effect: ${lowered(words.title)}.`
              : `Nothing changes yet: after you, ${proposal.needed - proposal.approvals.length - 1} more must sign.`}
          </Text>
          <Group>
            <Button onClick={() => sign.mutate()} loading={sign.isPending} color={isLast ? 'red' : 'teal'}>
              Sign as {officer.id}
            </Button>
            <Text size="sm" c="dimmed">
              {words.to}
            </Text>
          </Group>
          {sign.error === null ? null : <Failure error={sign.error} title="Not signed" />}
        </Stack>
      </Paper>
    </Section>
  );
}

function NoKey({ hasKey }: { readonly hasKey: boolean }) {
  return (
    <Section title="Your signature">
      <Text>
        {hasKey
          ? 'The key in this browser is no officer’s yet, so you cannot sign here. '
          : 'There is no officer’s key in this browser, so you cannot sign here. '}
        <Anchor component={Link} to="/key">
          {hasKey ? 'Have it enrolled' : 'Make one'}
        </Anchor>
      </Text>
    </Section>
  );
}

function lowered(title: string): string {
  return title.charAt(0).toLowerCase() + title.slice(1);
}
