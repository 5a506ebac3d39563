import { Alert, Anchor, List, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { handoffs, readiness, type Session } from '../api/queries.ts';
import { Asked, Page, Section } from '../parts/page.tsx';

/** Roles that run by themselves: whether each can do its work, and what waits here. What is wrong elsewhere is told elsewhere. */
export function PartOverview({ who: { roles = [], parties = [] } }: { readonly who: Session }) {
  const ready = useQuery(readiness);
  const crossing = useQuery(handoffs);
  return (
    <Page title="Overview" lead={`Here run: ${roles.join(', ')}. The rest of the network is seen where it is run.`}>
      <Asked query={ready}>
        {({ parts }) => {
          const wrong = Object.entries(parts).filter(([, state]) => state !== 'ready');
          return (
            <Alert
              variant="outline"
              color={wrong.length === 0 ? 'teal' : 'red'}
              title={wrong.length === 0 ? 'Every part here can do its work' : 'A part cannot do its work'}
              role="status"
            >
              {wrong.length === 0 ? (
                <Text>Whether what they say reaches anybody is for the network to tell.</Text>
              ) : (
                wrong.map(([part, state]) => (
                  <Text key={part}>
                    {part}: {state}.
                  </Text>
                ))
              )}
            </Alert>
          );
        }}
      </Asked>
      {parties.length === 0 ? null : (
        <Section title="Who they are">
          <List spacing={4}>
            {parties.map(({ id, kind, name }) => (
              <List.Item key={`${kind} ${id}`}>
                {name ?? id}, {kind}: <span className="digest">{id}</span>
              </List.Item>
            ))}
          </List>
          <Text c="dimmed" maw="46rem">
            What they may do in the network is decided by its officers, from the requests that lie in the data folder
            (accredit-….json).
          </Text>
        </Section>
      )}
      <Section title="What waits">
        <Text>
          <Anchor component={Link} to="/handoffs" fz="inherit">
            {crossing.data?.count ?? 0} handoffs
          </Anchor>{' '}
          are on their way.
        </Text>
      </Section>
    </Page>
  );
}
