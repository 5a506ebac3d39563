import { NavLink, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useRouterState } from '@tanstack/react-router';
import { type Scope, session } from '../api/queries.ts';

type Place = {
  readonly to: string;
  readonly label: string;
  /** What one must be allowed to. */
  readonly scope?: Scope;
  /** A role that answers for it; a process without it has no such page. */
  readonly of?: string;
};

type Group = { readonly title?: string; readonly places: readonly Place[] };

/** What is done here, where to look why, by which rules, and who may. */
const GROUPS: readonly Group[] = [
  { places: [{ to: '/', label: 'Overview', scope: 'see' }] },
  {
    title: 'Work',
    places: [
      { to: '/decisions', label: 'Decisions', of: 'governor' },
      { to: '/cases', label: 'Cases', of: 'governor' },
      { to: '/handoffs', label: 'Handoffs', scope: 'see' },
      { to: '/programs', label: 'Programs', of: 'distributor' },
      { to: '/issue', label: 'Issue', scope: 'work', of: 'issuer' },
      { to: '/verify', label: 'Verify', of: 'verifier' },
    ],
  },
  {
    title: 'What happened',
    places: [
      { to: '/timeline', label: 'Timeline', scope: 'see', of: 'pages' },
      { to: '/life', label: 'Life of decisions', scope: 'see', of: 'pages' },
      { to: '/disagreements', label: 'Disagreements', scope: 'see', of: 'pages' },
      { to: '/log', label: 'Log', of: 'network' },
      { to: '/health', label: 'Health' },
    ],
  },
  {
    title: 'By which rules',
    places: [
      { to: '/rulebook', label: 'Rulebook', of: 'governor' },
      { to: '/trust', label: 'Trust', of: 'verifier' },
    ],
  },
  {
    title: 'Who may',
    places: [
      { to: '/key', label: 'My officer key', of: 'governor' },
      { to: '/operators', label: 'Operators', scope: 'admin' },
    ],
  },
];

/** The page that a path is of, where nobody at this origin answers for it; undefined where somebody does. */
export function unansweredAt(path: string, roles: readonly string[] | undefined): string | undefined {
  const here = path.replace(/^\/console/, '') || '/';
  const place = GROUPS.flatMap(({ places }) => places).find(
    ({ to }) => to !== '/' && (here === to || here.startsWith(`${to}/`)),
  );
  return place?.of === undefined || roles === undefined || roles.includes(place.of) ? undefined : place.label;
}

/** Everywhere one can go; what stands open is marked for eyes and for screen readers. */
export function Navigation({ onGo }: { readonly onGo: () => void }) {
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const here = path.replace(/^\/console/, '') || '/';
  const { data } = useQuery(session);
  const isShown = ({ scope, of }: Place) => {
    const isThere = of === undefined || data?.roles === undefined || data.roles.includes(of);
    return isThere && (scope === undefined || data?.may.includes(scope) === true);
  };
  const isHere = (to: string) => (to === '/' ? here === '/' : here === to || here.startsWith(`${to}/`));
  const groups = GROUPS.map(({ title, places }) => ({ title, places: places.filter(isShown) }));
  return (
    <Stack gap="xs">
      {groups.map(({ title, places }) =>
        places.length === 0 ? null : (
          <div key={title ?? ''}>
            {title === undefined ? null : (
              <Text size="xs" c="dimmed" px="sm" pb={2} id={idOf(title)}>
                {title}
              </Text>
            )}
            <Stack
              gap={1}
              component="ul"
              m={0}
              p={0}
              style={{ listStyle: 'none' }}
              aria-labelledby={title === undefined ? undefined : idOf(title)}
            >
              {places.map(({ to, label }) => (
                <li key={to}>
                  <NavLink
                    renderRoot={(props) => <Link to={to} {...props} />}
                    label={label}
                    active={isHere(to)}
                    aria-current={isHere(to) ? 'page' : undefined}
                    variant="filled"
                    py={4}
                    onClick={onGo}
                  />
                </li>
              ))}
            </Stack>
          </div>
        ),
      )}
    </Stack>
  );
}

function idOf(title: string): string {
  return `pages-${title.toLowerCase().replaceAll(' ', '-')}`;
}
