import type { Finding } from '@holdfast/core';
import { sentenceOf } from '@holdfast/core';
import type { OverviewView } from '@holdfast/server/answers';
import { Alert, Anchor, Button, Card, Code, CopyButton, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense, use } from 'react';
import { FeedContext } from '../api/feed.ts';
import { cases, decisions, handoffs, programs, session } from '../api/queries.ts';
import { isOpen } from '../decisions/is-open.ts';

import { Page, Section } from '../parts/page.tsx';
import { awayOf, dateOf, durationOf } from '../parts/time-words.ts';
import { useNow } from '../parts/use-now.ts';
import { usePart } from '../parts/use-part.ts';
import { PartOverview } from './part-overview.tsx';
import { useOverview } from './use-overview.ts';
import { whereToLook } from './where-to-look.ts';

/** What an officer is asked for is known by the rules of decisions and cases: nobody waits for those to read the first sentence. */
const ForYou = lazy(() =>
  import('../officer/for-you.tsx').then(
    ({ ForYou }) => ({ default: ForYou }),
    () => ({ default: () => null }),
  ),
);

/** It is asked for every five seconds: what is older is no word on how things are. */
const OLD_MS = 15_000;

/** How all of a network does, or how the roles do that run here. */
export function OverviewPage() {
  const { data } = useQuery(session);
  if (data === undefined) return null;
  const isGathered = data.roles === undefined || data.roles.includes('pages');
  return isGathered ? <NetworkOverview /> : <PartOverview who={data} />;
}

/** What is wrong, if anything is, in one sentence; then each of it, what waits and for whom. */
function NetworkOverview() {
  const { data, isError, dataUpdatedAt } = useOverview();
  const now = useNow();
  const isLost = use(FeedContext).state === 'lost' || isError || now - dataUpdatedAt > OLD_MS;
  const isKnown = data !== undefined && !isLost;
  const findings = data?.findings ?? [];
  const isGoverned = usePart('governor');
  return (
    <Page title="Overview">
      <Alert
        variant="outline"
        color={findings.length > 0 ? 'red' : isKnown ? 'teal' : 'gray'}
        title={findings.length > 0 ? 'Something is wrong' : isKnown ? 'All is well' : 'How it is now is not known'}
        role="status"
      >
        <Text>{data === undefined ? 'The server has not answered.' : sentenceOf(findings, data.read, dateOf)}</Text>
        {data !== undefined && isLost ? <Text c="dimmed">The server does not answer: this is from before.</Text> : null}
      </Alert>
      {findings.length === 0 ? null : <Findings findings={findings} />}
      {isGoverned ? (
        <Suspense fallback={null}>
          <ForYou />
        </Suspense>
      ) : null}
      <Waiting />
      {data === undefined ? null : <Verifiers verifiers={data.read.verifiers} />}
    </Page>
  );
}

function Findings({ findings }: { readonly findings: readonly Finding[] }) {
  const now = useNow();
  return (
    <Section title="What is wrong, the worst first">
      <Stack component="ol" gap="sm" m={0} p={0}>
        {findings.map((finding) => (
          <Card component="li" withBorder key={`${finding.code} ${finding.part}`}>
            <Stack gap={4}>
              <Anchor component={Link} to={whereToLook(finding)} fw={700}>
                {finding.what}
              </Anchor>
              <Text>
                Since {dateOf(finding.since)}, for {durationOf(now - finding.since)}
                {finding.affected === undefined ? '' : `; ${finding.affected}`}.
              </Text>
              <Text>
                Resolves {finding.resolves}. Owner: {finding.owner}.
              </Text>
              <Text size="sm" c="dimmed">
                {finding.code}
              </Text>
            </Stack>
            <Group gap="xs" mt="xs">
              <Code>{finding.command}</Code>
              <CopyButton value={finding.command}>
                {({ copied, copy }) => (
                  <Button size="compact-sm" variant="default" onClick={copy}>
                    {copied ? 'Copied' : 'Copy'}
                  </Button>
                )}
              </CopyButton>
            </Group>
          </Card>
        ))}
      </Stack>
    </Section>
  );
}

function Waiting() {
  const now = useNow(10_000);
  const isGoverned = usePart('governor');
  const isPaying = usePart('distributor');
  const waiting = (useQuery({ ...decisions, enabled: isGoverned }).data?.decisions ?? []).filter(isOpen);
  const listed = useQuery({ ...cases, enabled: isGoverned }).data?.cases ?? [];
  const open = listed.filter(({ stage }) => stage !== 'final');
  const next = Math.min(...open.map(({ dueAt }) => dueAt));
  const crossing = useQuery(handoffs).data;
  const running = (useQuery({ ...programs, enabled: isPaying }).data?.programs ?? []).filter(
    ({ phase }) => phase === 'open',
  );
  return (
    <Section title="What waits">
      <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }}>
        {isGoverned ? (
          <>
            <Tile
              to="/decisions"
              title="Decisions"
              count={waiting.length}
              words={waiting.length === 1 ? 'waits for officers' : 'wait for officers'}
            />
            <Tile to="/cases" title="Cases" count={open.length} words={open.length === 1 ? 'is open' : 'are open'}>
              {open.length === 0 ? null : `The next is due ${awayOf(next, now)}.`}
            </Tile>
          </>
        ) : null}
        <Tile
          to="/handoffs"
          title="Handoffs"
          count={crossing?.count ?? 0}
          words={crossing?.count === 1 ? 'is on its way' : 'are on their way'}
        />
        {isPaying ? (
          <Tile
            to="/programs"
            title="Programs"
            count={running.length}
            words={running.length === 1 ? 'takes applications' : 'take applications'}
          />
        ) : null}
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

function Verifiers({ verifiers }: { readonly verifiers: OverviewView['read']['verifiers'] }) {
  const now = useNow();
  return (
    <Section title="Verifiers, and how far they have read">
      <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }}>
        {verifiers.map(({ id, name, isAnswering, readAt }) => (
          <Card withBorder key={id}>
            <Text fw={700}>{name}</Text>
            <Text>
              {!isAnswering
                ? 'does not answer'
                : readAt === undefined
                  ? 'has read nothing'
                  : `what it knows is ${durationOf(now - readAt)} old`}
            </Text>
          </Card>
        ))}
      </SimpleGrid>
    </Section>
  );
}
