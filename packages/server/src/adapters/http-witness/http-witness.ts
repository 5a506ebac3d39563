import { CodedError, isCodedError, parseUtf8 } from '@holdfast/core';
import type { AddCheckpointAnswer, Witness } from '../../ports/witness.ts';

export type HttpWitnessOptions = {
  /** The submission prefix of C2SP tlog-witness. */
  readonly url: string;
  readonly fetch?: typeof fetch;
};

/** Lines of a few keys; the longest kind of signature takes 3,300 characters. */
const MAX_ANSWER_BYTES = 65_536;

/** A witness over HTTP. The caller bounds each call in time; an answer is read to its bound and believed in nothing. */
export function createHttpWitness({ url, fetch: platformFetch = fetch }: HttpWitnessOptions): Witness {
  const address = `${url.replace(/\/+$/, '')}/add-checkpoint`;
  return {
    async addCheckpoint(body, signal) {
      try {
        const init = {
          method: 'POST',
          body,
          signal,
          redirect: 'error',
          headers: { 'content-type': 'text/plain' },
        } as const;
        const response = await platformFetch(address, init);
        return answerOf(response.status, response.headers.get('content-type'), await readText(response));
      } catch (error) {
        signal.throwIfAborted();
        if (isCodedError(error) && error.code === 'witness.unreachable') throw error;
        throw new CodedError('witness.unreachable', 'The witness does not answer.', {}, error);
      }
    },
  };
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) {
      throw new CodedError('witness.unreachable', `The witness answered with more than ${MAX_ANSWER_BYTES} bytes.`);
    }
    chunks.push(chunk);
  }
  return parseUtf8(Buffer.concat(chunks));
}

const REFUSALS: Readonly<
  Record<number, Exclude<AddCheckpointAnswer, { cosigned: true } | { why: 'conflict' }>['why']>
> = {
  400: 'bad-request',
  403: 'not-signed',
  404: 'unknown-log',
  409: 'forked',
  422: 'proof',
  429: 'busy',
  503: 'busy',
};

function answerOf(status: number, type: string | null, text: string): AddCheckpointAnswer {
  if (status === 200) return { cosigned: true, lines: text };
  const [, digits] = /^(0|[1-9][0-9]{0,15})\n$/.exec(text) ?? [];
  if (status === 409 && type === 'text/x.tlog.size' && Number.isSafeInteger(Number(digits))) {
    return { cosigned: false, why: 'conflict', size: Number(digits) };
  }
  const why = REFUSALS[status];
  if (why !== undefined) return { cosigned: false, why };
  throw new CodedError('witness.unreachable', `The witness answered ${status}.`, { status });
}
