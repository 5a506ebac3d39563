import { assert, type CodedError, isCodedError } from '@holdfast/core';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { PROBLEMS, type ProblemEntry } from '../spec.ts';
import { OWN_HEADERS } from './own-headers.ts';

/** RFC 9457, with the members every problem of ours has. */
export type ProblemDocument = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly person: string;
  readonly retry: ProblemEntry['retry'];
  readonly fix: string;
  readonly details?: Readonly<Record<string, unknown>>;
};

/** The problem document of an error; undefined for anything without a listed code, which is our own fault. */
export function problemOf(error: unknown): ProblemDocument | undefined {
  if (!isCodedError(error)) return undefined;
  const entry = PROBLEMS.get(error.code);
  if (entry === undefined) return undefined;
  const { code, operator, person, status, retry, fix } = entry;
  const document = { type: `urn:holdfast:problem:${code}`, title: operator, status, code, detail: error.message };
  const hasDetails = Object.keys(error.details).length > 0;
  return { ...document, person, retry, fix, ...(hasDetails ? { details: error.details } : {}) };
}

/** The one place where errors become answers. What has no code is logged with its cause and told as a bare 500. */
export function answerError(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  // What is not there now may be there soon: no cache may go on saying no.
  reply.header('cache-control', 'no-store');
  const problem = problemOf(error) ?? problemOfFramework(error);
  if (problem === undefined) {
    request.log.error({ err: error, reqId: request.id }, 'unexpected error');
    const bare = { type: 'about:blank', title: 'Internal Server Error', status: 500 };
    return reply.code(500).type('application/problem+json').send(bare);
  }
  if (problem.retry === 'later') reply.header('retry-after', retryAfter(problem));
  return reply.code(problem.status).type('application/problem+json').send(problem);
}

/** Says one thing again and again: the status and the words are the same each time, only the details are not. */
export type QuickProblem = (reply: FastifyReply, details: Readonly<Record<string, unknown>>) => void;

/**
 * A problem that is told most just when there is no time: written beforehand but for its details, and sent past the framework, its
 * hooks and its error handler. `error` is one of that code, without details.
 */
export function createQuickProblem(error: CodedError): QuickProblem {
  const problem = problemOf(error);
  assert(problem?.retry === 'later', 'what is told quickly is a listed problem, and over later');
  const head = JSON.stringify(problem).slice(0, -1);
  return (reply, details) => {
    // As text it leaves in one write with its headers.
    const body = `${head},"details":${JSON.stringify(details)}}`;
    reply.hijack();
    reply.raw.writeHead(problem.status, {
      'content-type': 'application/problem+json; charset=utf-8',
      'cache-control': 'no-store',
      'retry-after': retryAfter({ ...problem, details }),
      ...OWN_HEADERS,
      'content-length': Buffer.byteLength(body),
    });
    reply.raw.end(body);
  };
}

/** Seconds, or the date where it is known: who is told to come back in a second comes back every second until then. */
function retryAfter({ details }: ProblemDocument): string {
  const at = details?.notBefore ?? details?.opensAt ?? details?.until;
  const date = new Date(typeof at === 'number' ? Math.ceil(at / 1000) * 1000 : Number.NaN);
  return Number.isNaN(date.getTime()) ? '1' : date.toUTCString();
}

/** Fastify's own refusals (too large, not JSON, wrong media type, schema) in our words. */
function problemOfFramework(error: FastifyError | Error): ProblemDocument | undefined {
  const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500;
  if (status < 400 || status >= 500) return undefined;
  const validation = 'validation' in error && Array.isArray(error.validation) ? error.validation : undefined;
  const code = status === 413 ? 'request.too-large' : status === 415 ? 'request.media-type' : 'request.malformed';
  const entry = PROBLEMS.get(code);
  if (entry === undefined) return undefined;
  return {
    type: `urn:holdfast:problem:${code}`,
    title: entry.operator,
    status: entry.status,
    code,
    detail: error.message.slice(0, 500),
    person: entry.person,
    retry: entry.retry,
    fix: entry.fix,
    ...(validation === undefined ? {} : { details: { issues: validation.slice(0, 10) } }),
  };
}
