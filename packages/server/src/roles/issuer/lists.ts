import {
  CodedError,
  isCodedError,
  type NetworkView,
  type Party,
  type PublicJwk,
  permuteIndex,
  thumbprint,
} from '@holdfast/core';
import type { Clock } from '../../ports/clock.ts';
import type { IssuerList, IssuerStore } from '../../ports/issuer-store.ts';
import type { Network } from '../../ports/network.ts';
import type { Signals } from '../../seeing/signals.ts';
import type { IssuerBounds } from './config.ts';
import { type CredentialKey, endOfCertificate } from './credential-keys.ts';
import { findForgottenLists, nextListNumber } from './forgotten-lists.ts';
import { type Compress, createListToken, type ListReading, type ListToken, readList } from './list-tokens.ts';
import type { IssuerFollower, IssuerSigner } from './neighbours.ts';
import { signedInForce, signStatement } from './statements.ts';
import { aggregationUriOf, listUriOf, type Tenant } from './tenant.ts';
import { within } from './within.ts';

export type ListsPorts = {
  readonly clock: Clock;
  readonly signer: IssuerSigner;
  readonly store: IssuerStore;
  readonly network: Pick<Network, 'append'>;
  readonly follower: IssuerFollower;
  readonly bounds: IssuerBounds;
  readonly compress: Compress;
  readonly report: (event: IssuerEvent) => void;
  readonly signals: Signals;
};

/** Something an operator should know. Without anything about a person. */
export type IssuerEvent = {
  readonly code: string;
  readonly detail: string;
  readonly tenant?: string;
};

export function eventOf(error: unknown, tenant?: string): IssuerEvent {
  const code = isCodedError(error) ? error.code : 'issuer.unexpected';
  const event = { code, detail: error instanceof Error ? error.message : String(error) };
  return tenant === undefined ? event : { ...event, tenant };
}

/** Where one copy of a credential stands: a list that a wallet can already fetch, and an index nobody else has. */
export type Place = { readonly list: string; readonly index: number };

/** For operators: each list, and why no credential can be placed now, if so. */
export type ListsReport = {
  readonly lists: readonly {
    readonly uri: string;
    readonly size: number;
    readonly used: number;
    readonly isOpen: boolean;
    /** Unix milliseconds of the epoch that the published token was read at. */
    readonly publishedAsOf?: number;
    /** The network's list says something else than the published token: it follows, list by list. */
    readonly isBehind?: true;
    /** Its key was declared compromised: everything on it is revoked. */
    readonly isCompromised?: true;
  }[];
  readonly failure?: string;
};

/**
 * The status lists of one tenant: opened in the network's log, published before their first use, and re-signed when the
 * fold changes them or half their ttl is over. The issuer follows; it never changes a status by itself.
 *
 * A list that is open stays usable while the network is cut off: a new credential is valid by construction and
 * followers know the list. That ends before the last published token does, for a wallet could then not use what it is
 * given.
 */
export class Lists {
  readonly #ports: ListsPorts;
  readonly #tenant: Tenant;
  readonly #signal: AbortSignal;
  readonly #tokens = new Map<string, ListToken>();
  /** Lists that are being signed, and those among them to be signed once more after. */
  /** At most one for each list of the issuer. */
  readonly #signing = new Map<string, Promise<void>>();
  /** At most one for each list of the issuer. */
  readonly #again = new Set<string>();
  #lists: readonly IssuerList[] = [];
  #opening: Promise<void> | undefined;
  #failure: string | undefined;
  /** This issuer's entry as it was read last. */
  #party: Party | undefined;

  /** Nothing is begun once `signal` has aborted. */
  constructor(ports: ListsPorts, tenant: Tenant, signal: AbortSignal) {
    this.#ports = ports;
    this.#tenant = tenant;
    this.#signal = signal;
  }

  /** Reads what is kept, by this process or another, and publishes every list that the follower has read. */
  async load(): Promise<void> {
    await this.#refresh();
    await this.publish();
  }

