import {
  CodedError,
  encodeBase64url,
  encodeId,
  isJsonObject,
  isRecognising,
  type Json,
  type NetworkView,
  parseJsonObject,
  parseQuery,
} from '@holdfast/core';
import type { Clock } from '../../ports/clock.ts';
import type { Entropy } from '../../ports/entropy.ts';
import type { PresentationOutcome, PresentationSession, PresentationStore } from '../../ports/presentation-store.ts';
import type { Signer } from '../../ports/signer.ts';
import type { Signals } from '../../seeing/signals.ts';
import type { Events } from '../../telling/events.ts';
import type { VerifierBounds, VerifierConfig } from './config.ts';
import type { VerifierFeed } from './neighbours.ts';
import type { Question, SignedVerdict } from './question.ts';
import { clientIdOf, createRequestObject, walletLinkOf } from './request-object.ts';

export type Ask = {
  /** DCQL for one credential. Default: any type the network accredits somebody for. */
  readonly query?: Json;
  readonly want?: PresentationSession['want'];
};

export type Asked = {
  readonly id: string;
  /** For a QR code or a button: a wallet opens it. */
  readonly walletLink: string;
  /** Unix milliseconds. */
  readonly expiresAt: number;
};

/** What a relying party sees of a request. */
export type PresentationStatus =
  | { readonly state: 'pending'; readonly expiresAt: number }
  | { readonly state: 'done'; readonly verdictId: string }
  | { readonly state: 'failed'; readonly code: string; readonly detail?: string };

/** A wallet's answer as its form has it (OpenID4VP 1.0 section 8.2). */
export type WalletForm = Readonly<Record<string, string>>;

/** Requests to wallets by OpenID4VP 1.0: signed, by reference, answered once. */
export interface Presentations {
  /** Throws `presentation.query-unsupported`, `presentation.nothing-accredited`, `presentation.too-many`, `query.*`. */
  ask(ask: Ask): Promise<Asked>;
  /** For the relying party. Throws `presentation.not-found`. */
  status(id: string): Promise<PresentationStatus>;
  /**
   * The signed request, for a wallet. Throws `presentation.not-found`, `presentation.expired`, `presentation.answered`,
   * `presentation.wallet-nonce`.
   */
  requestObject(requestId: string, walletNonce?: string): Promise<string>;
  /**
   * Takes the wallet's answer: the verdict, or undefined when the wallet said no. The first answer that can be read is
   * the only one; a second changes nothing. Throws `presentation.not-found`, `presentation.expired`,
   * `presentation.answered`, `presentation.state`, `presentation.vp-token`, and what verifying throws.
   */
  respond(requestId: string, form: WalletForm): Promise<SignedVerdict | undefined>;
}

export type PresentationsOptions = {
  readonly config: VerifierConfig;
  readonly bounds: VerifierBounds;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly signer: Pick<Signer, 'sign'>;
  readonly presentations: PresentationStore;
  readonly feed?: VerifierFeed;
  readonly verify: (question: Question) => Promise<SignedVerdict>;
  /** Told of each request before it is given out, and when it has an outcome. */
  readonly events?: Pick<Events, 'announce' | 'happened'>;
  /** Told of what has happened; without it nobody is. */
  readonly signals?: Signals;
};

const ID_BYTES = 16;
const SECRET_BYTES = 32;
const MAX_DETAIL_LENGTH = 300;
const MAX_WALLET_NONCE_LENGTH = 512;
const DEFAULT_WANT: PresentationSession['want'] = { class: 'view', freshness: { mode: 'any' } };

