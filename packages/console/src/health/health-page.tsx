import { isCodedError } from '@holdfast/core/errors';
import { Badge, Code } from '@mantine/core';
import { useQueries, useQuery } from '@tanstack/react-query';
import { parties, readiness, verifier } from '../api/queries.ts';
import { Listing } from '../parts/listing.tsx';
import { Asked, Page, Section } from '../parts/page.tsx';
import { dateOf, durationOf } from '../parts/time-words.ts';
import { useNow } from '../parts/use-now.ts';
import { usePart } from '../parts/use-part.ts';
import { AgeChart } from './age-chart.tsx';
import { CoursePanel } from './course-panel.tsx';

/** Every part of this process and whether it can do its work; every verifier and how far it has read. */
export function HealthPage() {
  const ready = useQuery(readiness);
  const isWhole = usePart('pages');
  return (
    <Page
      title="Health"
      lead={
        <>
          <Code>npx holdfast doctor</Code> says the same, and looks at this machine too.
        </>
      }
    >
      <Section title="Parts">
        <Asked query={ready}>
          {({ parts }) => (
            <Listing
              name="Parts"
              rows={Object.entries(parts)}
              columns={[
                { id: 'part', header: 'Part', value: ([part]) => part },
                {
                  id: 'state',
                  header: 'State',
                  value: ([, state]) => state,
                  cell: ([, state]) => (
                    <Badge
                      variant="outline"
                      color={state === 'ready' ? 'teal' : 'red'}
                      c="var(--mantine-color-text)"
                      tt="none"
                    >
                      {state}
                    </Badge>
                  ),
                },
              ]}
              rowKey={([part]) => part}
              empty="No part has said anything."
            />
          )}
        </Asked>
      </Section>
      <Verifiers />
      {isWhole ? (
        <>
          <AgeChart />
          <CoursePanel />
        </>
      ) : null}
    </Page>
  );
}

function Verifiers() {
  const now = useNow();
  const known = useQuery(parties).data?.parties ?? [];
  const ids = known.filter(({ kind }) => kind === 'verifier').map(({ id }) => id);
  const answers = useQueries({ queries: ids.map(verifier) });
  const rows = ids.map((id, i) => {
    const error = answers[i]?.error ?? null;
    // An organisation's own: it answers where that runs it.
    const isElsewhere = isCodedError(error) && error.code === 'verifier.not-found';
    return { id, answer: answers[i]?.data, isElsewhere, hasFailed: error !== null };
  });
  return (
    <Section title="Verifiers">
      <Listing
        name="Verifiers"
        rows={rows}
        columns={[
          { id: 'name', header: 'Verifier', value: ({ id, answer }) => answer?.name ?? id },
          { id: 'owner', header: 'Owner', value: ({ id, answer }) => answer?.party ?? id },
          {
            id: 'seen',
            header: 'Seen up to',
            value: ({ answer, hasFailed, isElsewhere }) =>
              hasFailed
                ? isElsewhere
                  ? 'is run elsewhere'
                  : 'does not answer'
                : answer?.position === undefined
                  ? 'nothing'
                  : `#${answer.position.size - 1}`,
          },
          {
            id: 'time',
            header: 'Of',
            value: ({ answer }) => (answer?.position === undefined ? undefined : dateOf(answer.position.time)),
          },
          {
            id: 'age',
            header: 'Which is old',
            value: ({ answer }) =>
              answer?.position === undefined ? undefined : durationOf(now - answer.position.time),
          },
        ]}
        rowKey={({ id }) => id}
        empty="No verifier belongs to this network."
      />
    </Section>
  );
}
