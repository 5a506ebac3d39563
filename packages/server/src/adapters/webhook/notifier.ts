import { CodedError } from '@holdfast/core';
import type { NoticeMessage, Notifier } from '../../ports/notifier.ts';

export type WebhookNotifierOptions = {
  /** Where messages are posted: https, or http on this machine. Configured by an operator, never by a person. */
  readonly url: string;
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string;
  readonly timeoutMs?: number;
};

const DEFAULT_TIMEOUT_MS = 10_000;
const ADDRESS = /^[^\s@<>",;:]+@[^\s@<>",;:]+$/;

/** Hands messages to a service that tells people by its own means (SMS, post, a messenger), as JSON, one a request. */
export function createWebhookNotifier({
  url,
  token,
  timeoutMs = DEFAULT_TIMEOUT_MS,
}: WebhookNotifierOptions): Notifier {
  async function post(message: NoticeMessage): Promise<number> {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'idempotency-key': message.id,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify(message),
        signal: AbortSignal.timeout(timeoutMs),
        redirect: 'error',
      });
      await response.body?.cancel();
      return response.status;
    } catch {
      // The cause may name the address that was asked, and that may hold a secret.
      throw new CodedError('notice.unreachable', 'Whoever tells people does not answer.');
    }
  }
  return {
    async send(message) {
      assertAddress(message.to);
      const status = await post({ ...message, subject: oneLine(message.subject) });
      if (status >= 200 && status < 300) return;
      if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
        throw new CodedError('notice.refused', 'Whoever tells people does not take this message.', { status });
      }
      throw new CodedError('notice.unreachable', 'Whoever tells people cannot take anything now.', { status });
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** Throws `notice.refused` for what is not one address: a second one could be hidden behind a line's end. */
export function assertAddress(to: string): void {
  if (to.length <= 254 && ADDRESS.test(to)) return;
  throw new CodedError('notice.refused', 'This is not one e-mail address.');
}

export function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ');
}
