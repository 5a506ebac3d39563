import type { Proposal } from '@holdfast/server/answers';
import { Anchor, Badge, Button, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { decisions } from '../api/queries.ts';
import { type Column, Listing } from '../parts/listing.tsx';
import { Asked, Page, Section } from '../parts/page.tsx';
import { awayOf, dateOf } from '../parts/time-words.ts';
import { isOpen } from './is-open.ts';

/** What waits for signatures, and what was decided. */
export function DecisionsPage() {
  const query = useQuery(decisions);
  return (
    <Page
      title="Decisions"
      lead="Status and money move by decisions alone: officers sign, a quorum counts, the log carries it to everybody."
      actions={
        <Button component={Link} to="/decisions/new">
          Propose a decision
        </Button>
      }
    >
      <Asked query={query}>
        {({ decisions: all }) => {
          const open = all.filter(isOpen);
          return (
            <Stack gap="xl">
              <Section title="Waiting for signatures">
                <Listing
                  name="Open decisions"
                  rows={open}
                  columns={OPEN_COLUMNS}
                  rowKey={({ id }) => id}
                  empty="Nothing waits for an officer."
                  sortedBy={{ id: 'due' }}
                />
              </Section>
              <Section title="Decided, refused or lapsed">
                <Listing
                  name="Past decisions"
                  rows={all.filter((proposal) => !isOpen(proposal))}
                  columns={PAST_COLUMNS}
                  rowKey={({ id }) => id}
                  empty="Nothing was decided yet."
                  sortedBy={{ id: 'proposed', isDescending: true }}
                />
              </Section>
            </Stack>
          );
        }}
      </Asked>
    </Page>
  );
}

const WHAT: Column<Proposal> = {
  id: 'what',
  header: 'Power',
  value: ({ power }) => power,
  cell: ({ id, power }) => (
    <Anchor component={Link} to={`/decisions/${id}`} fz="inherit">
      {power}
    </Anchor>
  ),
};
const COUNT: Column<Proposal> = {
  id: 'count',
  header: 'To how many',
  value: ({ terms }) => terms.targets.count,
  isNumber: true,
};
const REASON: Column<Proposal> = { id: 'class', header: 'Why', value: ({ terms }) => terms.class };
const SIGNED: Column<Proposal> = {
  id: 'signed',
  header: 'Signed',
  value: ({ approvals }) => approvals.map(({ officer }) => officer).join(', '),
};

const OPEN_COLUMNS: readonly Column<Proposal>[] = [
  WHAT,
  COUNT,
  REASON,
  SIGNED,
  {
    id: 'missing',
    header: 'Missing',
    value: ({ needed, approvals }) => Math.max(0, needed - approvals.length),
    isNumber: true,
  },
  {
    id: 'due',
    header: 'Lapses',
    value: ({ dueAt }) => (dueAt === undefined ? undefined : dateOf(dueAt)),
    cell: ({ dueAt }) => (dueAt === undefined ? '' : awayOf(dueAt, Date.now())),
  },
];

const PAST_COLUMNS: readonly Column<Proposal>[] = [
  WHAT,
  COUNT,
  REASON,
  SIGNED,
  {
    id: 'state',
    header: 'What became of it',
    value: ({ state }) => state,
    cell: ({ state, why }) => (
      <Badge
        variant="outline"
        color={state === 'carried-out' ? 'teal' : 'gray'}
        c="var(--mantine-color-text)"
        tt="none"
      >
        {state === 'carried-out' ? 'done' : `${state}${why === undefined ? '' : `: ${why}`}`}
      </Badge>
    ),
  },
  { id: 'proposed', header: 'Proposed', value: ({ proposedAt }) => dateOf(proposedAt) },
];
