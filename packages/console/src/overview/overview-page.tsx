import { Alert, Anchor, Card, List, SimpleGrid, Stack, Text } from '@mantine/core';
import { useQueries, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, use } from 'react';
import { FeedContext } from '../api/feed.ts';
import {
  cases,
  decisions,
  handoffs,
  incidents,
  parties,
  programs,
  readiness,
  rulebook,
  verifier,
} from '../api/queries.ts';
import { isOpen } from '../decisions/decisions-page.tsx';
import { Page, Section } from '../parts/page.tsx';
import { awayOf, durationOf } from '../parts/time-words.ts';
import { useNow } from '../parts/use-now.ts';
import { type Seen, summaryOf, whatIsWrong } from './what-is-wrong.ts';

/** What is wrong, if anything is, in one sentence; then what waits, and for whom. */
export function OverviewPage() {
  const seen = useSeen();
  const wrong = whatIsWrong(seen);
  const isKnown = use(FeedContext).state !== 'lost' && seen.readiness !== undefined;
  return (
    <Page title="Overview">
      <Alert
        variant="outline"
        color={wrong.length > 0 ? 'red' : isKnown ? 'teal' : 'gray'}
        title={wrong.length > 0 ? 'Something is wrong' : isKnown ? 'All is well' : 'How it is now is not known'}
        role="status"
      >
        {wrong.length > 1 ? (
          <List spacing={4}>
            {wrong.map(({ sentence, to }) => (
              <List.Item key={sentence}>
                <Anchor component={Link} to={to} fz="inherit">
                  {sentence}
                </Anchor>
              </List.Item>
            ))}
          </List>
        ) : (
          <Text>{isKnown || wrong.length > 0 ? summaryOf(seen) : 'The server has not answered.'}</Text>
        )}
      </Alert>
      <Waiting />
      <Verifiers seen={seen} />
    </Page>
  );
}

function useSeen(): Seen {
  const now = useNow(1000);
  const ready = useQuery(readiness).data;
  const known = useQuery(parties).data?.parties ?? [];
  const ids = known.filter(({ kind }) => kind === 'verifier').map(({ id }) => id);
  const answers = useQueries({ queries: ids.map(verifier) });
  const open = useQuery(handoffs).data?.handoffs ?? [];
  const missed = useQuery(incidents).data?.incidents ?? [];
  const manual = useQuery(cases).data?.manual;
  return {
    now,
    tickMs: useQuery(rulebook).data?.rulebook.tickMs ?? 5000,
    ...(ready === undefined ? {} : { readiness: ready }),
    verifiers: ids.map((id, i) => {
      const { data, isError } = answers[i] ?? {};
      return { id, isAsked: isError === true, ...(data === undefined || isError === true ? {} : { answer: data }) };
    }),
    handoffs: open,
    incidents: missed,
    isTooManual: manual?.isOver === true,
  };
}

function Waiting() {
  const now = useNow(10_000);
  const waiting = (useQuery(decisions).data?.decisions ?? []).filter(isOpen);
  const open = (useQuery(cases).data?.cases ?? []).filter(({ stage }) => stage !== 'final');
  const next = Math.min(...open.map(({ dueAt }) => dueAt));
  const crossing = useQuery(handoffs).data;
  const running = (useQuery(programs).data?.programs ?? []).filter(({ phase }) => phase === 'open');
  return (
    <Section title="What waits">
      <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }}>
        <Tile to="/decisions" title="Decisions" count={waiting.length} words="wait for officers" />
        <Tile to="/cases" title="Cases" count={open.length} words="are open">
          {open.length === 0 ? null : `The next is due ${awayOf(next, now)}.`}
        </Tile>
        <Tile to="/handoffs" title="Handoffs" count={crossing?.count ?? 0} words="are on their way" />
        <Tile to="/programs" title="Programs" count={running.length} words="take applications" />
      </SimpleGrid>
    </Section>
  );
}

type TileProps = {
  readonly to: string;
  readonly title: string;
  readonly count: number;
  readonly words: string;
  readonly children?: ReactNode;
};

function Tile({ to, title, count, words, children }: TileProps) {
  return (
    <Card withBorder>
      <Anchor component={Link} to={to} fw={700}>
        {title}
      </Anchor>
      <Text>
        <Text span size="xl" fw={700}>
          {count}
        </Text>{' '}
        {words}
      </Text>
      <Text size="sm" c="dimmed">
        {children}
      </Text>
    </Card>
  );
}

function Verifiers({ seen }: { readonly seen: Seen }) {
  return (
    <Section title="Verifiers, and how far they have read">
      <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }}>
        {seen.verifiers.map(({ id, answer }) => (
          <Card withBorder key={id}>
            <Text fw={700}>{answer?.name ?? id}</Text>
            <Stack gap={0}>
              <Text>
                {answer?.position === undefined ? 'has read nothing' : `seen up to #${answer.position.size - 1}`}
              </Text>
              <Text size="sm" c="dimmed">
                {answer?.position === undefined ? '' : `${durationOf(seen.now - answer.position.time)} old`}
              </Text>
            </Stack>
          </Card>
        ))}
      </SimpleGrid>
    </Section>
  );
}
