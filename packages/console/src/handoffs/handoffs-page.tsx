import { Alert } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { handoffs, type OpenHandoff } from '../api/queries.ts';
import { type Column, Listing } from '../parts/listing.tsx';
import { Asked, Page } from '../parts/page.tsx';
import { awayOf, dateOf, durationOf } from '../parts/time-words.ts';
import { useNow } from '../parts/use-now.ts';

/** Every crossing that is not complete, the oldest first: who has it, and who has to act. */
export function HandoffsPage() {
  const query = useQuery(handoffs);
  const now = useNow(1000);
  return (
    <Page
      title="Handoffs"
      lead="A crossing is complete when the receiver has accepted it. Until then whoever gives it owns it, and it stands here."
    >
      <Asked query={query}>
        {({ handoffs: open, more }) => (
          <>
            {more > 0 ? (
              <Alert variant="outline" color="yellow" title={`${more} more are not listed`}>
                Of payments outside only those open longest are listed.
              </Alert>
            ) : null}
            <Listing
              name="Open handoffs"
              rows={open}
              columns={columnsAt(now)}
              rowKey={({ what, of, receiver, next, owner }) => [what, of, receiver, next, owner].join(' ')}
              empty="Nothing is on its way: every crossing is complete."
              sortedBy={{ id: 'since' }}
            />
          </>
        )}
      </Asked>
    </Page>
  );
}

function columnsAt(now: number): readonly Column<OpenHandoff>[] {
  return [
    { id: 'what', header: 'What', value: ({ what }) => what },
    { id: 'of', header: 'Of', value: ({ of }) => of },
    { id: 'count', header: 'How many', value: ({ count }) => count, isNumber: true },
    { id: 'way', header: 'From, to', value: ({ giver, receiver }) => `${giver} to ${receiver}` },
    { id: 'owner', header: 'Owner', value: ({ owner }) => owner },
    {
      id: 'since',
      header: 'For',
      value: ({ since }) => dateOf(since),
      cell: ({ since }) => durationOf(now - since),
    },
    {
      id: 'due',
      header: 'Due',
      value: ({ dueBy }) => (dueBy === undefined ? undefined : dateOf(dueBy)),
      cell: ({ dueBy }) =>
        dueBy === undefined ? 'no date' : dueBy < now ? `OVERDUE, ${awayOf(dueBy, now)}` : awayOf(dueBy, now),
    },
    { id: 'next', header: 'Until it is', value: ({ next }) => next },
  ];
}
