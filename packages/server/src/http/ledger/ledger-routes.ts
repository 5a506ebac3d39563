import { algorithmOf, CodedError, parseAccountId, parseTransferId, thumbprint } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { PendingCursor } from '../../ports/ledger.ts';
import type { LedgerRole } from '../../roles/ledger/ledger.ts';
import { assertOperator, type OperatorKeys, scopeOfMethod } from '../operators.ts';
import { accountAnswer, answerAccount, answerAudit, answerTransfer, auditAnswer, transferAnswer } from './answers.ts';

export type LedgerRoutesPorts = {
  readonly ledger: Pick<
    LedgerRole,
    'readAccounts' | 'readAccountsAfter' | 'readTransfers' | 'readPending' | 'audit' | 'readKeys'
  >;
  /** The party whose ledger it is, as acceptances and orders name it. */
  readonly party: string;
  readonly operators: OperatorKeys;
};

const MAX_PER_PAGE = 500;
const limit = z.coerce.number().int().min(1).max(MAX_PER_PAGE).default(100);
const idParams = z.object({ id: z.string().max(128) });

const accountsAnswer = z.object({ accounts: z.array(accountAnswer), next: z.string().optional() });
const transfersAnswer = z.object({ transfers: z.array(transferAnswer), next: z.string().optional() });

const accountsQuery = z.strictObject({ after: z.string().max(128).optional(), limit });
/** Only what is reserved is listed; a transfer that is over is found by its id. */
const transfersQuery = z.strictObject({
  account: z.string().max(128),
  state: z.literal('pending'),
  after: z.string().max(160).optional(),
  limit,
});

/** RFC 7517, with the name by which acceptances name each key. */
const keysAnswer = z.object({
  party: z.string(),
  keys: z.array(z.record(z.string(), z.string())),
});

/**
 * The operator's windows on the ledger. There is no door: no key that opens one of these moves money, whoever holds it.
 * Transfers come from the roles that decide them, and from holders' orders (`orderRoutes`). The keys of its acceptances are for everybody; whoever checks one offline
 * finds them in the log as well.
 */
export function ledgerRoutes(app: FastifyInstance, { ledger, operators, party }: LedgerRoutesPorts): void {
  app
    .withTypeProvider<ZodTypeProvider>()
    .get('/ledger/keys', { schema: { response: { 200: keysAnswer } } }, async (_request, reply) => {
      const keys = (await ledger.readKeys()).map((key) => ({
        ...key,
        kid: thumbprint(key),
        alg: algorithmOf(key),
        use: 'sig',
      }));
      return reply.header('cache-control', 'no-store').send({ party, keys });
    });
  app.register(async (plain) => {
    const scope = plain.withTypeProvider<ZodTypeProvider>();
    scope.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      assertOperator(request, operators, scopeOfMethod(request));
    });
    accountRoutes(scope, ledger);
    transferRoutes(scope, ledger);
    scope.get('/ledger/audit', { schema: { response: { 200: auditAnswer } } }, async () =>
      answerAudit(await ledger.audit()),
    );
  });
}

type Windows = LedgerRoutesPorts['ledger'];

function accountRoutes(scope: FastifyInstance, ledger: Windows): void {
  const typed = scope.withTypeProvider<ZodTypeProvider>();
  typed.get(
    '/ledger/accounts',
    { schema: { querystring: accountsQuery, response: { 200: accountsAnswer } } },
    async ({ query }) => {
      const after = query.after === undefined ? undefined : parseAccountId(query.after);
      const accounts = await ledger.readAccountsAfter(after, query.limit);
      const last = accounts.length < query.limit ? undefined : accounts.at(-1);
      return { accounts: accounts.map(answerAccount), ...(last === undefined ? {} : { next: last.id }) };
    },
  );
  typed.get(
    '/ledger/accounts/:id',
    { schema: { params: idParams, response: { 200: accountAnswer } } },
    async ({ params }) => {
      const [account] = await ledger.readAccounts([parseAccountId(params.id)]);
      if (account === undefined) throw new CodedError('ledger.unknown-account', 'The ledger has no such account.');
      return answerAccount(account);
    },
  );
}

function transferRoutes(scope: FastifyInstance, ledger: Windows): void {
  const typed = scope.withTypeProvider<ZodTypeProvider>();
  typed.get(
    '/ledger/transfers',
    { schema: { querystring: transfersQuery, response: { 200: transfersAnswer } } },
    async ({ query }) => {
      const after = query.after === undefined ? undefined : parseCursor(query.after);
      const transfers = await ledger.readPending(parseAccountId(query.account), query.limit, after);
      const last = transfers.length < query.limit ? undefined : transfers.at(-1);
      const next = last === undefined ? {} : { next: `${last.at}.${last.command.id}` };
      return { transfers: transfers.map(answerTransfer), ...next };
    },
  );
  typed.get(
    '/ledger/transfers/:id',
    { schema: { params: idParams, response: { 200: transferAnswer } } },
    async ({ params }) => {
      const [transfer] = await ledger.readTransfers([parseTransferId(params.id)]);
      if (transfer === undefined) throw new CodedError('ledger.unknown-transfer', 'The ledger has no such transfer.');
      return answerTransfer(transfer);
    },
  );
}

function parseCursor(text: string): PendingCursor {
  const [, at = '', id = ''] = /^([0-9]{1,15})\.(.*)$/s.exec(text) ?? [];
  if (at === '')
    throw new CodedError('ledger.malformed', 'This is no place in a list of transfers.', { field: 'after' });
  return { at: Number(at), id: parseTransferId(id) };
}
