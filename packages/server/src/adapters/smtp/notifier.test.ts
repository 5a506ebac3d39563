import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { describeNotifier } from '../../ports/notifier.contract.ts';
import type { NoticeMessage } from '../../ports/notifier.ts';
import { createSmtpNotifier } from './notifier.ts';

/** Of a mail as it came: only what our own mails have. */
function readMail(mail: string, to: string): NoticeMessage {
  const [head = '', ...rest] = mail.split('\r\n\r\n');
  const headers = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const header = (name: string) =>
    headers
      .find((line) => line.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim() ?? '';
  const coding = header('content-transfer-encoding');
  const body = rest.join('\r\n\r\n').replace(/\r\n$/, '');
  return {
    id: /<([^@>]+)@/.exec(header('message-id'))?.[1] ?? '',
    to,
    language: header('content-language'),
    subject: decodeWords(header('subject')),
    text: decodeBody(body, coding).replace(/\r\n/g, '\n').replace(/\n$/, ''),
  };
}

function decodeBody(body: string, coding: string): string {
  if (coding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  return coding === 'quoted-printable' ? decodeQuoted(body) : body;
}

function decodeQuoted(text: string): string {
  const bytes = text
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

function decodeWords(subject: string): string {
  return subject
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?UTF-8\?([BQ])\?([^?]*)\?=/gi, (_, coding: string, words: string) =>
      coding.toUpperCase() === 'B'
        ? Buffer.from(words, 'base64').toString('utf8')
        : decodeQuoted(words.replace(/_/g, ' ')),
    );
}

describeNotifier('notifier by SMTP', async () => {
  const taken: NoticeMessage[] = [];
  let code: number | undefined;
  const server = new SMTPServer({
    ...{ disabledCommands: ['STARTTLS', 'AUTH'], logger: false },
    onRcptTo({ address }, _session, done) {
      if (code === undefined) return done();
      return done(Object.assign(new Error(`${address} is not taken`), { responseCode: code }));
    },
    onData(stream, session, done) {
      let mail = '';
      stream.on('data', (chunk: Buffer) => {
        mail += chunk.toString('latin1');
      });
      stream.on('end', () => {
        const text = Buffer.from(mail, 'latin1').toString('utf8');
        for (const { address } of session.envelope.rcptTo) taken.push(readMail(text, address));
        done();
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  const options = { host: '127.0.0.1', port, secure: false, from: 'Sample desk <desk@network.example>' };
  return {
    notifier: createSmtpNotifier({ ...options, timeoutMs: 2000 }),
    taken: () => taken,
    behave: async (how) => {
      code = { well: undefined, fails: 451, refuses: 550, away: undefined }[how];
      if (how === 'away') await close();
    },
    close,
  };
});
