import {
  CodedError,
  isCodedError,
  type PersonLanguage,
  type PersonWords,
  parsePersonCode,
  type Wording,
} from '@holdfast/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Clock } from '../../ports/clock.ts';
import type { Entropy } from '../../ports/entropy.ts';
import { MAX_STATEMENT_LENGTH } from '../../roles/governor/cases/filing.ts';
import type { PersonDesk, PersonView } from '../../roles/person/person-desk.ts';
import { createAddressRates } from '../address-rates.ts';
import { assertSameOrigin } from '../page/same-origin.ts';
import { type ProblemDocument, problemOf } from '../problem.ts';
import { languageOf } from './languages.ts';
import { type PageFrame, PEOPLE_POLICY } from './people-frame.ts';
import { type Notice, renderDoor, renderPersonPage, type Telling } from './person-page.ts';
import { PERSON_STYLE } from './person-style.ts';

/** Tells people when something about them changes; absent where this server can tell nobody. */
export type PersonTelling = {
  readonly isTold: (code: string) => Promise<boolean>;
  /** Throws `notice.*`. */
  readonly tell: (code: string, address: string, language: PersonLanguage) => Promise<void>;
  readonly stop: (code: string) => Promise<void>;
};

export type PersonRoutesPorts = {
  readonly desk: PersonDesk;
  /** Where the page is served: forms sent from anywhere else are refused. */
  readonly origin: string;
  readonly words: PersonWords;
  readonly title: () => Wording | string;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly entropy: Entropy;
  readonly telling?: PersonTelling;
};

const HIDDEN = { schema: { hide: true } } as const;
const MAX_FORM_BODY = 32_768;

/** Of one address: looks at pages; and codes that open nothing, which nobody who was given one sends often. */
const LOOKS = { perSecond: 2, burst: 60 };
const MISSES = { perSecond: 0.1, burst: 10 };

const text = z.string().trim();
const key = z.string().regex(/^[A-Za-z0-9_-]{22}(\.[a-z]{1,10})?$/);
const doorForm = z.object({ code: text.min(1).max(100) });
const complaintForm = z.object({
  key,
  class: text.min(1).max(500),
  statement: text.min(1).max(MAX_STATEMENT_LENGTH),
  contact: text.max(300).optional(),
});
const responseForm = z.object({
  key,
  act: z.enum(['appeal', 'withdraw']),
  statement: text.max(MAX_STATEMENT_LENGTH).optional(),
});
const noticeForm = z.discriminatedUnion('act', [
  z.object({ act: z.literal('stop') }),
  z.object({
    act: z.literal('tell'),
    address: text
      .min(3)
      .max(254)
      .regex(/^[^\s@<>",;]+@[^\s@<>",;]+$/),
  }),
]);

/**
 * A person's own page. Whoever has the code sees one matter and nothing else; of what is wrong with a code nothing is said, so
 * that one that ended looks like one that never was.
 */
