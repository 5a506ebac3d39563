import { CodedError, isCodedError, type Verdict } from '@holdfast/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { problemOf } from '../problem.ts';
import { ALL_VERIFIERS, type Answer, renderLive, renderPage } from './page.ts';
import type { Filled, PageState } from './page-state.ts';
import { type RevocationAnswer, renderFailure, renderRevocation } from './revocation-view.ts';
import { assertSameOrigin } from './same-origin.ts';
import { SCRIPT } from './script.ts';
import { ICON, STYLE } from './style.ts';
import { renderVerdicts, type Said } from './verdict-view.ts';

export type PagePorts = {
  /** Where this page is served: forms sent from anywhere else are refused. */
  readonly origin: string;
  readonly readState: () => Promise<PageState>;
  /** Asks one of the verifiers by id. */
  readonly verify: (verifier: string, credential: string) => Promise<Verdict>;
  /** Development only: an officer whose sealed key lies here signs, with a passphrase that is used and forgotten. */
  readonly revoke?: (label: string, officer: string, passphrase: string) => Promise<RevocationAnswer>;
};

const MAX_CREDENTIAL = 65_536;

const checkForm = z.object({
  credential: z
    .string('The credential is missing.')
    .trim()
    .min(1, 'The box was empty. Paste a credential into it.')
    .max(MAX_CREDENTIAL, `The text is longer than any credential that is read here (${MAX_CREDENTIAL} characters).`),
  verifier: z.string('The verifier is missing.').max(100, 'There is no verifier of that name.'),
});
const revokeForm = z.object({
  label: z
    .string('The label is missing.')
    .trim()
    .min(1, 'Say whose credential it is.')
    .max(100, 'That label is too long.'),
  officer: z.string('The officer is missing.').max(100, 'There is no officer of that name here.'),
  passphrase: z
    .string('The passphrase is missing.')
    .trim()
    .min(1, 'The passphrase was empty.')
    .max(200, 'That is longer than any passphrase here.'),
});

const POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const HIDDEN = { schema: { hide: true } } as const;

/** The page at `/`: server-rendered, so it says what it knows even where no script runs. */
export function pageRoutes(app: FastifyInstance, ports: PagePorts): void {
  app.get('/', HIDDEN, async (_request, reply) => sendHtml(reply, renderPage(await ports.readState())));
  app.get('/live', HIDDEN, async (_request, reply) => sendHtml(reply, renderLive(await ports.readState()).markup));
  const files = {
    '/page.css': ['text/css', STYLE],
    '/page.js': ['text/javascript', SCRIPT],
    '/icon.svg': ['image/svg+xml', ICON],
  };
  for (const [path, [type = '', text]] of Object.entries(files)) {
    app.get(path, HIDDEN, (_request, reply) => reply.type(type).header('cache-control', 'max-age=300').send(text));
  }

  const formRoute = (path: string, heading: string, answer: (body: unknown) => Promise<Outcome>) => {
    // Somebody reloads or bookmarks the answer to a form: the page itself is what can be had again.
    app.get(path, HIDDEN, (_request, reply) => reply.redirect('/', 303));
    app.post(path, HIDDEN, async (request, reply) => {
      const outcome = await answerOf(heading, request, ports.origin, answer);
      reply.code(outcome.status ?? 200);
      return sendHtml(reply, renderPage(await ports.readState(), outcome.answer, outcome.filled));
    });
  };
  formRoute('/ask', 'Not verified', (body) => answerCheck(ports, body));
  const { revoke } = ports;
  if (revoke !== undefined) formRoute('/revoke', 'Not signed', (body) => answerRevocation(ports, revoke, body));
}

type Outcome = { readonly answer: Answer; readonly filled: Filled; readonly status?: number };

function sendHtml(reply: FastifyReply, markup: string): FastifyReply {
  reply.type('text/html; charset=utf-8').header('content-security-policy', POLICY).header('cache-control', 'no-store');
  return reply.send(markup);
}

async function answerCheck({ readState, verify }: PagePorts, body: unknown): Promise<Outcome> {
  const { credential, verifier } = parseForm(checkForm, body);
  const { verifiers } = await readState();
  const asked = verifiers.filter(({ id }) => verifier === ALL_VERIFIERS || id === verifier);
  if (asked.length === 0) throw new CodedError('verifier.not-found', 'There is no verifier of that name here.');
  const said = asked.map(async ({ id, name }): Promise<Said> => {
    try {
      return { name, verdict: await verify(id, credential) };
    } catch (error) {
      // One verifier that cannot answer does not silence the other.
      if (!isCodedError(error)) throw error;
      return { name, failure: { words: error.message, code: error.code } };
    }
  });
  return { answer: renderVerdicts(await Promise.all(said)), filled: { credential, verifier } };
}

async function answerRevocation(
  { readState }: PagePorts,
  revoke: NonNullable<PagePorts['revoke']>,
  body: unknown,
): Promise<Outcome> {
  const { label, officer, passphrase } = parseForm(revokeForm, body);
  const revocation = await revoke(label, officer, passphrase);
  const { officers } = await readState();
  const missing = officers.filter((id) => !revocation.approvals.includes(id));
  const next = missing[0];
  const filled = { label, ...(revocation.isDone || next === undefined ? {} : { officer: next }) };
  return { answer: renderRevocation(revocation, label, missing), filled };
}

function parseForm<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new CodedError(
    'request.malformed',
    parsed.error.issues[0]?.message ?? 'This form was not filled in as expected.',
  );
}

async function answerOf(
  heading: string,
  request: FastifyRequest,
  origin: string,
  answer: (body: unknown) => Promise<Outcome>,
): Promise<Outcome> {
  try {
    assertSameOrigin(request, origin);
    return await answer(request.body);
  } catch (error) {
    if (!isCodedError(error)) throw error;
    // From another site not even the contents of the boxes are taken over.
    const filled = error.code === 'request.cross-site' ? {} : refill(request.body);
    return { answer: renderFailure(heading, error), filled, status: problemOf(error)?.status ?? 400 };
  }
}

const refillForm = z
  .object({
    credential: z.string().max(MAX_CREDENTIAL),
    verifier: z.string().max(100),
    label: z.string().max(100),
    officer: z.string().max(100),
  })
  .partial();

function refill(body: unknown): Filled {
  const { data = {} } = refillForm.safeParse(body);
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined)) as Filled;
}
