import { CASE_SUBJECTS, REMEDIES } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Matters, VouchedFiling } from '../../ports/matters.ts';
import { MAX_STATEMENT_LENGTH } from '../../roles/governor/cases/filing.ts';
import { assertOperator, type OperatorKeys } from '../operators.ts';

export type MattersDoor = {
  /** What the role of this process has about people. */
  readonly matters: Partial<Matters>;
  readonly operators: OperatorKeys;
};

const MAX_BODY = 32_768;
const word = z.string().min(1).max(500);
const digestBody = z.strictObject({ digest: z.string().regex(/^[A-Za-z0-9_-]{43}$/) });
const codeBody = z.strictObject({ code: z.string().min(1).max(100) });
const subject = z.union([
  z.strictObject({ list: word, index: z.int().min(0) }),
  z.strictObject({ issuer: word }),
  z.strictObject({ program: word, digest: word.optional() }),
]);
const statement = z.string().min(1).max(MAX_STATEMENT_LENGTH);
const key = z.string().min(1).max(200);
const filingBody = z.strictObject({
  filing: z.strictObject({
    ...{ about: z.enum(CASE_SUBJECTS), class: word, remedy: z.enum(REMEDIES), subject },
    ...{ statement, contact: z.string().max(300).optional() },
  }),
  vouched: word,
  key,
});
const response = z.strictObject({ act: z.enum(['appeal', 'withdraw']), statement: statement.optional() });
const responseBody = z.strictObject({ id: word, response, code: z.string().min(1).max(100), key });

/**
 * Where the pages of people ask a role that runs alone what a code opens. Codes and their digests travel in bodies, which nobody
 * logs. By the admin key alone: whoever has it could read all of it in the store.
 */
export function mattersRoutes(app: FastifyInstance, { matters, operators }: MattersDoor): void {
  app.register(async (scope) => {
    scope.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      assertOperator(request, operators, 'admin');
    });
    const door = <Body>(path: string, body: z.ZodType<Body>, act: ((asked: Body) => Promise<object>) | undefined) => {
      if (act === undefined) return;
      scope.post(path, { bodyLimit: MAX_BODY, schema: { body, hide: true } }, (request) => act(request.body as Body));
    };
    const { findApplication, findOffer, findCase, file, respond } = matters;
    door(
      '/matters/distributor',
      digestBody,
      findApplication && (async ({ digest }) => opened(await findApplication(digest))),
    );
    door('/matters/issuer', digestBody, findOffer && (async ({ digest }) => opened(await findOffer(digest))));
    door('/matters/governor', codeBody, findCase && (async ({ code }) => opened(await findCase(code))));
    door(
      '/matters/governor/filings',
      filingBody,
      file && (async ({ filing, vouched, key: own }) => ({ code: await file(filing as VouchedFiling, vouched, own) })),
    );
    door(
      '/matters/governor/responses',
      responseBody,
      respond &&
        (async ({ id, response: said, code, key: own }) => {
          const { act, statement: words } = said;
          await respond(id, words === undefined ? { act } : { act, statement: words }, code, own);
          return {};
        }),
    );
  });
}

function opened<Found>(found: Found | undefined): { readonly found?: Found } {
  return found === undefined ? {} : { found };
}
