import { CodedError, isCodedError, type Verdict } from '@holdfast/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { problemOf } from '../problem.ts';
import { type Html, html } from './html.ts';
import { type PageState, renderLive, renderPage } from './page.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';
import { renderVerdict } from './verdict-view.ts';

export type RevocationAnswer = {
  readonly id: string;
  readonly needed: number;
  readonly approvals: readonly string[];
  readonly isDone: boolean;
};

export type PagePorts = {
  readonly origin: string;
  readonly readState: () => Promise<PageState>;
  /** Asks one of the verifiers by id. */
  readonly verify: (verifier: string, credential: string) => Promise<Verdict>;
  /** Development only: an officer whose sealed key lies here signs, with a passphrase that is used and forgotten. */
  readonly revoke?: (label: string, officer: string, passphrase: string) => Promise<RevocationAnswer>;
};

const checkForm = z.object({ credential: z.string().trim().min(1).max(65_536), verifier: z.string().max(100) });
const revokeForm = z.object({
  label: z.string().trim().min(1).max(100),
  officer: z.string().max(100),
  passphrase: z.string().trim().min(1).max(200),
});

const POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/** The page at `/`: server-rendered, so it says what it knows even where no script runs. */
export function pageRoutes(app: FastifyInstance, ports: PagePorts): void {
  const send = async (reply: FastifyReply, answer?: Html) => {
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', POLICY)
      .header('cache-control', 'no-store');
    return reply.send(renderPage(await ports.readState(), answer));
  };
  app.get('/', (_request, reply) => send(reply));
  app.get('/live', async (_request, reply) => {
    const { markup } = renderLive(await ports.readState());
    return reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(markup);
  });
  app.get('/page.css', (_request, reply) => reply.type('text/css').header('cache-control', 'max-age=300').send(STYLE));
  app.get('/page.js', (_request, reply) =>
    reply.type('text/javascript').header('cache-control', 'max-age=300').send(SCRIPT),
  );
  app.post('/check', async (request, reply) => {
    const { credential, verifier } = parseForm(checkForm, request.body);
    return send(reply, await answerOf(async () => renderVerdict(await ports.verify(verifier, credential), verifier)));
  });
  const { revoke } = ports;
  if (revoke === undefined) return;
  app.post('/revoke', async (request, reply) => {
    assertSameOrigin(request, ports.origin);
    const { label, officer, passphrase } = parseForm(revokeForm, request.body);
    return send(reply, await answerOf(async () => renderRevocation(await revoke(label, officer, passphrase), label)));
  });
}

function parseForm<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new CodedError('request.malformed', 'This form was not filled in as expected.');
  return parsed.data;
}

/** Another site's page must not press our buttons: a form counts only when this page sent it. */
function assertSameOrigin(request: FastifyRequest, origin: string): void {
  const sent = request.headers.origin;
  const site = request.headers['sec-fetch-site'];
  if (sent === origin || (sent === undefined && site === 'same-origin')) return;
  throw new CodedError('request.cross-site', 'This form has to be sent from this page.');
}

async function answerOf(work: () => Promise<Html>): Promise<Html> {
  try {
    return await work();
  } catch (error) {
    if (!isCodedError(error)) throw error;
    const person = problemOf(error)?.person ?? '';
    return html`<section aria-live="assertive"><h2><span class="mark no">That did not work</span></h2>
      <p>${error.message}</p><p class="soft">${person} (${error.code})</p></section>`;
  }
}

function renderRevocation({ id, needed, approvals, isDone }: RevocationAnswer, label: string): Html {
  const signed = approvals.join(' and ');
  if (isDone) {
    return html`<section aria-live="polite"><h2><span class="mark yes">Revoked</span> ${label}</h2>
      <p>${signed} signed. The decision is in the log; every verifier that reads on will refuse the credential.</p></section>`;
  }
  return html`<section aria-live="polite"><h2><span class="mark wait">Waiting for the second officer</span></h2>
    <p>${signed} signed to revoke ${label}. ${needed - approvals.length} more of ${needed} has to sign before anything changes.</p>
    <p class="soft">Decision ${id}</p></section>`;
}
