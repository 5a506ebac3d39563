import type { CaseView, IncidentView } from '@holdfast/server/answers';
import { Anchor, Button, Group, Stack, Switch } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { cases, incidents } from '../api/queries.ts';
import { ForYou } from '../officer/for-you.tsx';
import { type Column, Listing } from '../parts/listing.tsx';
import { Asked, Page, Section } from '../parts/page.tsx';
import { awayOf, dateOf } from '../parts/time-words.ts';
import { remedyOf, silenceOf, stageOf } from './case-words.ts';
import { ManualPanel } from './manual-panel.tsx';

/** Complaints, appeals and what was for people to decide, by the time at which something is due. */
export function CasesPage() {
  const query = useQuery(cases);
  const missed = useQuery(incidents);
  const [isAll, setAll] = useState(false);
  return (
    <Page
      title="Cases"
      lead="Each has an owner, a time, and what happens by itself if nobody acts until then."
      actions={
        <Group>
          <Switch
            label="Those that are over as well"
            checked={isAll}
            onChange={(event) => setAll(event.currentTarget.checked)}
          />
          <Button renderRoot={(props) => <Link to="/cases/new" {...props} />}>File a complaint</Button>
        </Group>
      }
    >
      <Asked query={query}>
        {({ cases: all }) => (
          <Stack gap="xl">
            <Section title={isAll ? 'All cases' : 'Open cases'}>
              <Listing
                name={isAll ? 'All cases' : 'Open cases'}
                rows={all.filter(({ stage }) => isAll || stage !== 'final')}
                columns={COLUMNS}
                rowKey={({ id }) => id}
                empty="No case is open."
                sortedBy={{ id: 'due' }}
              />
            </Section>
            {/* Below the cases: it comes and goes with every signature, and would move them under a pointer. */}
            <ForYou />
            <Section title="Missed deadlines">
              <Asked query={missed}>
                {({ incidents: found }) => (
                  <Listing
                    name="Missed deadlines"
                    rows={found}
                    columns={INCIDENTS}
                    rowKey={({ id }) => id}
                    empty="No deadline was missed."
                    sortedBy={{ id: 'at', isDescending: true }}
                  />
                )}
              </Asked>
            </Section>
            <ManualPanel />
          </Stack>
        )}
      </Asked>
    </Page>
  );
}

const COLUMNS: readonly Column<CaseView>[] = [
  {
    id: 'about',
    header: 'About',
    value: ({ about, text }) => `${about}: ${text}`,
    cell: ({ id, about, text }) => (
      <Anchor component={Link} to={`/cases/${id}`} fz="inherit">
        {about}: {text}
      </Anchor>
    ),
  },
  { id: 'asks', header: 'Asks', value: ({ remedy }) => remedyOf(remedy) },
  { id: 'stage', header: 'It', value: stageOf },
  { id: 'owner', header: 'Owner', value: ({ owner }) => owner },
  {
    id: 'due',
    header: 'Due',
    value: ({ dueAt }) => dateOf(dueAt),
    cell: ({ dueAt }) => awayOf(dueAt, Date.now()),
  },
  { id: 'silence', header: 'Otherwise', value: silenceOf },
];

const INCIDENTS: readonly Column<IncidentView>[] = [
  { id: 'owner', header: 'Who', value: ({ owner }) => owner },
  { id: 'stage', header: 'What', value: ({ stage }) => stage },
  { id: 'at', header: 'When', value: ({ at }) => dateOf(at) },
  {
    id: 'owed',
    header: 'Owed',
    value: ({ owed, closedAt }) =>
      closedAt !== undefined
        ? `closed on ${dateOf(closedAt)}`
        : owed === undefined
          ? 'nothing now'
          : `${owed.report}, ${owed.isLate ? 'LATE since' : 'due'} ${dateOf(owed.dueAt)}`,
  },
];
