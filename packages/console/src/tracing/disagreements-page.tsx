import type { Disagreement } from '@holdfast/server/answers';
import { Alert, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { disagreements } from '../api/queries.ts';
import { type Column, Listing } from '../parts/listing.tsx';
import { Asked, Page, Section } from '../parts/page.tsx';
import { dateOf } from '../parts/time-words.ts';

/** Where two verifiers said different things of one credential, and why; without a cause there must be none. */
export function DisagreementsPage() {
  const query = useQuery(disagreements);
  return (
    <Page title="Disagreements" lead="The last 100 answers of two verifiers, wherever both judged the same credential.">
      <Asked query={query}>
        {({ compared, differing }) => {
          const unexplained = differing.filter(isUnexplained);
          return (
            <>
              <Alert
                variant="outline"
                role="status"
                color={unexplained.length === 0 ? 'teal' : 'red'}
                title={
                  compared === 0
                    ? 'There is nothing to compare yet'
                    : unexplained.length === 0
                      ? 'Every difference has a cause'
                      : 'There is a difference without a cause'
                }
              >
                <Text>
                  {compared} compared, {differing.length} differ, {unexplained.length} of these without a cause.
                </Text>
              </Alert>
              <Section title="Differences">
                <Listing
                  name="Disagreements"
                  rows={differing}
                  columns={COLUMNS}
                  rowKey={({ verdicts }) => verdicts.join(' ')}
                  empty={
                    compared === 0
                      ? 'Both have not been asked about the same credential yet.'
                      : 'Both have said the same of everything that both were asked.'
                  }
                />
              </Section>
            </>
          );
        }}
      </Asked>
    </Page>
  );
}

/** Kinds of core's `Cause`, as people say them. */
const CAUSES: Readonly<Record<string, string>> = {
  'other-presentation': 'another presentation was shown',
  decision: 'a decision came in between',
  position: 'one had read further',
  age: 'one knew older things',
  witnesses: 'witnesses had confirmed less to one',
  clock: 'they judged at different times',
  validity: 'the credential’s own dates',
  trust: 'the issuer’s standing changed',
  rulebook: 'other rules were in force',
  profile: 'they judge by different profiles',
  network: 'they belong to two networks',
  'issuer-record': 'one asks more of issuers',
  policy: 'one asks more by its own policy',
  request: 'they were asked different things',
  'foreign-evidence': 'other evidence from outside',
  check: 'a check answered one of them only',
  fork: 'THE LOG SHOWED THEM TWO HISTORIES',
  unexplained: 'NO CAUSE: one of them is wrong',
};

function isUnexplained({ cause }: Disagreement): boolean {
  return cause === 'unexplained' || cause === 'fork';
}

const COLUMNS: readonly Column<Disagreement>[] = [
  { id: 'cause', header: 'Why', value: ({ cause }) => CAUSES[cause] ?? cause },
  { id: 'first', header: 'One said', value: ({ outcomes }) => outcomes[0] },
  { id: 'second', header: 'The other', value: ({ outcomes }) => outcomes[1] },
  { id: 'at', header: 'When', value: ({ answeredAt }) => dateOf(answeredAt[0]) },
  { id: 'later', header: 'And', value: ({ answeredAt }) => dateOf(answeredAt[1]) },
  {
    id: 'command',
    header: 'See more',
    value: ({ verdicts }) => `npx holdfast explain ${verdicts.join(' ')}`,
    cell: ({ verdicts }) => <span className="digest">npx holdfast explain {verdicts.join(' ')}</span>,
  },
];
