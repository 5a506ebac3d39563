import {
  CodedError,
  encodeUtf8,
  type Handoff,
  isCodedError,
  PERSON_LANGUAGES,
  type PersonLanguage,
  type PersonWords,
  parseJsonObject,
  parseUtf8,
  personCodeDigest,
  sayPhrase,
  sha256Base64url,
} from '@holdfast/core';
import type { Clock } from '../../ports/clock.ts';
import type { Entropy } from '../../ports/entropy.ts';
import type { NoticeStore, NoticeSubscription } from '../../ports/notice-store.ts';
import type { NoticeMessage, Notifier } from '../../ports/notifier.ts';
import type { Sealer } from '../../ports/sealer.ts';
import type { PersonDesk, PersonView } from './person-desk.ts';

export type TellingPorts = {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly sealer: Pick<Sealer, 'seal' | 'open'>;
  readonly store: NoticeStore;
  readonly notifier: Notifier;
  readonly desk: Pick<PersonDesk, 'read'>;
  readonly words: PersonWords;
  /** Where the pages are. */
  readonly origin: string;
  /** Told of what does not get through: a code and a count, never whom it is for. */
  readonly report: (event: { readonly code: string; readonly count: number }) => void;
  /** Told how many were told. */
  readonly told?: (count: number) => void;
};

export interface TellingPeople {
  isTold(code: string): Promise<boolean>;
  /** Throws `notice.full`, `person.code`. */
  tell(code: string, address: string, language: PersonLanguage): Promise<void>;
  stop(code: string): Promise<void>;
  /** Looks at what is due; says how many were told. */
  work(): Promise<number>;
  run(signal: AbortSignal): Promise<void>;
  /** What could not be told for so long that somebody has to look: the way to people is broken. */
  handoffs(): Promise<readonly Handoff[]>;
}

/** More than that many ask again later; each is looked at so often, and costs what its page costs. */
const MAX_SUBSCRIPTIONS = 20_000;
const LOOK_EVERY_MS = 60_000;
const WORK_EVERY_MS = 2_000;
const AT_ONCE = 50;
const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 3_600_000;
/** After so many attempts it is also somebody's to look at; it is tried on all the same. */
const STUCK_AFTER = 5;
/** What is refused for good is given up: nobody reads at that address. */
const REFUSED_AFTER = 3;

type Sealed = { readonly code: string; readonly address: string; readonly language: PersonLanguage };

/**
 * Tells people that something about them has changed, in their language and with the address of their page. What they know is
 * compared with what is: killed anywhere, a change is told late or twice under one name, and never lost.
 */
export function createTellingPeople(ports: TellingPorts): TellingPeople {
  const { clock, sealer, store, notifier, desk, report } = ports;

  async function look(subscription: NoticeSubscription): Promise<boolean> {
    const { code: key, told, attempts, sealed } = subscription;
    const opened = await open(sealed, key);
    const view = await desk.read(opened.code);
    // What it was about is over or erased; so is the address.
    if (view === undefined) {
      await store.remove(key);
      return false;
    }
    const known = stateOf(view);
    const nextAt = clock.now() + LOOK_EVERY_MS;
    if (known === told) {
      await store.settle(key, told, { told, nextAt, attempts: 0 });
      return false;
    }
    try {
      await notifier.send(messageOf(opened, known, ports));
    } catch (error) {
      if (!isCodedError(error)) throw error;
      await giveBack(subscription, error);
      return false;
    }
    await store.settle(key, told, { told: known, nextAt, attempts: 0 });
    if (attempts >= STUCK_AFTER) report({ code: 'notice.again', count: 1 });
    return true;
  }

  async function giveBack({ code, told, attempts }: NoticeSubscription, { code: failure }: CodedError): Promise<void> {
    const isOver = failure === 'notice.refused' && attempts + 1 >= REFUSED_AFTER;
    if (attempts + 1 === STUCK_AFTER || isOver) report({ code: failure, count: 1 });
    if (isOver) return store.remove(code);
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempts, 10));
    const [high = 0, low = 0] = ports.entropy.bytes(2);
    const nextAt = clock.now() + longest / 2 + Math.floor(((256 * high + low) / 65_536) * (longest / 2));
    return store.settle(code, told, { told, nextAt, attempts: attempts + 1, failure });
  }

  async function open(sealed: Uint8Array, key: string): Promise<Sealed> {
    const { code, address, language } = parseJsonObject(parseUtf8(await sealer.open(sealed, contextOf(key))));
    const known = PERSON_LANGUAGES.find((each) => each === language) ?? 'en';
    return { code: String(code), address: String(address), language: known };
  }

  async function work(): Promise<number> {
    const due = await store.readDue(clock.now(), AT_ONCE);
    let told = 0;
    // One after the other: a way that hangs costs one connection, and its own timeout.
    for (const subscription of due) if (await look(subscription)) told += 1;
    if (told > 0) ports.told?.(told);
    return told;
  }

  return {
    isTold: async (code) => (await store.find(personCodeDigest(code))) !== undefined,
    async tell(code, address, language) {
      const view = await desk.read(code);
      if (view === undefined) throw new CodedError('person.code', 'This code opens nothing here.');
      const key = personCodeDigest(view.code);
      const sealed = await sealer.seal(
        encodeUtf8(JSON.stringify({ code: view.code, address, language })),
        contextOf(key),
      );
      const now = clock.now();
      const subscription = { code: key, sealed, told: stateOf(view), attempts: 0, createdAt: now };
      if (await store.put({ ...subscription, nextAt: now + LOOK_EVERY_MS }, MAX_SUBSCRIPTIONS)) return;
      throw new CodedError('notice.full', `${MAX_SUBSCRIPTIONS} people are told already; more cannot be now.`);
    },
    stop: (code) => store.remove(personCodeDigest(code)),
    work,
    async run(signal) {
      while (!signal.aborted) {
        await work().catch(() => report({ code: 'notice.unreachable', count: 0 }));
        await clock.sleep(WORK_EVERY_MS, signal).catch(() => undefined);
      }
    },
    async handoffs() {
      const { count, since } = await store.countStuck(STUCK_AFTER);
      if (count === 0 || since === undefined) return [];
      const ends = { of: 'people', giver: 'person', receiver: 'notifier', owner: 'operator' } as const;
      return [{ what: 'event', ...ends, count, since, next: 'sent-again' }];
    },
  };
}

/** What somebody knows once they were told this. A date that moves is a change; how it is said is not. */
function stateOf({ outcome }: PersonView): string {
  const { code, since, why } = outcome;
  return sha256Base64url(JSON.stringify([code, since, why.map((phrase) => phrase.code)]));
}

function contextOf(code: string): string {
  return `notice ${code}`;
}

function messageOf(
  { code, address, language }: Sealed,
  known: string,
  { words, origin }: Pick<TellingPorts, 'words' | 'origin'>,
): NoticeMessage {
  const say = (phrase: { readonly code: string }) => sayPhrase(phrase, words, language);
  // What happened, and to whom, is nobody's on the way: neither an amount nor a reason stands in it.
  const text = [
    `${say({ code: 'page.told_subject' })}.`,
    say({ code: 'page.told_more' }),
    `${origin}/me/${code}?lang=${language}`,
    '',
    say({ code: 'page.told_stop' }),
  ];
  const id = sha256Base64url(`${personCodeDigest(code)} ${known}`);
  return { id, to: address, language, subject: say({ code: 'page.told_subject' }), text: text.join('\n') };
}