export function createPresentations(options: PresentationsOptions): Presentations {
  const { config, bounds, clock, entropy, presentations: store } = options;
  const random = (bytes: number) => encodeBase64url(entropy.bytes(bytes));

  /** A session of this verifier that still waits for its wallet. */
  async function openSession(requestId: string): Promise<PresentationSession> {
    const session = await store.readByRequest(requestId);
    if (session?.verifier !== config.id) throw notFound();
    if (session.outcome !== undefined) throw answered();
    if (clock.now() >= session.expiresAt) {
      throw new CodedError('presentation.expired', 'This request has expired; ask for a new one.');
    }
    return session;
  }

  async function complete(session: PresentationSession, outcome: PresentationOutcome): Promise<void> {
    if (!(await store.complete(session.requestId, outcome))) throw answered();
    options.events?.happened('presentation', [session.id]);
  }

  return {
    async ask({ query, want }) {
      const asked = query ?? anyAccredited(options.feed?.follower.view());
      assertAskable(asked, want ?? DEFAULT_WANT);
      const createdAt = clock.now();
      const session: PresentationSession = {
        id: encodeId(entropy.bytes(ID_BYTES)),
        requestId: random(ID_BYTES),
        verifier: config.id,
        createdAt,
        expiresAt: createdAt + bounds.requestLifeMs,
        nonce: random(SECRET_BYTES),
        state: random(SECRET_BYTES),
        query: asked,
        want: want ?? DEFAULT_WANT,
      };
      // Before anything can come of it: whatever does is told, and told as lapsed when nothing did.
      await options.events?.announce('presentation', [session.id], session.expiresAt);
      await store.create(session, bounds.maxOpenRequests);
      options.signals?.presentationAsked({ verifier: config.id });
      return { id: session.id, walletLink: walletLinkOf(config, session.requestId), expiresAt: session.expiresAt };
    },
    async status(id) {
      const session = await store.read(id);
      if (session?.verifier !== config.id) throw notFound();
      const { outcome, expiresAt } = session;
      if (outcome !== undefined) return outcome;
      if (clock.now() >= expiresAt) return { state: 'failed', code: 'presentation.expired' };
      return { state: 'pending', expiresAt };
    },
    async requestObject(requestId, walletNonce) {
      const session = await openSession(requestId);
      if (walletNonce !== undefined && (walletNonce === '' || walletNonce.length > MAX_WALLET_NONCE_LENGTH)) {
        throw new CodedError('presentation.wallet-nonce', 'A wallet_nonce has 1 to 512 characters.');
      }
      const when = { now: clock.now(), ...(walletNonce === undefined ? {} : { walletNonce }) };
      return createRequestObject(config, options.signer, session, when);
    },
    async respond(requestId, form) {
      const session = await openSession(requestId);
      // Who knows only the address must not be able to end a request in the wallet's name.
      if (form.state !== session.state) {
        throw new CodedError('presentation.state', 'The state of this answer is not that of the request.');
      }
      if (form.error !== undefined) {
        await complete(session, { state: 'failed', code: 'presentation.wallet-error', detail: detailOf(form) });
        return undefined;
      }
      const { nonce, query, want } = session;
      const presentation = presentationIn(form.vp_token, query);
      const bound = isBound(query) ? { nonce, audience: clientIdOf(config) } : {};
      // Anybody may ask for presentations, and no wallet shows that an operator did.
      const verdict = await options.verify({ presentation, ...bound, query, want, mayRefold: false });
      await complete(session, { state: 'done', verdictId: verdict.id });
      return verdict;
    },
  };
}

function notFound(): CodedError {
  return new CodedError('presentation.not-found', 'No request with this id is open here.');
}

function answered(): CodedError {
  return new CodedError('presentation.answered', 'This request has been answered already; the first answer stands.');
}

/**
 * A verdict is about one credential whose holder signs for this request, so that is what may be asked for; or a W3C
 * credential, by which nobody is paid, as whoever has seen it can show it.
 */
function assertAskable(value: Json, want: PresentationSession['want']): void {
  const query = parseQuery(value);
  const [credential] = query.credentials;
  if (query.credentials.length !== 1 || credential === undefined || credential.multiple || query.sets !== undefined) {
    throw new CodedError('presentation.query-unsupported', 'One request asks for one credential.');
  }
  if (credential.isBound) return;
  if (credential.format === 'dc+sd-jwt') {
    throw new CodedError('presentation.query-unsupported', 'A dc+sd-jwt is asked for with the proof of its holder.');
  }
  if (want.class === 'pay') {
    throw new CodedError('presentation.query-unsupported', 'A credential that proves no possession is for looking at.');
  }
}

function isBound(query: Json): boolean {
  return parseQuery(query).credentials.some((asked) => asked.isBound);
}

function anyAccredited(view: NetworkView | undefined): Json {
  const time = view?.position.time ?? 0;
  const types = new Set<string>();
  for (const { accreditations } of view?.parties.values() ?? []) {
    for (const { type, from, until } of accreditations) {
      if (from <= time && time < (until ?? Number.MAX_SAFE_INTEGER)) types.add(type);
    }
  }
  for (const record of view?.recognitions?.values() ?? []) {
    if (isRecognising(record, time)) for (const { type } of record.recognition.types) types.add(type);
  }
  if (types.size === 0) {
    throw new CodedError('presentation.nothing-accredited', 'This network accredits nobody yet: say what to ask for.');
  }
  return { credentials: [{ id: 'credential', format: 'dc+sd-jwt', meta: { vct_values: [...types].sort() } }] };
}

/** `{"<credential query>": ["<presentation>"]}` (OpenID4VP 1.0 section 8.1): exactly what was asked, once. */
function presentationIn(vpToken: string | undefined, query: Json): string {
  const [asked] = parseQuery(query).credentials;
  const token = parseVpToken(vpToken ?? '');
  const presented = token[asked?.id ?? ''];
  const names = Object.keys(token);
  if (names.length !== 1 || !Array.isArray(presented) || presented.length !== 1 || typeof presented[0] !== 'string') {
    throw new CodedError('presentation.vp-token', 'vp_token answers the one credential query with one presentation.', {
      expected: asked?.id ?? '',
    });
  }
  return presented[0];
}

function parseVpToken(text: string): { readonly [id: string]: Json } {
  try {
    const value = parseJsonObject(text, { maxLength: 131_072, maxDepth: 4 });
    if (isJsonObject(value)) return value;
  } catch (cause) {
    throw new CodedError('presentation.vp-token', 'vp_token is a JSON object from query ids to arrays.', {}, cause);
  }
  throw new CodedError('presentation.vp-token', 'vp_token is a JSON object from query ids to arrays.');
}

/** A stranger's words, which will stand on an operator's screen: plain characters, and few. */
function detailOf({ error = '', error_description: description }: WalletForm): string {
  const words = description === undefined ? error : `${error}: ${description}`;
  return words.replace(/[^\x20-\x7e]/g, '?').slice(0, MAX_DETAIL_LENGTH);
}
