import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { OverviewPage } from './overview/overview-page.tsx';
import { Shell } from './shell/shell.tsx';

const root = createRootRouteWithContext<{ readonly client: QueryClient }>()({ component: Shell });

// Each page comes when it is asked for: the first load is the shell and the page that everybody begins on.
const routes = [
  createRoute({
    getParentRoute: () => root,
    path: '/',
    component: OverviewPage,
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
  createRoute({
    getParentRoute: () => root,
    path: '/cases',
    component: lazyRouteComponent(() => import('./cases/cases-page.tsx'), 'CasesPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/cases/new',
    component: lazyRouteComponent(() => import('./cases/file-page.tsx'), 'FilePage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/cases/$id',
    component: lazyRouteComponent(() => import('./cases/case-page.tsx'), 'CasePage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/handoffs',
    component: lazyRouteComponent(() => import('./handoffs/handoffs-page.tsx'), 'HandoffsPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/programs',
    component: lazyRouteComponent(() => import('./programs/programs-page.tsx'), 'ProgramsPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/programs/new',
    component: lazyRouteComponent(() => import('./programs/authoring/author-page.tsx'), 'AuthorPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/programs/$id/revise',
    component: lazyRouteComponent(() => import('./programs/authoring/author-page.tsx'), 'RevisePage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/programs/$id',
    component: lazyRouteComponent(() => import('./programs/program-page.tsx'), 'ProgramPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/verify',
    component: lazyRouteComponent(() => import('./verify/verify-page.tsx'), 'VerifyPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/rulebook',
    component: lazyRouteComponent(() => import('./rulebook/rulebook-page.tsx'), 'RulebookPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/issue',
    component: lazyRouteComponent(() => import('./issue/issue-page.tsx'), 'IssuePage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/trust',
    component: lazyRouteComponent(() => import('./trust/trust-page.tsx'), 'TrustPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/trust/$issuer',
    component: lazyRouteComponent(() => import('./trust/issuer-record-page.tsx'), 'IssuerRecordPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/operators',
    component: lazyRouteComponent(() => import('./operators/operators-page.tsx'), 'OperatorsPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/timeline',
    component: lazyRouteComponent(() => import('./tracing/timeline-page.tsx'), 'TimelinePage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/life',
    component: lazyRouteComponent(() => import('./tracing/life-page.tsx'), 'LifePage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/life/$entry',
    component: lazyRouteComponent(() => import('./tracing/one-life-page.tsx'), 'OneLifePage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/disagreements',
    component: lazyRouteComponent(() => import('./tracing/disagreements-page.tsx'), 'DisagreementsPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/health',
    component: lazyRouteComponent(() => import('./health/health-page.tsx'), 'HealthPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/log',
    validateSearch: ({ entry }: Record<string, unknown>): { entry?: number } =>
      Number.isSafeInteger(Number(entry)) && entry !== undefined ? { entry: Number(entry) } : {},
    component: lazyRouteComponent(() => import('./log/log-page.tsx'), 'LogPage'),
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
