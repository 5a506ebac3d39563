import type { PersonWords } from '@holdfast/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { languageOf } from '../person/languages.ts';
import { type ConsoleRoutesPorts, sendIndex, sendWaiting } from './console-routes.ts';
import type { SiteState } from './site-state.ts';
import { speakPage } from './spoken-page.ts';

const HIDDEN = { hide: true } as const;

export type PeopleRoutesPorts = Pick<ConsoleRoutesPorts, 'site' | 'clock' | 'entropy'> & {
  readonly words: PersonWords;
};

/**
 * The built pages for people. `/check` judges in the browser: nothing is asked of this server but what it hands to anybody, the
 * log. `/wallet` keeps what somebody was given in their own browser. `/clerk` applies for somebody who has none, by a session of
 * the console; the page itself is nobody's secret.
 */
export function peopleRoutes(app: FastifyInstance, ports: PeopleRoutesPorts): void {
  pageRoute(app, '/check', ({ checker }) => checker, ports);
  pageRoute(app, '/wallet', ({ wallet }) => wallet, ports);
  pageRoute(app, '/clerk', ({ clerk }) => clerk, ports);
}

type Ready = Extract<SiteState, { state: 'ready' }>;

function pageRoute(
  app: FastifyInstance,
  path: string,
  pageOf: (site: Ready) => string,
  { site, clock, entropy, words }: PeopleRoutesPorts,
): void {
  app.get(path, { schema: HIDDEN }, (request, reply) => {
    const built = site();
    if (built.state !== 'ready') return sendWaiting(reply, built, clock.now());
    const page = pageOf(built);
    if (page === '') {
      return sendWaiting(reply, { state: 'failed', words: 'What was built here has no such page.' }, clock.now());
    }
    reply.header('vary', 'accept-language').header('x-robots-tag', 'noindex');
    return sendIndex(reply, speakPage(page, languageOfRequest(request), words), entropy);
  });
}

function languageOfRequest({ query, headers }: FastifyRequest) {
  return languageOf((query as { readonly lang?: unknown }).lang, headers['accept-language']);
}
