import { NavLink, Stack } from '@mantine/core';
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

const PLACES: readonly Place[] = [
  { to: '/', label: 'Overview', scope: 'see' },
  { to: '/decisions', label: 'Decisions', of: 'governor' },
  { to: '/cases', label: 'Cases', of: 'governor' },
  { to: '/handoffs', label: 'Handoffs', scope: 'see' },
  { to: '/programs', label: 'Programs', of: 'distributor' },
  { to: '/verify', label: 'Verify', of: 'verifier' },
  { to: '/issue', label: 'Issue', scope: 'work', of: 'issuer' },
  { to: '/log', label: 'Log', of: 'network' },
  { to: '/rulebook', label: 'Rulebook', of: 'governor' },
  { to: '/trust', label: 'Trust', of: 'verifier' },
  { to: '/timeline', label: 'Timeline', scope: 'see', of: 'pages' },
  { to: '/life', label: 'Life of decisions', scope: 'see', of: 'pages' },
  { to: '/disagreements', label: 'Disagreements', scope: 'see', of: 'pages' },
  { to: '/health', label: 'Health' },
  { to: '/key', label: 'My officer key', of: 'governor' },
  { to: '/operators', label: 'Operators', scope: 'admin' },
];

/** The page that a path is of, where nobody at this origin answers for it; undefined where somebody does. */
export function unansweredAt(path: string, roles: readonly string[] | undefined): string | undefined {
  const here = path.replace(/^\/console/, '') || '/';
  const place = PLACES.find(({ to }) => to !== '/' && (here === to || here.startsWith(`${to}/`)));
  return place?.of === undefined || roles === undefined || roles.includes(place.of) ? undefined : place.label;
}

/** Everywhere one can go; what stands open is marked for eyes and for screen readers. */
export function Navigation({ onGo }: { readonly onGo: () => void }) {
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const here = path.replace(/^\/console/, '') || '/';
  const { data } = useQuery(session);
  const places = PLACES.filter(({ scope, of }) => {
    const isThere = of === undefined || data?.roles === undefined || data.roles.includes(of);
    return isThere && (scope === undefined || data?.may.includes(scope) === true);
  });
  const isHere = (to: string) => (to === '/' ? here === '/' : here === to || here.startsWith(`${to}/`));
  return (
    <Stack gap={2} component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
      {places.map(({ to, label }) => (
        <li key={to}>
          <NavLink
            renderRoot={(props) => <Link to={to} {...props} />}
            label={label}
            active={isHere(to)}
            aria-current={isHere(to) ? 'page' : undefined}
            variant="filled"
            onClick={onGo}
          />
        </li>
      ))}
    </Stack>
  );
}