export function personRoutes(app: FastifyInstance, ports: PersonRoutesPorts): void {
  const { desk, origin, telling } = ports;
  const looks = createAddressRates(ports.clock, LOOKS);
  const misses = createAddressRates(ports.clock, MISSES);

  const readFor = async (request: FastifyRequest, reply: FastifyReply): Promise<PersonView | undefined> => {
    const frame = frameOf(request, ports);
    if (!looks.take(request.ip) || misses.isSpent(request.ip)) {
      await sendPage(reply.code(429).header('retry-after', '60'), renderDoor(frame, 'busy'));
      return undefined;
    }
    try {
      const view = await desk.read(codeOf(request));
      if (view !== undefined) return view;
    } catch (error) {
      if (!isCodedError(error) || problemOf(error)?.retry !== 'later') throw error;
      await sendPage(reply.code(503).header('retry-after', '5'), renderDoor(frame, 'away'));
      return undefined;
    }
    misses.take(request.ip);
    await sendPage(reply.code(404), renderDoor(frame, 'gone'));
    return undefined;
  };

  const show = async (request: FastifyRequest, reply: FastifyReply, view: PersonView, notice?: Notice) => {
    const frame = frameOf(request, ports);
    const told: Telling = telling === undefined ? 'cannot' : (await telling.isTold(view.code)) ? 'on' : 'off';
    const random = Buffer.from(ports.entropy.bytes(16)).toString('base64url');
    const asked = { key: random, telling: told, ...(notice === undefined ? {} : { notice }) };
    return sendPage(reply, renderPersonPage(view, { ...frame, path: `/me/${view.code}` }, asked));
  };

  /** A form, and the page again with what came of it: pressed twice, it is one thing. */
  const formRoute = (part: string, act: (code: string, request: FastifyRequest) => Promise<Notice>) => {
    app.get(`/me/:code/${part}`, HIDDEN, (request, reply) => reply.redirect(`/me/${codeOf(request)}`, 303));
    app.post(`/me/:code/${part}`, { ...HIDDEN, bodyLimit: MAX_FORM_BODY }, async (request, reply) => {
      const view = await readFor(request, reply);
      if (view === undefined) return reply;
      const outcome = await noticeOf(() => {
        assertSameOrigin(request, origin);
        return act(view.code, request);
      });
      reply.code(outcome.status);
      return show(request, reply, (await desk.read(view.code)) ?? view, outcome.notice);
    });
  };

  app.get('/person.css', HIDDEN, (_request, reply) =>
    reply.type('text/css').header('cache-control', 'max-age=300').send(PERSON_STYLE),
  );
  app.get('/me', HIDDEN, (request, reply) => sendPage(reply, renderDoor(frameOf(request, ports))));
  app.post('/me', { ...HIDDEN, bodyLimit: MAX_FORM_BODY }, (request, reply) => {
    const typed = doorForm.safeParse(request.body).data?.code ?? '';
    const found = parsePersonCode(typed);
    if (found === undefined) return sendPage(reply.code(404), renderDoor(frameOf(request, ports), 'gone'));
    const { lang } = request.query as { lang?: unknown };
    const language = languageOf(lang, request.headers['accept-language']);
    return reply.redirect(`/me/${found.code}?lang=${language}`, 303);
  });
  app.get('/me/:code', HIDDEN, async (request, reply) => {
    const view = await readFor(request, reply);
    return view === undefined ? reply : show(request, reply, view);
  });
  formRoute('complaints', async (code, request) => {
    const { key: once, contact, ...said } = parseForm(complaintForm, request.body);
    const reach = contact === undefined || contact === '' ? {} : { contact };
    const opened = await desk.complain(code, { ...said, ...reach }, `me ${once}`);
    return { code: 'page.sent_new', link: `${origin}/me/${opened}` };
  });
  formRoute('responses', async (code, request) => {
    const { key: once, act, statement } = parseForm(responseForm, request.body);
    const said = statement === undefined || statement === '' ? {} : { statement };
    await desk.respond(code, { act, ...said }, `me ${once}`);
    return { code: 'page.sent' };
  });
  if (telling === undefined) return;
  formRoute('notices', async (code, request) => {
    const form = parseForm(noticeForm, request.body);
    if (form.act === 'stop') {
      await telling.stop(code);
      return { code: 'page.notify_off' };
    }
    const { lang } = request.query as { lang?: unknown };
    await telling.tell(code, form.address, languageOf(lang, request.headers['accept-language']));
    return { code: 'page.notify_on' };
  });
}

function codeOf(request: FastifyRequest): string {
  return (request.params as { readonly code?: string }).code ?? '';
}

function frameOf(request: FastifyRequest, { words, title, clock }: PersonRoutesPorts): PageFrame {
  const { lang } = request.query as { lang?: unknown };
  const path = request.url.split('?', 1)[0] ?? '/me';
  const language = languageOf(lang, request.headers['accept-language']);
  return {
    language,
    words,
    now: clock.now(),
    path: /^\/me(\/[A-Za-z0-9_-]{1,100})?$/.test(path) ? path : '/me',
    title: title(),
  };
}

async function noticeOf(act: () => Promise<Notice>): Promise<{ readonly status: number; readonly notice: Notice }> {
  try {
    return { status: 200, notice: await act() };
  } catch (error) {
    const problem = problemOf(error);
    if (problem === undefined) throw error;
    return { status: problem.status, notice: { code: 'page.failed', failure: failureOf(problem) } };
  }
}

/** What to do now, in the language of the page: problems have words in English alone. */
function failureOf({ code, retry }: Pick<ProblemDocument, 'code' | 'retry'>): string {
  if (code === 'case.too-many') return 'failed.too_many';
  if (code === 'request.malformed') return 'failed.form';
  if (code === 'request.cross-site') return 'failed.elsewhere';
  return retry === 'later' ? 'failed.later' : 'failed.not_now';
}

function parseForm<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new CodedError('request.malformed', 'This form was not filled in as expected.');
}

function sendPage(reply: FastifyReply, markup: string): FastifyReply {
  reply.type('text/html; charset=utf-8').header('content-security-policy', PEOPLE_POLICY);
  return reply
    .header('cache-control', 'no-store')
    .header('x-robots-tag', 'noindex')
    .header('vary', 'accept-language')
    .send(markup);
}
