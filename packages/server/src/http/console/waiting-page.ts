import { html } from '../page/html.ts';
import type { SiteState } from './site-state.ts';

type Waiting = Exclude<SiteState, { state: 'ready' }>;

/** What stands at `/console/` until there is a console: what happens, since when, and what to do meanwhile. */
export function waitingPage(site: Waiting, now: number): string {
  const isBuilding = site.state === 'building';
  const title = isBuilding ? 'The console is being made' : 'There is no console here';
  const since = isBuilding ? ` It began ${Math.max(0, Math.round((now - site.since) / 1000))} seconds ago.` : '';
  const next = isBuilding
    ? 'This happens once after each change of its sources and takes some seconds. This page looks again by itself.'
    : 'Everything else works: the page, the commands and the interface.';
  return `<!doctype html>${
    html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${isBuilding ? html`<meta http-equiv="refresh" content="2">` : ''}
<title>${title}</title>
<link rel="stylesheet" href="/console/waiting.css">
</head>
<body>
<main>
<h1>${title}</h1>
<p role="status">${site.words}${since}</p>
<p>${next}</p>
<p><a href="/">To the page of this network</a></p>
</main>
</body>
</html>
`.markup
  }`;
}

export const WAITING_STYLE = `:root { color-scheme: light dark; font: 1.1rem/1.5 system-ui, sans-serif; }
main { max-width: 34rem; margin: 12vh auto; padding: 0 1.2rem; }
h1 { font-size: 1.6rem; }
a { color: LinkText; }
`;