  /** The regular round: what others opened, what has grown old, what is missing. Throws why no list could be opened. */
  async tend(): Promise<void> {
    await this.#tenant.keys.refresh();
    await this.ensure().finally(() => this.publish(this.#ports.bounds.listTtlMs / 2));
  }

  readToken(number: number): ListToken | undefined {
    return this.#tokens.get(listUriOf(this.#tenant, number));
  }

  /** Addresses of all published lists, for whoever wants them before they are needed. */
  readUris(): readonly string[] {
    return this.#lists.map(({ uri }) => uri).filter((uri) => this.#tokens.has(uri));
  }

  /** A list of this tenant, also one that another process opened a moment ago. */
  async findList(uri: string): Promise<IssuerList | undefined> {
    if (!this.#lists.some((list) => list.uri === uri)) await this.#refresh();
    return this.#lists.find((list) => list.uri === uri);
  }

  /** The tenant's key, and those of lists whose credentials may still be valid. */
  async readKeys(): Promise<ReadonlyMap<string, PublicJwk>> {
    const own = [this.#tenant.keys.first, ...this.#current()];
    const keys = new Map<string, PublicJwk>(own.map(({ kid, key }) => [kid, key]));
    for (const { key, keyName } of this.#lists) {
      if (keys.has(key)) continue;
      const found = await this.#ports.signer.readPublicKey(keyName);
      if (thumbprint(found) === key) keys.set(key, found);
    }
    return keys;
  }

  report(): ListsReport {
    const view = this.#ports.follower.view();
    const lists = this.#lists.map(({ uri, key, size, used, opened }) => {
      const token = this.#tokens.get(uri);
      const reading = readList(this.#ports.follower, { uri, key });
      const isBehind = reading !== undefined && token?.digest !== reading.digest;
      return {
        ...{ uri, size, used, isOpen: opened !== undefined },
        ...(token === undefined ? {} : { publishedAsOf: token.asOf }),
        ...(isBehind ? { isBehind } : {}),
        ...(view?.lists.get(uri)?.compromised === undefined ? {} : { isCompromised: true as const }),
      };
    });
    return this.#failure === undefined ? { lists } : { lists, failure: this.#failure };
  }

  /** Throws `issuance.unavailable` unless a list is open, published and will be for a while. */
  assertUsable(): void {
    if (this.#usable().length > 0) return;
    throw new CodedError('issuance.unavailable', 'No status list can be used yet, so no credential is issued.', {
      ...(this.#failure === undefined ? {} : { why: this.#failure }),
    });
  }

  /**
   * Takes places for as many copies. A caller that crashes after this wastes them; nobody gets them again. Throws
   * `issuance.unavailable` when no list has room: the next one is being opened then.
   */
  async takePlaces(count: number): Promise<readonly Place[]> {
    for (const list of this.#usable()) {
      const first = await this.#ports.store.takeSequences(list.uri, count);
      if (first === undefined) continue;
      this.#note(list.uri, first + count);
      const key = this.#tenant.secrets.mac('list permutation', list.uri);
      const indices = Array.from({ length: count }, (_, i) => permuteIndex(first + i, list.size, key));
      if (list.size - first - count < this.#ports.bounds.listReserve) this.openAhead();
      return indices.map((index) => ({ list: list.uri, index }));
    }
    this.openAhead();
    throw new CodedError('issuance.unavailable', 'Every status list is full; the next one is being opened.');
  }

  /** Starts opening a list when one is needed and none is on its way. After a failure only the regular round tries again. */
  openAhead(): void {
    if (this.#failure === undefined) this.ensure().catch(() => undefined);
  }

  /** Resolves once a list with room in reserve is open and published. */
  ensure(): Promise<void> {
    this.#opening ??= this.#openNext()
      .then(
        () => {
          this.#failure = undefined;
        },
        (error: unknown) => {
          const event = eventOf(error, this.#tenant.id);
          // Tried again every few seconds; told once for each new reason.
          if (event.code !== this.#failure && !this.#signal.aborted) this.#ports.report(event);
          this.#failure = event.code;
          throw error;
        },
      )
      .finally(() => {
        this.#opening = undefined;
      });
    return this.#opening;
  }

  /** Signs again each list that the fold has changed, and each whose token is so old and can be made younger. */
  async publish(olderThanMs = Number.POSITIVE_INFINITY): Promise<void> {
    const { follower, clock } = this.#ports;
    const now = clock.now();
    const due = this.#lists.filter((list) => {
      const token = this.#tokens.get(list.uri);
      const reading = readList(follower, list);
      if (reading === undefined || isSaid(token, reading)) return false;
      return token?.digest !== reading.digest || now - token.asOf >= olderThanMs;
    });
    // One after the other: a stolen key changes all its lists at once. One that cannot be signed holds up no other.
    const failures: unknown[] = [];
    for (const list of due) await this.#sign(list).catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }

  /** One signature at a time for each list, and at most one more waiting, which then reads the fold anew. */
  #sign(list: IssuerList): Promise<void> {
    const running = this.#signing.get(list.uri);
    if (running !== undefined) {
      this.#again.add(list.uri);
      return running;
    }
    const signing = this.#signUntilSaid(list).finally(() => this.#signing.delete(list.uri));
    this.#signing.set(list.uri, signing);
    return signing;
  }

  async #signUntilSaid(list: IssuerList): Promise<void> {
    do {
      this.#again.delete(list.uri);
      const reading = readList(this.#ports.follower, list);
      if (reading === undefined || isSaid(this.#tokens.get(list.uri), reading)) continue;
      this.#tokens.set(list.uri, await createListToken(this.#ports, list, reading, aggregationUriOf(this.#tenant)));
      this.#ports.signals.listPublished({ issuer: this.#tenant.id, size: list.size });
    } while (this.#again.has(list.uri));
  }

  #usable(): readonly IssuerList[] {
    const { clock, bounds, follower } = this.#ports;
    if (follower.contradiction !== undefined) return [];
    const kids = this.#current().map(({ kid }) => kid);
    const usable = this.#lists.filter(({ uri, key, opened }) => {
      const token = this.#tokens.get(uri);
      const isCurrent = opened !== undefined && kids.includes(key) && token !== undefined;
      return isCurrent && token.expiresAt - clock.now() > bounds.listTokenMarginMs;
    });
    // Until the newest key has a list, the one before it goes on.
    return usable.sort((a, b) => kids.indexOf(a.key) - kids.indexOf(b.key));
  }

  /** By which keys credentials may be signed now, the newest first. Where none may, the first one: the log then says why not. */
  #current(): readonly CredentialKey[] {
    const { keys, issuer } = this.#tenant;
    const found = keys.inForce(this.#ports.follower.view(), issuer);
    return found.length > 0 ? found : [keys.first];
  }

  #newest(): CredentialKey {
    return this.#current()[0] ?? this.#tenant.keys.first;
  }

  /** When the certificate ends of what is signed for this list; without one, of what is signed next. */
  certifiedUntil(uri?: string): number {
    const list = this.#lists.find((known) => known.uri === uri);
    if (list === undefined) return this.#newest().certifiedUntilMs;
    return this.#tenant.keys.find(list.key)?.certifiedUntilMs ?? endOfCertificate(list.x5c[0] ?? '');
  }

  /** The network may have named another key of this issuer: its first list is opened at once. */
  async followKeys(): Promise<void> {
    const { keys, issuer } = this.#tenant;
    const party = this.#ports.follower.view()?.parties.get(issuer);
    if (party === this.#party) return;
    this.#party = party;
    await keys.refresh();
    // What the network has just said may be what was waited for.
    this.ensure().catch(() => undefined);
  }

  /** See `CredentialKeys.prepare`: whatever an entry or a list of this issuer names was used. */
  prepareKey(): Promise<CredentialKey> {
    const { keys, issuer } = this.#tenant;
    const named =
      this.#ports.follower
        .view()
        ?.parties.get(issuer)
        ?.keys.map(({ key }) => thumbprint(key)) ?? [];
    return keys.prepare((kid) => named.includes(kid) || this.#lists.some(({ key }) => key === kid));
  }

  async #openNext(): Promise<void> {
    const { bounds } = this.#ports;
    this.#signal.throwIfAborted();
    await this.#takeUpForgotten();
    const by = this.#newest();
    const pending = this.#lists.filter(({ opened, key }) => opened === undefined && key === by.kid);
    for (const list of pending) await this.#open(list);
    const hasReserve = this.#lists.some(
      ({ key, size, used, opened }) =>
        opened !== undefined && key === by.kid && size - used >= Math.min(bounds.listReserve, size),
    );
    if (hasReserve) return;
    await this.#open(await this.#appendList(by));
  }

  /** The statement is kept before it is sent, so a crash in between sends the same bytes again. */
  async #appendList(by: CredentialKey): Promise<IssuerList> {
    const { store, bounds, follower } = this.#ports;
    const { id, issuer } = this.#tenant;
    const number = nextListNumber(follower.view(), this.#tenant, this.#lists);
    const uri = listUriOf(this.#tenant, number);
    const statement = { type: 'list', v: 1, list: uri, issuer, bits: 2, size: bounds.listSize, key: by.kid };
    const signed = await signStatement(this.#tenant, statement);
    const key = { keyName: by.name, key: by.kid, x5c: by.x5c };
    const list = await store.appendList({ tenant: id, number, uri, size: bounds.listSize, ...key, statement: signed });
    await this.#refresh();
    return list;
  }

  async #open(list: IssuerList): Promise<void> {
    const { follower, store, bounds, clock } = this.#ports;
    const appended = await this.#record(list);
    if (appended !== undefined) {
      // The entry itself says nothing yet: an epoch must cover it, so at least one entry more.
      await within(clock, bounds.openTimeoutMs, this.#signal, (limit) => this.#awaitRead(appended + 2, limit));
    }
    const view = follower.view();
    const opened = view?.lists.get(list.uri);
    if (view === undefined || opened?.issuer !== this.#tenant.issuer || opened.key !== list.key) {
      throw new CodedError('issuer.list-refused', 'The network has not opened this status list for this issuer.', {
        list: list.uri,
      });
    }
    // Published first, noted as open after: nobody is given a credential whose list cannot be fetched.
    await this.#sign(list);
    await store.openList(list.uri, openingOf(view, opened.opened, appended));
    await this.#refresh();
  }

  /** Puts the list into the log; undefined where it had been there, opened by somebody who is forgotten here. */
  async #record(list: IssuerList): Promise<number | undefined> {
    const isThere = () => readList(this.#ports.follower, list) !== undefined;
    if (list.statement === '') {
      // Killed in between, it was taken up and not yet filled.
      await this.#ports.store.fillList(list.uri);
      return undefined;
    }
    this.#assertAccredited();
    try {
      const { uri, statement } = list;
      const replace = (signed: string) => this.#ports.store.replaceListStatement(uri, statement, signed);
      const signed = await signedInForce(this.#tenant, statement, replace);
      const { index } = await this.#ports.network.append([signed]);
      return index;
    } catch (error) {
      // Another statement has opened it: ours was made after a backup that knew nothing of it.
      if (!isThere() || !isCodedError(error) || error.code !== 'statement.refused') throw error;
      await this.#fillAll(list.uri);
      return undefined;
    }
  }

  /** It is tried again and again, and the log would refuse it each time. */
  #assertAccredited(): void {
    const { keys, issuer } = this.#tenant;
    const view = this.#ports.follower.view();
    if (view === undefined || keys.inForce(view, issuer).length > 0) return;
    const sentence = `The network accredits ${issuer} under no key that it holds. Officers let it in, with the file of its data folder: holdfast decide accredit accredit-issuer.json --as OFFICER.`;
    throw new CodedError('issuance.not-accredited', sentence);
  }

  /** What the log has and the store has not: it was set back. What is in the store is read after what is in the log, as others open lists too. */
  async #takeUpForgotten(): Promise<void> {
    const view = this.#ports.follower.view();
    await this.#refresh();
    const forgotten = findForgottenLists(view, this.#tenant, this.#lists);
    const [first] = forgotten;
    if (first === undefined) return;
    await this.#fillAll(first.uri);
    for (const list of forgotten) {
      await this.#ports.store.appendList(list);
      await this.#ports.store.fillList(list.uri);
    }
    await this.#refresh();
  }

  /** Two credentials in one place would be revoked together: of lists that were set back nothing more is given out. */
  async #fillAll(uri: string): Promise<void> {
    for (const list of this.#lists) await this.#ports.store.fillList(list.uri);
    await this.#refresh();
    const detail = `The log has ${uri}, which this issuer has forgotten: it was restored. All its lists count as full.`;
    this.#ports.report({ code: 'issuer.set-back', detail, tenant: this.#tenant.id });
  }

  /** Rejects with the signal's reason. */
  async #awaitRead(size: number, signal: AbortSignal): Promise<void> {
    const { follower } = this.#ports;
    const isRead = () => (follower.view()?.position.size ?? 0) >= size;
    await new Promise<void>((resolve, reject) => {
      const unsubscribe = follower.subscribe(() => check());
      const check = () => {
        if (!signal.aborted && !isRead()) return;
        unsubscribe();
        if (signal.aborted) reject(signal.reason);
        else resolve();
      };
      signal.addEventListener('abort', check, { once: true });
      check();
      // Only a hint to look now; the subscription tells when it is there.
      follower.awaitSize(size, signal).then(check, check);
    });
  }

  async #refresh(): Promise<void> {
    this.#lists = await this.#ports.store.readLists(this.#tenant.id);
  }

  #note(uri: string, used: number): void {
    this.#lists = this.#lists.map((list) => (list.uri === uri && list.used < used ? { ...list, used } : list));
  }
}

/** Whether the token says what was read, as of then or later. Tokens have whole seconds. */
function isSaid(token: ListToken | undefined, { digest, asOf }: ListReading): boolean {
  return token?.digest === digest && token.asOf >= Math.floor(asOf / 1000) * 1000;
}

/**
 * From where on verifiers know the list. One that was there before we sent it may be of a log before this one, in which its entry
 * has another number: whoever reads this log has read all of that.
 */
function openingOf(
  { position, predecessors = [] }: NetworkView,
  entry: number,
  appended: number | undefined,
): { readonly log: string; readonly size: number } {
  const before = appended === entry ? undefined : predecessors.at(-1);
  return before === undefined ? { log: position.log, size: entry + 1 } : { log: before.log, size: before.size };
}
