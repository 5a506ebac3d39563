import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { CodedError, isCodedError, type JsonObject, type OpenHandoffs } from '@holdfast/core';
import type { SignatureEngine } from '@holdfast/verifier';
import type { Clock } from '../../ports/clock.ts';
import type { Entropy } from '../../ports/entropy.ts';
import type { IssuedCredential, IssuerStore } from '../../ports/issuer-store.ts';
import type { OwnOffer } from '../../ports/matters.ts';
import type { Network } from '../../ports/network.ts';
import type { Sealer } from '../../ports/sealer.ts';
import type { Challenge } from '../../presenting/challenges.ts';
import type { RoleKeys } from '../../role-keys/role-keys.ts';
import { SILENT, type Signals } from '../../seeing/signals.ts';
import { type BitstringLists, createBitstringLists } from './bitstring-lists.ts';
import { assertIssuerConfig, DEFAULT_ISSUER_BOUNDS, type IssuerBounds, type IssuerConfig } from './config.ts';
import type { CredentialKey } from './credential-keys.ts';
import { assertAccredited, type CredentialResponse, issueCredentials, receiveNotification } from './issuance.ts';
import type { Compress, ListToken } from './list-tokens.ts';
import { eventOf, type IssuerEvent, Lists, type ListsReport } from './lists.ts';
import { authorizationServerMetadata, issuerMetadata, jwtVcIssuerMetadata, typeMetadata } from './metadata.ts';
import type { IssuerFollower, IssuerSigner, PreparedKeys } from './neighbours.ts';
import { createNonce } from './nonces.ts';
import {
  createOffer,
  createOffers,
  labelDigest,
  type OfferMade,
  type OfferRequest,
  type OfferRow,
  type OfferRowAnswer,
  readOfferOfLink,
} from './offers.ts';
import { readOwnOffer } from './own-credential.ts';
import {
  challengesOf,
  offerReinstated,
  type Reinstatement,
  type ReinstatementAsk,
  readReinstatements,
  reinstatementHandoffs,
} from './reinstating.ts';
import { endSuccessors } from './replacing.ts';
import { createTenantSecrets, SECRET_BYTES } from './secrets.ts';
import { createTenant, type Tenant, typeOf, vctOf } from './tenant.ts';
import { redeemCode, type TokenRequest, type TokenResponse } from './tokens.ts';

export type IssuerPorts = {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly signer: IssuerSigner;
  /** For the claims of open offers and for each tenant's secret. */
  readonly sealer: Sealer;
  readonly store: IssuerStore;
  readonly network: Pick<Network, 'append'>;
  readonly follower: IssuerFollower;
  readonly engine: SignatureEngine;
  /** Where further credential keys are made; without it the issuer has the one of its configuration. */
  readonly prepared?: PreparedKeys;
  readonly config: IssuerConfig;
  readonly bounds?: Partial<IssuerBounds>;
  /** Default: zlib in a thread of the platform. */
  readonly compress?: Compress;
  /** Told of what has happened; without it nobody is. */
  readonly signals?: Signals;
  /** Told what goes wrong in the rounds that nobody waits for. */
  readonly report?: (event: IssuerEvent) => void;
};

/** A credential as an operator may see it: what a decision needs to name it, and nothing about the person. */
export type IssuedView = Pick<IssuedCredential, 'id' | 'list' | 'index' | 'type' | 'issuedAt'>;

const NONCE_RANDOM_BYTES = 16;
const SWEEP_LIMIT = 1000;

type FullPorts = Required<Omit<IssuerPorts, 'prepared'>>;

type Room = { readonly tenant: Tenant; readonly lists: Lists; readonly bitstrings: BitstringLists };

/**
 * Attests claims to holders' keys: offers, OpenID4VCI 1.0, status lists. Decides nothing about what it has issued: it
 * follows the network and signs, for wallets and strangers, what the network has decided.
 *
 * Retention: claims of what comes in the place of an earlier credential are sealed and kept until a wallet has it, at the longest for 30 days. Other claims are sealed and kept until the wallet reports receipt, at the longest until the offer (15 minutes) or
 * the access token (5 minutes) ends, plus one sweep (a minute). Offers without claims are kept a day to answer repeats.
 * An issued credential's place, type, time and the keyed digest of its label are kept until 30 days after its expiry.
 */
