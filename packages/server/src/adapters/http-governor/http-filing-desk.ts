import {
  CodedError,
  isCodedError,
  type NetworkState,
  type PublicJwk,
  parseJsonObject,
  parseJws,
  parseUtf8,
  sha256Base64url,
  signatureCheck,
} from '@holdfast/core';
import { type Clock, createHttpOrigin, type SignatureEngine } from '@holdfast/verifier';
import { z } from 'zod';
import type { FilingDesk, FilingReceipt } from '../../ports/filing.ts';

export type HttpFilingDeskOptions = {
  /** The origin under which the governor answers. */
  readonly url: string;
  /** The network as it is read here: whose key an acknowledgement has to be of. */
  readonly state: () => Pick<NetworkState, 'name' | 'rulebook'>;
  readonly engine: SignatureEngine;
  readonly clock?: Clock;
  readonly fetch?: typeof fetch;
  /** For a whole answer; default 15 s. */
  readonly timeoutMs?: number;
};

const DEFAULT_TIMEOUT_MS = 15_000;
const MAX_ANSWER_BYTES = 8_192;
const CODES = /^(?:case|incident|database|statement)\.[a-z-]{1,60}$/;

const receiptSchema = z.strictObject({
  of: z.enum(['case', 'incident']),
  id: z.string().min(1).max(1100),
  filedAt: z.int().min(0),
  promisedBy: z.int().min(0),
  acknowledgement: z.string().max(4_096),
});

/**
 * The governor in another process, over HTTP. Only its own signature over the very text that was filed is believed: an answer
 * of anybody else is as good as none.
 */
export function createHttpFilingDesk(options: HttpFilingDeskOptions): FilingDesk {
  const { state, engine, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const origin = createHttpOrigin({ ...options, timeoutMs, codes: CODES });

  async function verified(bytes: Uint8Array, signed: string): Promise<FilingReceipt> {
    const { name, rulebook } = state();
    const receipt = receiptSchema.parse(
      parseJsonObject(parseUtf8(bytes), { maxLength: MAX_ANSWER_BYTES, maxDepth: 4 }),
    );
    const { acknowledgement, ...told } = receipt;
    const jws = parseJws(acknowledgement, { maxLength: 4_096, maxDepth: 4 });
    const said = { network: name, filing: sha256Base64url(signed), ...told };
    const isOurs =
      jws.header.typ === 'case-acknowledgement+jwt' &&
      Object.entries(said).every(([member, value]) => jws.payload[member] === value);
    const key: PublicJwk | undefined = rulebook?.body.keys.governor;
    const [holds] = key === undefined || !isOurs ? [] : await engine.verify([signatureCheck(jws, key)]);
    if (holds === true) return receipt;
    throw new CodedError('filing.unreachable', 'What answers there has not the signature of the governor.');
  }

  return {
    async file(signed, signal) {
      const ask = {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ filing: signed }),
        maxBytes: MAX_ANSWER_BYTES,
      } as const;
      try {
        return await verified(await origin.ask('/cases/filings', ask, signal), signed);
      } catch (error) {
        if (isCodedError(error) && /^(?:case|incident|filing)\./.test(error.code)) throw error;
        throw new CodedError('filing.unreachable', 'The governor does not answer.', {}, error);
      }
    },
  };
}
