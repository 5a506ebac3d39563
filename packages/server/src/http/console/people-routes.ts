import type { PersonWords } from '@holdfast/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { REASONS } from '../../spec.ts';
import { languageOf } from '../person/languages.ts';
import { type ConsoleRoutesPorts, sendIndex, sendWaiting } from './console-routes.ts';
import type { SiteState } from './site-state.ts';
import { speakPage } from './spoken-page.ts';

const HIDDEN = { hide: true } as const;

export type PeopleRoutesPorts = Pick<ConsoleRoutesPorts, 'site' | 'clock' | 'entropy'> & {
  readonly words: PersonWords;
};

/**
 * The built pages for everybody. `/check` judges in the browser: nothing is asked of this server but what it hands to anybody,
 * the log, and the words for reasons, all of them at once, so that not even the reason is told. `/wallet` keeps what somebody
 * was given in their own browser.
 */
export function peopleRoutes(app: FastifyInstance, ports: PeopleRoutesPorts): void {
  const words = JSON.stringify(Object.fromEntries([...REASONS].map(([code, { person }]) => [code, person])));
  pageRoute(app, '/check', ({ checker }) => checker, ports);
  pageRoute(app, '/wallet', ({ wallet }) => wallet, ports);
  app.get('/check/words.json', { schema: HIDDEN }, (_request, reply) =>
    reply.type('application/json').header('cache-control', 'public, max-age=3600').send(words),
  );
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
