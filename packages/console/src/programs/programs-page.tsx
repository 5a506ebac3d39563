import type { ProgramAnswer } from '@holdfast/server/answers';
import { Anchor, Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { programs } from '../api/queries.ts';
import { type Column, Listing } from '../parts/listing.tsx';
import { amountOf } from '../parts/money-words.ts';
import { Asked, Page } from '../parts/page.tsx';
import { dateOf } from '../parts/time-words.ts';
import { MoneyByState } from './money-by-state.tsx';
import { nameOf, wordsOfPhase } from './program-words.ts';

export function ProgramsPage() {
  const query = useQuery(programs);
  return (
    <Page
      title="Programs"
      lead="Each runs by rules that officers released; who has applied keeps what they applied under."
      actions={<Button renderRoot={(props) => <Link to="/programs/new" {...props} />}>Write a program</Button>}
    >
      <Asked query={query}>
        {({ programs: all }) => (
          <>
            <Listing
              name="Programs"
              rows={all}
              columns={columnsOf(all)}
              rowKey={({ program }) => program.id}
              empty="There is no program here."
              sortedBy={{ id: 'closes', isDescending: true }}
            />
            <MoneyByState programs={all} />
          </>
        )}
      </Asked>
    </Page>
  );
}

function columnsOf(all: readonly ProgramAnswer[]): readonly Column<ProgramAnswer>[] {
  return [
    {
      id: 'id',
      header: 'Program',
      value: ({ program }) => program.id,
      cell: ({ program }) => (
        <Anchor component={Link} to={`/programs/${program.id}`} fz="inherit">
          {nameOf(program, all)}
        </Anchor>
      ),
    },
    { id: 'phase', header: 'It', value: wordsOfPhase },
    { id: 'applications', header: 'Applications', value: ({ applications }) => applications.all, isNumber: true },
    {
      id: 'budget',
      header: 'Budget',
      value: ({ program: { budget, asset } }) => amountOf(budget, asset),
      isNumber: true,
    },
    { id: 'closes', header: 'Closes', value: ({ program }) => dateOf(program.window.closesAt) },
  ];
}
