import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { Shell } from './shell/shell.tsx';

const root = createRootRouteWithContext<{ readonly client: QueryClient }>()({ component: Shell });

// Each page comes when it is asked for: the first load is the shell alone.
const routes = [
  createRoute({
    getParentRoute: () => root,
    path: '/',
    component: lazyRouteComponent(() => import('./overview/overview-page.tsx'), 'OverviewPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/decisions',
    component: lazyRouteComponent(() => import('./decisions/decisions-page.tsx'), 'DecisionsPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/decisions/new',
    component: lazyRouteComponent(() => import('./decisions/propose-page.tsx'), 'ProposePage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/decisions/$id',
    component: lazyRouteComponent(() => import('./decisions/decision-page.tsx'), 'DecisionPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/key',
    component: lazyRouteComponent(() => import('./officer/key-page.tsx'), 'KeyPage'),
  }),
];

export function createConsoleRouter(client: QueryClient) {
  return createRouter({
    routeTree: root.addChildren(routes),
    basepath: '/console',
    context: { client },
    defaultPreload: 'intent',
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
