import { Alert, Anchor, AppShell, Badge, Burger, Button, Group, Text, useMantineColorScheme } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { ask } from '../api/ask.ts';
import { FeedContext, type FeedState, followFeed, readAgain } from '../api/feed.ts';
import { rulebook, type Session, session } from '../api/queries.ts';
import { Asked, Page } from '../parts/page.tsx';
import { dateOf } from '../parts/time-words.ts';
import { Login } from './login.tsx';
import { Navigation, unansweredAt } from './navigation.tsx';

/** The frame of every page. Without a session there is only the door. */
export function Shell() {
  const current = useQuery(session);
  return <Asked query={current}>{(who) => (who.role === null ? <Login who={who} /> : <Frame who={who} />)}</Asked>;
}

function Frame({ who }: { readonly who: Session }) {
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const client = useQueryClient();
  const [feed, setFeed] = useState<FeedState>({ state: 'connecting' });
  const hasFeed = who.roles?.includes('network') !== false;
  useEffect(() => (hasFeed ? followFeed(client, setFeed) : readAgain(client, setFeed)), [client, hasFeed]);
  const { data } = useQuery({ ...rulebook, enabled: who.roles?.includes('governor') !== false });
  return (
    <AppShell
      header={{ height: 60 }}
      navbar={{ width: 230, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding="md"
      transitionDuration={0}
    >
      <a className="skip" href="#main">
        To the content
      </a>
      <AppShell.Header px="md">
        <Group h="100%" justify="space-between" wrap="nowrap">
          <Group wrap="nowrap" gap="sm" style={{ minWidth: 0 }}>
            <Burger
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={isOpen ? 'Close the menu' : 'Open the menu'}
              aria-expanded={isOpen}
            />
            <Text fw={700} truncate>
              {data?.rulebook.title ?? 'Holdfast'}
            </Text>
            <FeedBadge feed={feed} />
          </Group>
          <Group wrap="nowrap" gap="xs">
            <Text size="sm" visibleFrom="sm" truncate maw={220}>
              {who.name === who.role ? who.name : `${who.name}, ${who.role}`}
              {who.party === undefined ? '' : ` of ${who.party}`}
            </Text>
            <SchemeButton />
            <LogOut />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Pages" style={{ overflowY: 'auto' }}>
        <Navigation onGo={close} />
        {who.roles === undefined ? (
          <Anchor href="/" mt="md" px="sm" size="sm">
            The page for everybody
          </Anchor>
        ) : null}
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        <Lost feed={feed} />
        <FeedContext value={feed}>
          <Here roles={who.roles} />
        </FeedContext>
      </AppShell.Main>
    </AppShell>
  );
}

/** The page; or that there is none here, for whoever came by an address. */
function Here({ roles }: { readonly roles: Session['roles'] | undefined }) {
  const unanswered = unansweredAt(useRouterState({ select: ({ location }) => location.pathname }), roles);
  if (unanswered === undefined) return <Outlet />;
  return (
    <Page title={unanswered}>
      <Alert variant="outline" color="gray" title="Nobody here answers for this">
        At this address run: {roles?.join(', ')}. What this page shows is at the console of whoever runs the rest of the
        network.
      </Alert>
    </Page>
  );
}

/** How far this page has heard of the log; that it hears nothing is said, not left to be noticed. */
function FeedBadge({ feed: { state, epoch } }: { readonly feed: FeedState }) {
  if (state !== 'connected') {
    return (
      <Badge
        color={state === 'lost' ? 'red' : 'gray'}
        variant="outline"
        role="status"
        tt="none"
        c="var(--mantine-color-text)"
      >
        {state === 'lost' ? 'not connected' : 'connecting'}
      </Badge>
    );
  }
  return (
    <Badge color="gray" variant="outline" visibleFrom="xs" tt="none" c="var(--mantine-color-text)">
      {epoch === undefined ? 'connected' : `seen up to #${epoch}`}
    </Badge>
  );
}

/** Old news is not shown as new. */
function Lost({ feed: { state, heardAt } }: { readonly feed: FeedState }) {
  if (state !== 'lost') return null;
  return (
    <Alert color="red" variant="outline" role="alert" mb="md" title="This page has lost its connection">
      What it shows is from before{heardAt === undefined ? '' : `, of ${dateOf(heardAt)}`}. It tries again by itself.
    </Alert>
  );
}

function SchemeButton() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const next = { auto: 'light', light: 'dark', dark: 'auto' } as const;
  const words = { auto: 'as the system', light: 'light', dark: 'dark' } as const;
  const signs = { auto: '◐', light: '☀', dark: '☾' } as const;
  return (
    <Button
      variant="default"
      size="compact-md"
      onClick={() => setColorScheme(next[colorScheme])}
      aria-label={`Colours: ${words[colorScheme]}. Change to ${words[next[colorScheme]]}`}
    >
      <span aria-hidden="true">{signs[colorScheme]}</span>
    </Button>
  );
}

function LogOut() {
  const client = useQueryClient();
  const leave = async () => {
    await ask('/console-session', 'DELETE').catch(() => undefined);
    // Nothing of what was read stays in the page.
    client.clear();
    await client.invalidateQueries();
    location.assign('/console/');
  };
  return (
    <Button variant="default" size="compact-md" onClick={() => void leave()}>
      Log out
    </Button>
  );
}
