import { NavLink, Stack } from '@mantine/core';
import { Link, useRouterState } from '@tanstack/react-router';

const PLACES = [
  ['/', 'Overview'],
  ['/decisions', 'Decisions'],
  ['/cases', 'Cases'],
  ['/handoffs', 'Handoffs'],
  ['/programs', 'Programs'],
  ['/verify', 'Verify'],
  ['/issue', 'Issue'],
  ['/log', 'Log'],
  ['/rulebook', 'Rulebook'],
  ['/trust', 'Trust'],
  ['/health', 'Health'],
] as const;
const OWN = [['/key', 'My officer key']] as const;

/** Everywhere one can go; what stands open is marked for eyes and for screen readers. */
export function Navigation({ onGo }: { readonly onGo: () => void }) {
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const here = path.replace(/^\/console/, '') || '/';
  const isHere = (to: string) => (to === '/' ? here === '/' : here === to || here.startsWith(`${to}/`));
  return (
    <Stack gap={2} component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
      {[...PLACES, ...OWN].map(([to, label]) => (
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
