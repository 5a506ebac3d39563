import { CodedError } from '@holdfast/core';
import { createKeyFilesSealer } from '../adapters/key-files/sealer.ts';
import { createLeasePostgres } from '../adapters/postgres/lease.ts';
import { createNoticeStorePostgres } from '../adapters/postgres/notice-store.ts';
import { createSmtpNotifier } from '../adapters/smtp/notifier.ts';
import { createWebhookNotifier } from '../adapters/webhook/notifier.ts';
import type { HandoffSource } from '../http/handoffs.ts';
import type { Notifier } from '../ports/notifier.ts';
import type { PersonDesk } from '../roles/person/person-desk.ts';
import { createTellingPeople, type TellingPeople } from '../roles/person/telling-people.ts';
import { OUTCOMES } from '../spec.ts';
import { type TurnOptions, workInTurn } from '../turns/turn.ts';
import { poolOf } from './bounds.ts';
import { openTables, tablesOf } from './following.ts';
import type { Platform } from './platform.ts';
import { ROLE_TABLES } from './role-tables.ts';
import { codeIn, signalsOf, troubleOf } from './seeing.ts';

export type TellingPlace = {
  readonly origin: string;
  readonly keysFolder: string;
  readonly databaseUrl: string;
  /** `smtp(s)://USER:PASSWORD@HOST:PORT?from=ADDRESS`, or an https address that takes messages (`#TOKEN` behind it). */
  readonly notify: string;
  /** This process among several; absent: it is alone. Who was told is told once, by whose turn it is. */
  readonly by?: TurnOptions['by'];
};

/** The holder in the keyring of the key that addresses are sealed with. */
export const PERSON_KEYS = 'person';

/** What people's addresses are sealed with; made where there is none. */
export function createTellingSealer(keysFolder: string): ReturnType<typeof createKeyFilesSealer> {
  const directory = `${keysFolder}/${PERSON_KEYS}`;
  return createKeyFilesSealer({ directory, name: 'notices', passphrasePath: `${directory}.passphrase` });
}

/** Whoever tells people, on its own tables; it works until it is stopped. Throws `notice.settings`. */
export async function composeTelling(
  platform: Platform,
  { origin, keysFolder, databaseUrl, notify, by }: TellingPlace,
  desk: Pick<PersonDesk, 'read'>,
  stop: AbortSignal,
): Promise<TellingPeople & AsyncDisposable> {
  const { clock, entropy } = platform;
  const signals = signalsOf(platform);
  await using opened = new AsyncDisposableStack();
  const notifier = opened.use(notifierOf(notify));
  const database = opened.use(await openTables(databaseUrl, 'person', ROLE_TABLES.person, poolOf(platform)));
  const sealer = await createTellingSealer(keysFolder);
  const telling = createTellingPeople({
    ...{ clock, entropy, sealer, notifier, desk, origin, words: OUTCOMES },
    store: createNoticeStorePostgres(tablesOf(database)),
    report: ({ code, count }) => signals.personNotTold({ why: code, count }),
    told: (count) => signals.personTold({ count }),
  });
  const stopping = new AbortController();
  const until = AbortSignal.any([stop, stopping.signal]);
  const turn = { lease: createLeasePostgres(tablesOf(database)), clock, signals, name: 'telling', work: telling.run };
  const report = troubleOf(platform, 'person');
  const working =
    by === undefined
      ? telling.run(until)
      : workInTurn({ ...turn, by, report: (error) => report({ code: codeIn(error) }) }, until);
  opened.defer(async () => {
    stopping.abort();
    await working;
  });
  const parts = opened.move();
  return { ...telling, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

const SMTP_PORTS = { 'smtp:': 587, 'smtps:': 465 } as const;

function notifierOf(notify: string): Notifier {
  const url = URL.canParse(notify) ? new URL(notify) : undefined;
  if (url?.protocol === 'smtp:' || url?.protocol === 'smtps:') {
    const from = url.searchParams.get('from') ?? '';
    if (url.hostname === '' || !/^[^\r\n]*@[^\r\n]+$/.test(from)) throw malformed();
    const login = { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) };
    const port = url.port === '' ? SMTP_PORTS[url.protocol] : Number(url.port);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const place = { host, port, secure: url.protocol === 'smtps:', from };
    return createSmtpNotifier({ ...place, ...(login.user === '' ? {} : { login }) });
  }
  const isHere = url !== undefined && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
  if (url?.protocol !== 'https:' && !(url?.protocol === 'http:' && isHere)) throw malformed();
  const token = url.hash.slice(1);
  url.hash = '';
  return createWebhookNotifier({ url: url.href, ...(token === '' ? {} : { token }) });
}

function malformed(): CodedError {
  return new CodedError(
    'notice.settings',
    'People are told by smtp://USER:PASSWORD@HOST:PORT?from=ADDRESS, smtps://…, or an https address.',
  );
}

/** What could not be told, as a source of handoffs; none where nobody is told. */
export function tellingHandoffs(telling: Pick<TellingPeople, 'handoffs'> | undefined): readonly HandoffSource[] {
  return telling === undefined ? [] : [async () => ({ handoffs: await telling.handoffs(), more: 0 })];
}
