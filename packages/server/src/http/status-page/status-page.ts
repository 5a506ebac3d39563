import type { PersonWords } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import { type Html, html } from '../page/html.ts';
import { durationWords } from '../person/duration-words.ts';
import { languageOf } from '../person/languages.ts';
import { type PageFrame, PEOPLE_POLICY, renderFrame, sayer } from '../person/people-frame.ts';
import { headlineOf, linesOf, type StatusLine } from './status-lines.ts';
import type { NetworkStatus } from './status-state.ts';

export type StatusPagePorts = {
  /** Shared by all who look at about the same time. */
  readonly read: () => Promise<NetworkStatus>;
  readonly words: PersonWords;
};

/** Seconds for which any cache may show it: many who look cost what one costs. */
const CACHED_S = 5;

/** A public page that says how the network does, in counts and times; without a script, and nothing on it is about anybody. */
export function statusPageRoutes(app: FastifyInstance, { read, words }: StatusPagePorts): void {
  app.get('/status-page', { schema: { hide: true } }, async (request, reply) => {
    const { lang } = request.query as { readonly lang?: unknown };
    const language = languageOf(lang, request.headers['accept-language']);
    const markup = renderStatusPage(await read(), { language, words });
    reply.type('text/html; charset=utf-8').header('content-security-policy', PEOPLE_POLICY);
    reply.header('vary', 'accept-language');
    return reply.header('cache-control', `public, max-age=${CACHED_S}`).send(markup);
  });
}

export function renderStatusPage(status: NetworkStatus, told: Pick<PageFrame, 'language' | 'words'>): string {
  const frame = { ...told, now: status.now, path: '/status-page', title: status.title };
  const say = sayer(frame);
  const lines = linesOf(status, { say, frame });
  const { mark, words: headline } = headlineOf(status, { say, frame });
  const links = [
    ['/check', 'link.check'],
    ['/me', 'link.me'],
    ['/wallet', 'link.wallet'],
    ['/', 'link.network'],
  ] as const;
  return renderFrame(frame, {
    title: headline,
    kind: say('status.title'),
    isWide: true,
    body: html`<h1 class="${mark}" role="status">${headline}</h1>
    <p class="soft">${say('status.about')}</p>
    <div class="pair">${lines.map(renderLine)}</div>`,
    footer: html`<p class="soft">${say('status.age', { age: durationWords(CACHED_S * 1000, frame.language) })}</p>
    <p class="links">${links.map(([to, code]) => html`<a href="${to}">${say(code)}</a> `)}</p>`,
  });
}

export function renderLine({ title, mark, word, words, means }: StatusLine): Html {
  return html`<section class="card"><h2>${title} <span class="mark ${mark}">${word}</span></h2><p>${words}</p><p class="soft">${means}</p></section>`;
}
