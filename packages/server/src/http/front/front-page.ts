import {
  type NetworkState,
  type PersonWords,
  type ProgramRecord,
  phaseOf,
  wordingOfTitle,
  wordsIn,
} from '@holdfast/core';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { isOperator, type OperatorKeys } from '../operators.ts';
import { type Html, html } from '../page/html.ts';
import { ICON } from '../page/style.ts';
import { languageOf } from '../person/languages.ts';
import { type PageFrame, PEOPLE_POLICY, renderFrame, renderWording, type Say, sayer } from '../person/people-frame.ts';
import { headlineOf, linesOf } from '../status-page/status-lines.ts';
import { renderLine } from '../status-page/status-page.ts';
import type { NetworkStatus } from '../status-page/status-state.ts';

export type FrontPagePorts = {
  /** Shared by all who look at about the same time. */
  readonly read: () => Promise<NetworkStatus>;
  readonly state: () => Readonly<NetworkState>;
  /** What is wrong, in one sentence that names who owns it: for operators. */
  readonly sentence: () => Promise<string>;
  readonly operators: OperatorKeys;
  readonly words: PersonWords;
};

/** Seconds for which any cache may show it. */
const CACHED_S = 5;
const ICON_CACHED_S = 300;
/** Those that began last; all of them are in the console and at `/programs`. */
const MAX_PROGRAMS = 8;

/**
 * The page at `/` where no role signs for anybody: what this network is, how it does, and where everything is. Without a script, for
 * people first; an operator who has logged in is told the sentence of the overview as well.
 */
export function frontPageRoutes(app: FastifyInstance, ports: FrontPagePorts): void {
  const { read, state, sentence, operators, words } = ports;
  app.get('/', { schema: { hide: true } }, async (request, reply) => {
    const { lang } = request.query as { readonly lang?: unknown };
    const language = languageOf(lang, request.headers['accept-language']);
    const isTold = isOperator(request, operators, 'see');
    const [status, overview] = await Promise.all([read(), isTold ? sentence().catch(() => undefined) : undefined]);
    const programs = [...state().programs.values()];
    const markup = renderFrontPage(
      { status, programs, ...(overview === undefined ? {} : { overview }) },
      { language, words },
    );
    return sendPage(reply, markup, isTold);
  });
  app.get('/icon.svg', { schema: { hide: true } }, (_request, reply) =>
    reply.type('image/svg+xml').header('cache-control', `max-age=${ICON_CACHED_S}`).send(ICON),
  );
}

function sendPage(reply: FastifyReply, markup: string, isTold: boolean): FastifyReply {
  reply.type('text/html; charset=utf-8').header('content-security-policy', PEOPLE_POLICY);
  reply.header('vary', 'accept-language, cookie, authorization');
  return reply.header('cache-control', isTold ? 'no-store' : `public, max-age=${CACHED_S}`).send(markup);
}

export type Front = {
  readonly status: NetworkStatus;
  readonly programs: readonly ProgramRecord[];
  readonly overview?: string;
};

export function renderFrontPage(front: Front, told: Pick<PageFrame, 'language' | 'words'>): string {
  const { status } = front;
  const frame = { ...told, now: status.now, path: '/', title: status.title };
  const say = sayer(frame);
  const { mark, words } = headlineOf(status, { say, frame });
  const lines = linesOf(status, { say, frame }).slice(0, 1 + status.verifiers.length);
  return renderFrame(frame, {
    title: wordsIn(status.title, frame.language).text,
    kind: say('front.title'),
    isWide: true,
    body: html`<h1 class="plain">${renderWording(status.title, frame)}</h1>
    <p>${say('front.about')}</p>
    <p class="said ${mark}" role="status"><a href="/status-page">${words}</a></p>
    ${front.overview === undefined ? '' : html`<p class="note over" lang="en" dir="ltr">${front.overview}</p>`}
    <div class="pair">
      ${renderLinks(say('front.people'), say, PEOPLE)}
      ${renderPrograms(front, frame, say)}
      ${renderLinks(say('front.network'), say, NETWORK)}
      ${renderLinks(say('front.operators'), say, OPERATORS)}
    </div>
    <div class="pair">${lines.map(renderLine)}</div>`,
  });
}

type Link = readonly [path: string, code: string];
const PEOPLE: readonly Link[] = [
  ['/me', 'link.me'],
  ['/wallet', 'link.wallet'],
  ['/check', 'link.check'],
];
const NETWORK: readonly Link[] = [
  ['/status-page', 'link.status'],
  ['/rulebook', 'front.rules'],
  ['/parties', 'front.parties'],
  ['/log/checkpoint', 'front.log'],
];
const OPERATORS: readonly Link[] = [
  ['/console/', 'front.console'],
  ['/console/cases', 'front.cases'],
];

function renderLinks(title: string, say: Say, links: readonly Link[]): Html {
  const items = links.map(([path, code]) => html`<li><a href="${path}">${say(code)}</a></li>`);
  return html`<section class="card"><h2>${title}</h2><ul class="list">${items}</ul></section>`;
}

/** What is open or still to open first, then what began last. */
function renderPrograms({ programs, status: { now } }: Front, frame: PageFrame, say: Say): Html {
  const isOver = ({ program }: ProgramRecord) => (program.window.closesAt <= now ? 1 : 0);
  const shown = programs.toSorted((a, b) => isOver(a) - isOver(b) || b.entry - a.entry).slice(0, MAX_PROGRAMS);
  const items = shown.map((record) => {
    const { id, window } = record.program;
    const phase = phaseOf(record, now);
    const code = phase === 'announced' || phase === 'open' ? phase : 'over';
    const when = say(`front.program.${code}`, {
      date: { date: code === 'announced' ? window.opensAt : window.closesAt },
    });
    return html`<li><a href="/programs/${encodeURIComponent(id)}">${renderWording(wordingOfTitle(record.program), frame)}</a> <span class="soft">${when}</span></li>`;
  });
  const body = items.length === 0 ? html`<p>${say('front.programs.none')}</p>` : html`<ul class="list">${items}</ul>`;
  return html`<section class="card"><h2>${say('front.programs')}</h2>${body}</section>`;
}