export class Issuer implements AsyncDisposable {
  readonly #ports: FullPorts & { readonly bounds: IssuerBounds };
  readonly #rooms: ReadonlyMap<string, Room>;
  /** How far each tenant's replaced credentials were looked at. */
  readonly #looked = new Map<string, string>();
  /** What went wrong last as it followed: at most one for each tenant. */
  readonly #told = new Map<string, string>();
  readonly #stop: AbortController;
  readonly #running: Promise<void>;
  readonly #unsubscribe: () => void;

  /** For `createIssuer`. */
  constructor(
    ports: FullPorts & { readonly bounds: IssuerBounds },
    rooms: ReadonlyMap<string, Room>,
    stop: AbortController,
  ) {
    this.#ports = ports;
    this.#rooms = rooms;
    this.#stop = stop;
    this.#unsubscribe = ports.follower.subscribe(() => this.#follow());
    this.#running = this.#run();
  }

  readTenants(): readonly string[] {
    return [...this.#rooms.keys()];
  }

  // Operators

  /** As `createOffer`; also throws `issuance.not-accredited` when the network is known to refuse what is offered. */
  async createOffer(tenantId: string, request: OfferRequest, idempotencyKey?: string): Promise<OfferMade> {
    return createOffer(this.#ports, this.#offering(tenantId, request.type), request, idempotencyKey);
  }

  /** As `createOffers`; throws as `createOffer` does. */
  async createOffers(
    tenantId: string,
    request: Pick<OfferRequest, 'type' | 'txCode' | 'openForMs'>,
    rows: readonly OfferRow[],
  ): Promise<readonly OfferRowAnswer[]> {
    return createOffers(this.#ports, this.#offering(tenantId, request.type), request, rows);
  }

  #offering(tenantId: string, type: string): Tenant {
    const { tenant } = this.#room(tenantId);
    const found = typeOf(tenant, type);
    const { follower } = this.#ports;
    if (found !== undefined && follower.view() !== undefined) assertAccredited(follower, tenant, found);
    return tenant;
  }

  /** What the code of an offer opens, by its digest. */
  async findOwn(person: string): Promise<OwnOffer | undefined> {
    const { store, clock, bounds } = this.#ports;
    const found = await readOwnOffer(store, person, clock.now(), bounds.issuedMemoryMs);
    const tenant = this.#rooms.get(found?.tenant ?? '')?.tenant;
    const type = found === undefined || tenant === undefined ? undefined : typeOf(tenant, found.type);
    if (found === undefined || tenant === undefined || type === undefined) return found;
    return { ...found, vct: vctOf(tenant, type) };
  }

  /** Credentials issued under an operator's label, newest first, at most 500. */
  async readIssued(tenantId: string, label: string): Promise<readonly IssuedView[]> {
    const { tenant } = this.#room(tenantId);
    const found = await this.#ports.store.readIssued(tenantId, labelDigest(tenant, label));
    return found.map(({ id, list, index, type, issuedAt }) => ({ id, list, index, type, issuedAt }));
  }

  /** The digest under which an operator's label is kept; undefined for a tenant that is not here. */
  digestOfLabel(tenantId: string, label: string): string | undefined {
    const room = this.#rooms.get(tenantId);
    return room === undefined ? undefined : labelDigest(room.tenant, label);
  }

  /** Revoked wrongly, as cases have found: whose holder may be given another, and who has been. At most `MAX_ISSUED_PER_READ`. */
  readReinstatements(tenantId: string): Promise<readonly Reinstatement[]> {
    return readReinstatements(this.#ports, this.#room(tenantId).tenant);
  }

  /** What is not taken up yet of them, as crossings. */
  async handoffs(): Promise<OpenHandoffs> {
    const rooms = [...this.#rooms.values()];
    const found = await Promise.all(rooms.map(({ tenant }) => reinstatementHandoffs(this.#ports, tenant)));
    return { handoffs: found.flat(), more: 0 };
  }

  /** A credential key for officers to name by `rotate`; once they have, it signs, and the one before ends when they say so. */
  async prepareKey(tenantId: string): Promise<Pick<CredentialKey, 'kid' | 'key'>> {
    const { kid, key } = await this.#room(tenantId).lists.prepareKey();
    return { kid, key };
  }

  /** Which of its keys signs its statements, and the next one for officers to name. */
  statementKeys(tenantId: string): RoleKeys {
    return this.#room(tenantId).tenant.statementKeys;
  }

  readLists(tenantId: string): ListsReport {
    return this.#room(tenantId).lists.report();
  }

  /** Resolves once credentials can be issued; throws why they cannot. */
  async awaitReady(tenantId: string): Promise<void> {
    const { lists } = this.#room(tenantId);
    await lists.ensure();
    lists.assertUsable();
  }

  // Wallets

  readOffer(tenantId: string, link: string): Promise<JsonObject> {
    return readOfferOfLink(this.#ports, this.#room(tenantId).tenant, link);
  }

  redeemCode(tenantId: string, request: TokenRequest): Promise<TokenResponse> {
    return redeemCode(this.#ports, this.#room(tenantId).tenant, request);
  }

  createNonce(tenantId: string): { readonly c_nonce: string } {
    const { clock, entropy, bounds } = this.#ports;
    const { secrets } = this.#room(tenantId).tenant;
    return { c_nonce: createNonce(secrets, entropy.bytes(NONCE_RANDOM_BYTES), clock.now() + bounds.nonceLifeMs) };
  }

  issueCredentials(tenantId: string, token: string, body: unknown): Promise<CredentialResponse> {
    const { tenant, lists } = this.#room(tenantId);
    const issued = issueCredentials(this.#ports, tenant, lists, token, body);
    issued.catch((error: unknown) => this.#ports.signals.credentialRefused({ issuer: tenantId, why: codeOf(error) }));
    return issued;
  }

  receiveNotification(tenantId: string, token: string, body: unknown): Promise<void> {
    return receiveNotification(this.#ports, this.#room(tenantId).tenant, token, body);
  }

  /** What a presentation has to be made for that asks for another credential. */
  challenge(tenantId: string): Promise<Challenge> {
    return challengesOf(this.#ports, this.#room(tenantId).tenant).create();
  }

  /** See `offerReinstated`. */
  reinstate(tenantId: string, ask: ReinstatementAsk): Promise<OfferMade> {
    return offerReinstated(this.#ports, this.#room(tenantId).tenant, ask);
  }

  // Everybody

  readIssuerMetadata(tenantId: string): JsonObject {
    return issuerMetadata(this.#room(tenantId).tenant, this.#ports.bounds.maxCopies);
  }

  readAuthorizationServerMetadata(tenantId: string): JsonObject {
    return authorizationServerMetadata(this.#room(tenantId).tenant);
  }

  async readJwtVcIssuerMetadata(tenantId: string): Promise<JsonObject> {
    const { tenant, lists } = this.#room(tenantId);
    return jwtVcIssuerMetadata(tenant, await lists.readKeys());
  }

  /** Throws `issuer.type-unknown`. */
  readTypeMetadata(tenantId: string, typeId: string, version: string): JsonObject {
    const { tenant } = this.#room(tenantId);
    const type = typeOf(tenant, typeId);
    if (type?.version === version) return typeMetadata(tenant, type);
    throw new CodedError('issuer.type-unknown', 'This issuer has no such type in this version.');
  }

  /** Throws `issuer.list-unknown`, also for a list that is not published yet. */
  readListToken(tenantId: string, number: number): ListToken {
    const token = this.#room(tenantId).lists.readToken(number);
    if (token !== undefined) return token;
    throw new CodedError('issuer.list-unknown', 'This issuer has published no such status list.');
  }

  /** The same list as a Bitstring Status List, for `revocation` or `suspension`. Throws as `readListToken`. */
  async readBitstring(tenantId: string, number: number, purpose: string): Promise<ListToken> {
    const { bitstrings } = this.#room(tenantId);
    const isKnown = purpose === 'revocation' || purpose === 'suspension';
    const list = isKnown ? await bitstrings.read(number, purpose) : undefined;
    if (list !== undefined) return list;
    throw new CodedError('issuer.list-unknown', 'This issuer has published no such status list.');
  }

  readListUris(tenantId: string): readonly string[] {
    return this.#room(tenantId).lists.readUris();
  }

  /** What the issuers of this network anchor their certificates in, as the network knows them: PEM (RFC 7468). */
  readAnchors(): string {
    const parties = [...(this.#ports.follower.view()?.parties.values() ?? [])];
    const anchors = new Set(parties.flatMap(({ kind, anchors: own }) => (kind === 'issuer' ? (own ?? []) : [])));
    return [...anchors].map(toPem).join('');
  }

  /** Stops its rounds and waits for the one under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    this.#stop.abort(new CodedError('issuer.stopped', 'The issuer is stopping.'));
    await this.#running;
  }

  /** Throws `issuer.tenant-unknown`. */
  #room(tenantId: string): Room {
    const room = this.#rooms.get(tenantId);
    if (room !== undefined) return room;
    throw new CodedError('issuer.tenant-unknown', 'There is no such issuer here.');
  }

  /** A signature that fails now is made in the next round; the old token stays, and grows old. */
  #follow(): void {
    for (const [id, { lists }] of this.#rooms) {
      const tell = (error: unknown) => this.#tell(eventOf(error, id));
      lists.publish().then(() => this.#told.delete(id), tell);
      lists.followKeys().catch(tell);
    }
  }

  /** Met again with each epoch, the same trouble is told once. */
  #tell(event: IssuerEvent): void {
    const { code, tenant = '' } = event;
    if (this.#told.get(tenant) !== code) this.#ports.report(event);
    this.#told.set(tenant, code);
  }

  async #run(): Promise<void> {
    const { clock, bounds } = this.#ports;
    const { signal } = this.#stop;
    let sweepAt = clock.monotonic();
    while (!signal.aborted) {
      // What failed stands in each list's report and is tried again in the next round.
      await Promise.allSettled([...this.#rooms.values()].map((room) => this.#tend(room)));
      if (clock.monotonic() >= sweepAt) {
        await this.#sweep(signal);
        sweepAt = clock.monotonic() + bounds.sweepMs;
      }
      await clock.sleep(bounds.tickMs, signal).catch(() => undefined);
    }
  }

  async #tend({ lists, tenant }: Room): Promise<void> {
    await lists.tend();
    try {
      const round = await endSuccessors(this.#ports, tenant, this.#looked.get(tenant.id) ?? '');
      this.#looked.set(tenant.id, round.after);
      if (round.ended > 0) {
        const detail = `${round.ended} ended, because what they replaced was revoked.`;
        this.#ports.report({ code: 'issuer.successors-ended', detail, tenant: tenant.id });
        this.#ports.signals.successorsEnded({ issuer: tenant.id, count: round.ended });
      }
    } catch (error) {
      this.#ports.report(eventOf(error, tenant.id));
    }
  }

  async #sweep(signal: AbortSignal): Promise<void> {
    const { store, clock } = this.#ports;
    try {
      while (!signal.aborted && (await store.sweep(clock.now(), SWEEP_LIMIT)) >= SWEEP_LIMIT);
    } catch (error) {
      // What is due stays due and is swept in a later round.
      this.#ports.report(eventOf(error));
    }
  }
}

/**
 * Opens the issuer role: reads its lists, publishes what its follower has read, and begins its rounds. Does not wait for
 * the network: `awaitReady` does. Throws `issuer.config`, `issuer.key-unsupported`, or what the store and signer throw.
 */
export async function createIssuer(given: IssuerPorts): Promise<Issuer> {
  assertIssuerConfig(given.config);
  const { report = () => undefined, compress = compressInThread, signals = SILENT } = given;
  const ports = { ...given, report, compress, signals, bounds: { ...DEFAULT_ISSUER_BOUNDS, ...given.bounds } };
  const { config, store, sealer, entropy, signer } = ports;
  const stop = new AbortController();
  const rooms = new Map<string, Room>();
  for (const tenantConfig of config.tenants) {
    const context = `issuer secret ${tenantConfig.id}`;
    const drawn = await sealer.seal(entropy.bytes(SECRET_BYTES), context);
    const secret = await sealer.open(await store.keepSecret(tenantConfig.id, drawn), context);
    const tenant = await createTenant(config.origin, tenantConfig, createTenantSecrets(secret), signer, given);
    const lists = new Lists(ports, tenant, stop.signal);
    await lists.load();
    rooms.set(tenant.id, { tenant, lists, bitstrings: createBitstringLists(ports, tenant, lists) });
  }
  return new Issuer(ports, rooms, stop);
}

const deflateInThread = promisify(deflate);

async function compressInThread(packed: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await deflateInThread(packed));
}

function codeOf(error: unknown): string {
  return isCodedError(error) ? error.code : 'internal';
}

function toPem(base64: string): string {
  const lines = base64.match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
