import { CodedError } from '@holdfast/core';
import { createTransport } from 'nodemailer';
import type { Notifier } from '../../ports/notifier.ts';
import { assertAddress, oneLine } from '../webhook/notifier.ts';

export type SmtpNotifierOptions = {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; without it STARTTLS is demanded, except on this machine. */
  readonly secure: boolean;
  readonly login?: { readonly user: string; readonly pass: string };
  /** Who writes: an address of the organisation. */
  readonly from: string;
  readonly timeoutMs?: number;
};

const DEFAULT_TIMEOUT_MS = 10_000;
const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1']);

/** Mail by SMTP (RFC 5321), plain text in UTF-8. One connection for each message: they are few, and none waits for another. */
export function createSmtpNotifier(options: SmtpNotifierOptions): Notifier {
  const { host, port, secure, login, from, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const transport = createTransport({
    ...{ host, port, secure },
    requireTLS: !secure && !LOOPBACK.has(host),
    ignoreTLS: !secure && LOOPBACK.has(host),
    ...(login === undefined ? {} : { auth: login }),
    ...{ connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs, dnsTimeout: timeoutMs },
    // What is in a message is never a path or an address to fetch from.
    ...{ disableFileAccess: true, disableUrlAccess: true, logger: false },
  });
  return {
    async send({ id, to, language, subject, text }) {
      assertAddress(to);
      try {
        await transport.sendMail({
          from,
          to: { name: '', address: to },
          subject: oneLine(subject),
          text,
          messageId: `<${id}@${domainOf(from)}>`,
          headers: { 'Content-Language': language, 'Auto-Submitted': 'auto-generated' },
        });
      } catch (error) {
        throw failureOf(error);
      }
    },
    [Symbol.asyncDispose]: async () => transport.close(),
  };
}

function domainOf(from: string): string {
  return /@([A-Za-z0-9.-]+)/.exec(from)?.[1] ?? 'localhost';
}

/** 5yz is for good, everything else may pass (RFC 5321, 4.2.1). What the server said may repeat the address: it is left out. */
function failureOf(error: unknown): CodedError {
  const { responseCode } = error as { readonly responseCode?: number };
  const isFinal = responseCode !== undefined && responseCode >= 500 && responseCode < 600;
  const details = responseCode === undefined ? {} : { status: responseCode };
  return isFinal
    ? new CodedError('notice.refused', 'The mail server does not take this message.', details)
    : new CodedError('notice.unreachable', 'The mail server cannot take anything now.', details);
}
