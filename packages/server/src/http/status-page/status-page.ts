import type { FastifyInstance } from 'fastify';
import { type Html, html } from '../page/html.ts';
import { clockTime, describeDuration } from '../page/words.ts';
import type { NetworkStatus } from './status-state.ts';

export type StatusPagePorts = {
  /** Shared by all who look at about the same time. */
  readonly read: () => Promise<NetworkStatus>;
};

const POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'";
/** Seconds for which any cache may show it: many who look cost what one costs. */
const CACHED_S = 5;

/** A public page that says how the network does, in counts and times; without a script, and nothing on it is about anybody. */
export function statusPageRoutes(app: FastifyInstance, { read }: StatusPagePorts): void {
  app.get('/status-page', { schema: { hide: true } }, async (_request, reply) => {
    const markup = renderStatusPage(await read());
    reply.type('text/html; charset=utf-8').header('content-security-policy', POLICY);
    return reply.header('cache-control', `public, max-age=${CACHED_S}`).send(markup);
  });
}

type Mark = 'yes' | 'wait' | 'no';
type Line = { readonly title: string; readonly mark: Mark; readonly word: string; readonly words: string };

/** A verifier further behind than this, or a log silent for so many ticks, is late. */
const LATE_AFTER_TICKS = 3;

export function renderStatusPage(status: NetworkStatus): string {
  const lines = linesOf(status);
  const worst = lines.find(({ mark }) => mark === 'no') ?? lines.find(({ mark }) => mark === 'wait');
  const headline = worst === undefined ? 'All is as it should be.' : `${worst.title}: ${worst.words}`;
  return `<!doctype html>${
    html`<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${headline} · ${status.title}</title>
  <link rel="icon" href="/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/page.css">
</head>
<body>
  <header><h1>${status.title}</h1><p class="soft">How the network does, in counts. Nothing here is about anybody.</p></header>
  <main>
    <section class="answer" aria-label="In one sentence"><p class="note ${worst?.mark ?? 'yes'}" role="status">${headline}</p></section>
    <div class="pair">${lines.map(renderLine)}</div>
  </main>
  <footer><p class="soft">Made at ${clockTime(status.now)}; at most ${CACHED_S} seconds old when you got it. Reload it for newer.
    <a href="/">What this network is</a></p></footer>
</body>
</html>`.markup
  }`;
}

function renderLine({ title, mark, word, words }: Line): Html {
  return html`<section class="card"><h2>${title} <span class="mark ${mark}">${word}</span></h2><p class="soft">${words}</p></section>`;
}

function linesOf(status: NetworkStatus): Line[] {
  return [
    logLine(status),
    ...status.verifiers.map((verifier) => lagLine(verifier, status)),
    promisesLine(status),
    revocationsLine(status),
    casesLine(status),
    disagreementsLine(status),
  ];
}

function logLine({ log, now }: NetworkStatus): Line {
  const silentMs = Math.max(0, now - log.lastEpochAt);
  const title = 'The log';
  if (log.state !== 'running') return { title, mark: 'no', word: 'stopped', words: `It stands still: ${log.state}.` };
  const isLate = silentMs > LATE_AFTER_TICKS * log.tickMs;
  const words = `#${log.size - 1} was confirmed ${describeDuration(silentMs)} ago; it should every ${describeDuration(log.tickMs)}.`;
  return { title, mark: isLate ? 'no' : 'yes', word: isLate ? 'silent' : 'running', words };
}

function lagLine({ name, readAt }: NetworkStatus['verifiers'][number], { log }: NetworkStatus): Line {
  if (readAt === undefined) return { title: name, mark: 'wait', word: 'away', words: 'It does not answer.' };
  const lagMs = Math.max(0, log.lastEpochAt - readAt);
  const isLate = lagMs > LATE_AFTER_TICKS * log.tickMs;
  const words = lagMs === 0 ? 'It has read all that is confirmed.' : `It is ${describeDuration(lagMs)} behind the log.`;
  return { title: name, mark: isLate ? 'wait' : 'yes', word: isLate ? 'behind' : 'up to date', words };
}

function promisesLine({ promises: { open, overdue } }: NetworkStatus): Line {
  const words =
    overdue === 0 ? `${open} are open, none of them past its date.` : `${overdue} of ${open} are past their date.`;
  return {
    title: 'Promises with a date',
    mark: overdue === 0 ? 'yes' : 'no',
    word: overdue === 0 ? 'kept' : 'broken',
    words,
  };
}

function revocationsLine({ promises: { lateRevocations: late } }: NetworkStatus): Line {
  const words = late === 0 ? 'None came later than the rules promise.' : `${late} came later than the rules promise.`;
  return { title: 'Revocations', mark: late === 0 ? 'yes' : 'wait', word: late === 0 ? 'in time' : 'some late', words };
}

function casesLine({ cases: { open, overdue, missed, unaccounted } }: NetworkStatus): Line {
  const mark = overdue + unaccounted > 0 ? 'no' : missed > 0 ? 'wait' : 'yes';
  const word = { no: 'overdue', wait: 'missed', yes: 'in time' }[mark];
  const words = `${open} are open, ${overdue} of them overdue; ${missed} missed deadlines are being accounted for, ${unaccounted} of these late.`;
  return { title: 'Complaints', mark, word, words };
}

function disagreementsLine({ disagreements }: NetworkStatus): Line {
  const title = 'Verifiers that disagree';
  if (disagreements === undefined)
    return { title, mark: 'wait', word: 'unknown', words: 'Their answers could not be compared just now.' };
  const { compared, differing, unexplained } = disagreements;
  const words = `Of ${compared} credentials that both judged last, ${differing} got different answers; ${unexplained} of these without a cause.`;
  return {
    title,
    mark: unexplained === 0 ? 'yes' : 'no',
    word: unexplained === 0 ? 'explained' : 'unexplained',
    words,
  };
}
