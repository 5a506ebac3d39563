import { CodedError, isCodedError, type PublicJwk, parseJsonObject, parseUtf8 } from '@holdfast/core';
import { type Clock, createHttpOrigin, createPlatformClock } from '@holdfast/verifier';
import { type Ledger, MAX_LEDGER_BATCH } from '../../ports/ledger.ts';
import type { RoleKeys } from '../../role-keys/role-keys.ts';
import {
  encodeLedgerCall,
  type LedgerAnswers,
  type LedgerCall,
  MAX_CALL_LENGTH,
  parseLedgerAnswer,
} from '../../roles/ledger/ledger-call.ts';
import { parseKeys } from './ledger-keys.ts';

export type HttpLedgerOptions = {
  readonly url: string;
  /** The party whose ledger it is. */
  readonly party: string;
  /** Sign the calls: the one that is in use has to be a key that this ledger takes calls from. */
  readonly keys: Pick<RoleKeys, 'current' | 'sign'>;
  /** By which of its keys (thumbprint) the log knows this ledger, where it names several. */
  readonly accepting?: () => string | undefined;
  readonly clock?: Clock;
  readonly fetch?: typeof fetch;
  /** For a whole answer, longer than a ledger lets anybody wait; default 15 s. */
  readonly timeoutMs?: number;
};

export type HttpLedger = Ledger & { readonly readKeys: () => Promise<readonly PublicJwk[]> };

const DEFAULT_TIMEOUT_MS = 15_000;
const MAX_KEYS_BYTES = 16_384;
const CODES = /^(?:amount|database|key|ledger|request)\.[a-z-]{1,60}$/;

/**
 * A ledger in another process, over HTTP. Calls are signed, as no bearer key moves money; its answers are checked for shape, and
 * its acceptances by whoever relies on them. A call whose answer never came is `ledger.outcome-unknown`: it was done or not.
 */
export function createHttpLedger(options: HttpLedgerOptions): HttpLedger {
  const { party, keys, clock = createPlatformClock(), timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const origin = createHttpOrigin({ ...options, clock, timeoutMs, codes: CODES });
  const never = new AbortController().signal;

  async function ask<Call extends LedgerCall>(call: Call): Promise<LedgerAnswers[Call['method']]> {
    assertCount(call);
    const signed = await encodeLedgerCall(
      call,
      { aud: party, now: clock.now() },
      { signer: keys, key: await keys.current() },
    );
    const body = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ call: signed }),
      maxBytes: 2 * MAX_CALL_LENGTH,
    } as const;
    const bytes = await origin.ask('/ledger/calls', body, never).catch((error: unknown) => {
      throw ledgerError(error);
    });
    return parseLedgerAnswer<Call['method']>(call.method, parseBytes(bytes, 2 * MAX_CALL_LENGTH));
  }

  return {
    createAccounts: async (accounts) => (await ask({ method: 'accounts', accounts })).results,
    async transfer(commands) {
      const acceptance = options.accepting?.();
      return ask({ method: 'transfer', commands, ...(acceptance === undefined ? {} : { acceptance }) });
    },
    readAccounts: async (accountIds) =>
      (await ask({ method: 'read-accounts', accountIds })).accounts.map((found) => found ?? undefined),
    readTransfers: async (transferIds) =>
      (await ask({ method: 'read-transfers', transferIds })).transfers.map((found) => found ?? undefined),
    readPending: async (account, limit, after) =>
      (
        await ask({
          method: 'read-pending',
          account,
          limit: Math.min(limit, MAX_LEDGER_BATCH),
          ...(after === undefined ? {} : { after }),
        })
      ).transfers,
    async readKeys() {
      const bytes = await origin.ask('/ledger/keys', { maxBytes: MAX_KEYS_BYTES }, never).catch((error: unknown) => {
        throw ledgerError(error);
      });
      return parseKeys(parseBytes(bytes, MAX_KEYS_BYTES).keys);
    },
  };
}

function assertCount(call: LedgerCall): void {
  const counts = Object.values(call).map((member: unknown) => (Array.isArray(member) ? member.length : 0));
  const count = Math.max(...counts);
  if (count <= MAX_LEDGER_BATCH) return;
  const sentence = `One call has at most ${MAX_LEDGER_BATCH} accounts or transfers.`;
  throw new CodedError('ledger.batch-size', sentence, { count });
}

function parseBytes(bytes: Uint8Array, maxLength: number) {
  try {
    return parseJsonObject(parseUtf8(bytes), { maxLength, maxDepth: 8 });
  } catch (cause) {
    throw new CodedError('ledger.answer', 'What answers there does not answer as a ledger.', { what: 'json' }, cause);
  }
}

/** Absent, slow and broken half way are one thing to whoever asks: it may have been done. */
function ledgerError(error: unknown): unknown {
  if (!isCodedError(error) || !error.code.startsWith('feed.')) return error;
  const { status } = error.details;
  const isTheirFault = typeof status !== 'number' || status >= 500;
  if (error.code === 'feed.too-large' || (error.code === 'feed.answer' && !isTheirFault)) {
    return new CodedError('ledger.answer', 'What answers there does not answer as a ledger.', { what: 'http' }, error);
  }
  return new CodedError(
    'ledger.outcome-unknown',
    'The ledger does not answer, so nobody here knows whether this was recorded. Repeat it with the same ids.',
    {},
    error,
  );
}
