import '@mantine/core/styles.css';
import './console.css';
import { isCodedError } from '@holdfast/core/errors';
import { createTheme, MantineProvider } from '@mantine/core';
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { begunOverview } from './api/begun-overview.ts';
import { begunSession } from './api/begun-session.ts';
import { overview, session } from './api/queries.ts';
import { createConsoleRouter } from './router.tsx';
import { keptScheme } from './shell/kept-scheme.ts';
import { TakeOver } from './shell/take-over.tsx';

/** Shades that keep their contrast on both grounds (WCAG 2.2, 1.4.3). */
const theme = createTheme({
  primaryColor: 'teal',
  colors: {
    // The last two are what white is written on, also under the pointer.
    teal: [
      ...(['#e6fcf5', '#c3fae8', '#96f2d7', '#63e6be', '#38d9a9'] as const),
      ...(['#20c997', '#12b886', '#0ca678', '#0b7f5d', '#096b4f'] as const),
    ],
  },
  primaryShade: 9,
  autoContrast: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif',
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
});

const client: QueryClient = new QueryClient({
  // A session that has ended elsewhere, or with its key: then there is only the door.
  queryCache: new QueryCache({
    onError: (error) => {
      if (isCodedError(error) && error.code === 'operator.unauthorized') {
        void client.invalidateQueries({ queryKey: session.queryKey });
      }
    },
  }),
  defaultOptions: { queries: { retry: 1, staleTime: 1000, refetchOnWindowFocus: true } },
});

/** Takes over from what the server has drawn, with what it has said, in one step: nothing that is read is taken away meanwhile. */
async function openConsole(): Promise<void> {
  const who = begunSession(said('session'));
  if (who !== undefined) client.setQueryData(session.queryKey, who);
  const known = begunOverview(said('overview'), performance.timeOrigin);
  if (known !== undefined) client.setQueryData(overview.queryKey, known.view, { updatedAt: known.at });
  // Begun by the server's word with the page itself: the answer may be here before anything is drawn.
  if (document.querySelector('link[rel="preload"][href="/overview"]') !== null) {
    void client.prefetchQuery({ ...overview, staleTime: 0 });
  }
  const router = createConsoleRouter(client);
  const root = document.getElementById('root');
  if (root === null) return;
  await router.load();
  /** The server draws it anew for every answer; styles that are made while the page runs carry it. */
  const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
  createRoot(root).render(
    <StrictMode>
      <MantineProvider
        theme={theme}
        defaultColorScheme="auto"
        colorSchemeManager={keptScheme}
        getStyleNonce={() => nonce}
      >
        <QueryClientProvider client={client}>
          <RouterProvider router={router} />
          <TakeOver />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}

function said(name: string): string | undefined {
  return document.querySelector<HTMLMetaElement>(`meta[name="holdfast-${name}"]`)?.content;
}

// Not awaited here: pages that come later share what lies in this file.
void openConsole();
