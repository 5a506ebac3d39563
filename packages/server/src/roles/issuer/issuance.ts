import {
  CodedError,
  createCredentialDraft,
  encodeCredential,
  encodeId,
  encodeUtf8,
  entropyForCredential,
  type JsonObject,
  type NetworkView,
  networkIssuerKey,
  type PublicJwk,
  parseJsonObject,
  parseUtf8,
  thumbprint,
} from '@holdfast/core';
import type { SignatureEngine } from '@holdfast/verifier';
import type { Clock } from '../../ports/clock.ts';
import type { Entropy } from '../../ports/entropy.ts';
import type { Copy, IssuerStore, Offer } from '../../ports/issuer-store.ts';
import type { Network } from '../../ports/network.ts';
import type { Sealer } from '../../ports/sealer.ts';
import { handleOf } from '../../seeing/handles.ts';
import type { Signals } from '../../seeing/signals.ts';
import type { IssuerBounds, TypeConfig } from './config.ts';
import { parseCredentialRequest } from './credential-request.ts';
import type { Lists } from './lists.ts';
import type { IssuerFollower, IssuerSigner } from './neighbours.ts';
import { readNonce } from './nonces.ts';
import { claimsContext } from './offers.ts';
import { type KeyProof, parseKeyProof } from './proofs.ts';
import { assertReplaceable, endReplaced, refreshDigest, refreshTokenOf } from './replacing.ts';
import { isSameDigest } from './secrets.ts';
import { type Tenant, typeOf, vctOf } from './tenant.ts';
import { tokenDigest } from './tokens.ts';

export type IssuancePorts = {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly store: IssuerStore;
  readonly sealer: Sealer;
  readonly signer: IssuerSigner;
  readonly engine: SignatureEngine;
  readonly follower: IssuerFollower;
  readonly network: Pick<Network, 'append'>;
  readonly bounds: IssuerBounds;
  readonly signals: Signals;
};

/** A Credential Response (OpenID4VCI 1.0 section 8.3). */
export type CredentialResponse = {
  readonly credentials: readonly { readonly credential: string }[];
  readonly notification_id: string;
};

const DAY_MS = 86_400_000;
const ID_BYTES = 16;

/**
 * Issues one copy for each key that was proved. One offer gives its credentials once. Asked again with the same keys and
 * fresh proofs while the token lives and nobody has reported receipt, it gives the same copies (same keys, same
 * indices), so that a lost answer loses nothing; asked with other keys it gives nothing, unless it replaces what has ended.
 *
 * Throws `issuance.token-invalid`, `issuance.denied`, `issuance.not-accredited`, `issuance.unavailable`,
 * `issuance.configuration-unknown`, `issuance.nonce-invalid`, and what `parseCredentialRequest` and `parseKeyProof` throw.
 */
export async function issueCredentials(
  ports: IssuancePorts,
  tenant: Tenant,
  lists: Lists,
  token: string,
  body: unknown,
): Promise<CredentialResponse> {
  const offer = await findOffer(ports, tenant, token);
  const request = parseCredentialRequest(body, ports.bounds.maxCopies);
  const type = typeOf(tenant, request.configuration);
  if (type === undefined) {
    throw new CodedError('issuance.configuration-unknown', 'This issuer has no such credential configuration.');
  }
  if (offer.type !== type.id) throw new CodedError('issuance.denied', 'The offer was for another credential.');
  const proofs = await verifyProofs(ports, tenant, request.proofs);
  if (offer.claims === undefined) {
    throw new CodedError('issuance.denied', 'What was offered here has been received already.');
  }
  // Whatever stands in the way is found before a nonce or an index is used up.
  assertAccredited(ports.follower, tenant, type);
  expiryOf(ports.clock.now(), type, lists.certifiedUntil());
  if (offer.copies === undefined) lists.assertUsable();
  if (offer.replaces !== undefined) await assertReplaceable(ports, tenant, offer.replaces);
  await useNonces(ports, tenant, proofs);
  const keys = proofs.map(({ key }) => key);
  const copies = offer.copies ?? (await place(ports, tenant, { lists, offer, type, keys }));
  // The new one has its place by now, and is given out only once the older one has ended.
  if (offer.replaces !== undefined) await endReplaced(ports, tenant, offer.replaces);
  const claims = await openClaims(ports, tenant, offer);
  const credentials = await Promise.all(
    matchCopies(copies, keys, offer.replaces !== undefined).map((copy) =>
      signCopy(ports, tenant, lists, { ...copy, claims, type }),
    ),
  );
  return {
    credentials: credentials.map((credential) => ({ credential })),
    notification_id: tenant.secrets.digest('notification', offer.id),
  };
}

/** The offer behind an access token. Throws `issuance.token-invalid`. */
async function findOffer({ clock, store }: IssuancePorts, tenant: Tenant, token: string): Promise<Offer> {
  const offer = await store.readOffer(tenant.id, { token: tokenDigest(tenant, token) });
  if (offer !== undefined && clock.now() < offer.until) return offer;
  throw new CodedError('issuance.token-invalid', 'This access token is unknown here or has ended.');
}

async function verifyProofs(
  ports: IssuancePorts,
  tenant: Tenant,
  texts: readonly string[],
): Promise<readonly KeyProof[]> {
  const { clock, bounds, engine } = ports;
  const nowMs = clock.now();
  const expected = { audience: tenant.issuer, nowMs, maxAgeMs: bounds.proofAgeMs, skewMs: bounds.proofSkewMs };
  const proofs = texts.map((text) => parseKeyProof(text, expected));
  // Copies under one key could be linked by it, and the second would be of no use.
  if (new Set(proofs.map(({ key }) => thumbprint(key))).size !== proofs.length) {
    throw new CodedError('issuance.proof-invalid', 'Two proofs are for one key; each copy has a key of its own.');
  }
  for (const { nonce } of proofs) {
    const expiresAtMs = readNonce(tenant.secrets, nonce);
    if (expiresAtMs === undefined || expiresAtMs <= nowMs) throw nonceInvalid();
  }
  const results = await engine.verify(proofs.map(({ check }) => check));
  if (results.length !== proofs.length || results.some((result) => !result)) {
    throw new CodedError('issuance.proof-invalid', 'A key proof is not signed by the key that it names.');
  }
  return proofs;
}

/** After everything else was checked: a request that fails for another reason may be repeated with its proofs. */
async function useNonces(
  { store, clock, bounds }: IssuancePorts,
  tenant: Tenant,
  proofs: readonly KeyProof[],
): Promise<void> {
  const nonces = [...new Set(proofs.map(({ nonce }) => tenant.secrets.digest('used nonce', nonce)))];
  if (!(await store.useNonces(tenant.id, nonces, clock.now() + bounds.nonceLifeMs))) throw nonceInvalid();
}

function nonceInvalid(): CodedError {
  return new CodedError(
    'issuance.nonce-invalid',
    'The nonce is unknown, has ended, or was used already: get a new one.',
  );
}

/** Throws `issuance.not-accredited`: a credential that the network refuses everywhere is not handed to a person. */
export function assertAccredited(follower: IssuerFollower, tenant: Tenant, type: TypeConfig): void {
  const view = follower.view();
  if (view === undefined) {
    throw new CodedError('issuance.unavailable', 'The network has not been read yet, so no credential is issued.');
  }
  const { kid } = tenant.keys.inForce(view, tenant.issuer)[0] ?? tenant.keys.first;
  assertMaySign(view, tenant, type, kid);
}

function assertMaySign(view: NetworkView, tenant: Tenant, type: TypeConfig, kid: string): void {
  const known = networkIssuerKey({ issuer: tenant.issuer, vct: vctOf(tenant, type), header: { kid } }, view);
  if (known?.trust === 'yes') return;
  throw new CodedError(
    'issuance.not-accredited',
    `The network does not accredit ${tenant.issuer} for this type and key.`,
    {
      why: known?.why ?? 'trust.issuer_unknown',
    },
  );
}

type Placing = {
  readonly lists: Lists;
  readonly offer: Offer;
  readonly type: TypeConfig;
  readonly keys: readonly PublicJwk[];
};

/** Two requests at once both take places, and one of them is recorded: the places of the other are wasted, not reused. */
async function place(
  ports: IssuancePorts,
  tenant: Tenant,
  { lists, offer, type, keys }: Placing,
): Promise<readonly Copy[]> {
  const { clock, entropy, store, bounds } = ports;
  const places = await lists.takePlaces(keys.length);
  const copies = keys.map((key, i): Copy => {
    const { list = '', index = 0 } = places[i] ?? {};
    return { id: encodeId(entropy.bytes(ID_BYTES)), key: thumbprint(key), list, index };
  });
  const issuedAt = clock.now();
  const certifiedUntil = Math.max(...places.map(({ list }) => lists.certifiedUntil(list)));
  const forgetAt = expiryOf(issuedAt, type, certifiedUntil) + bounds.issuedMemoryMs;
  const refresh = refreshDigest(tenant, refreshTokenOf(tenant, offer.id));
  const recorded = await store.recordIssued({
    tenant: tenant.id,
    offer: offer.id,
    copies,
    refresh,
    issuedAt,
    forgetAt,
  });
  if (recorded === undefined)
    throw new CodedError('issuance.denied', 'What was offered here has been received already.');
  await tellIssued(ports, tenant, type, recorded);
  return recorded;
}

/** Copies of one batch are not told together: whoever reads it could link them. */
async function tellIssued(
  { signals, sealer, clock }: IssuancePorts,
  { id: issuer }: Tenant,
  type: TypeConfig,
  copies: readonly Copy[],
): Promise<void> {
  const [only] = copies;
  const handle = only === undefined || copies.length > 1 ? {} : { handle: await handleOf(sealer, only, clock.now()) };
  signals.credentialIssued({ issuer, type: type.id, copies: copies.length, ...handle });
}

type KeyedCopy = { readonly copy: Copy; readonly key: PublicJwk };

/**
 * Throws `issuance.denied` unless these are the keys that the copies were made for. What replaces an older one that has ended
 * may be asked for with as many other keys: whoever lost an answer, and its keys, would be left with nothing.
 */
function matchCopies(copies: readonly Copy[], keys: readonly PublicJwk[], isReplacing: boolean): readonly KeyedCopy[] {
  if (
    isReplacing &&
    copies.length === keys.length &&
    !keys.some((key) => copies.some((copy) => copy.key === thumbprint(key)))
  ) {
    return copies.flatMap((copy, i) => keys.slice(i, i + 1).map((key) => ({ key, copy })));
  }
  const matched = keys.map((key) => ({ key, copy: copies.find((copy) => copy.key === thumbprint(key)) }));
  return matched.map(({ key, copy }) => {
    if (copy !== undefined) return { key, copy };
    throw new CodedError('issuance.denied', 'What was offered here has been issued, to another key.');
  });
}

async function openClaims({ sealer }: IssuancePorts, tenant: Tenant, offer: Offer): Promise<JsonObject> {
  if (offer.claims === undefined) return {};
  return parseJsonObject(parseUtf8(await sealer.open(offer.claims, claimsContext(tenant.id, offer.link))));
}

/** Midnight UTC. Nothing finer than a day is in a credential, or it would link the copies of a batch. */
function startOfDay(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS) * DAY_MS;
}

/**
 * A credential is good for the rest of its first day and `ttlDays` whole days after; a pass, for its seconds; neither for
 * longer than its certificate. Throws `issuance.unavailable` when that leaves nothing.
 */
function expiryOf(issuedAtMs: number, { ttlDays, ttlSeconds }: TypeConfig, certifiedUntilMs: number): number {
  const isPass = ttlSeconds !== undefined;
  const wanted = isPass
    ? Math.floor(issuedAtMs / 1000 + ttlSeconds) * 1000
    : startOfDay(issuedAtMs) + (ttlDays + 1) * DAY_MS;
  if (certifiedUntilMs >= wanted) return wanted;
  const certified = startOfDay(certifiedUntilMs);
  if (certified > issuedAtMs) return certified;
  throw new CodedError('issuance.unavailable', "The issuer's certificate ends today, so no credential is issued.");
}

type Signing = KeyedCopy & { readonly claims: JsonObject; readonly type: TypeConfig };

async function signCopy(
  { clock, entropy, signer, follower }: IssuancePorts,
  tenant: Tenant,
  lists: Lists,
  { copy, key, claims, type }: Signing,
): Promise<string> {
  const list = await lists.findList(copy.list);
  if (list?.opened === undefined)
    throw new CodedError('issuance.unavailable', 'The list of this credential is not open.');
  // The place may have been taken, and its answer lost, before the key of its list ended.
  const view = follower.view();
  if (view !== undefined) assertMaySign(view, tenant, type, list.key);
  const now = clock.now();
  const disclosable = Object.keys(claims);
  const draft = createCredentialDraft({
    header: { alg: 'ES256', kid: list.key, x5c: list.x5c },
    claims: {
      ...claims,
      iss: tenant.issuer,
      iat: startOfDay(now) / 1000,
      exp: expiryOf(now, type, lists.certifiedUntil(list.uri)) / 1000,
      vct: vctOf(tenant, type),
    },
    disclosable,
    holderKey: key,
    status: { uri: list.uri, index: copy.index },
    network: list.opened,
    salts: entropy.bytes(entropyForCredential(disclosable.length)),
  });
  const signature = await signer.sign(list.keyName, encodeUtf8(draft.signingInput));
  return encodeCredential(draft.signingInput, signature, draft.disclosures);
}

const RECEIPTS = {
  credential_accepted: 'accepted',
  credential_failure: 'failure',
  credential_deleted: 'deleted',
} as const;
const NOTIFICATION_EVENTS: ReadonlySet<unknown> = new Set(Object.keys(RECEIPTS));

/**
 * The wallet's word on how it went (OpenID4VCI 1.0 section 11). Once it has the credentials, or does not want them, the
 * claims are erased; after a failure it may ask again while its token lives. Throws `issuance.token-invalid`,
 * `issuance.notification-invalid` or `issuance.notification-unknown`.
 */
export async function receiveNotification(
  ports: IssuancePorts,
  tenant: Tenant,
  token: string,
  body: unknown,
): Promise<void> {
  const offer = await findOffer(ports, tenant, token);
  const { notification_id: id, event } = (typeof body === 'object' && body !== null ? body : {}) as Record<
    string,
    unknown
  >;
  if (typeof id !== 'string' || id === '' || !NOTIFICATION_EVENTS.has(event)) {
    throw new CodedError('issuance.notification-invalid', 'A notification has a notification_id and a known event.');
  }
  if (!isSameDigest(id, tenant.secrets.digest('notification', offer.id))) {
    throw new CodedError('issuance.notification-unknown', 'No credentials were issued under this notification_id.');
  }
  if (event !== 'credential_failure') await ports.store.closeOffer(tenant.id, offer.id);
  ports.signals.credentialReceipt({ issuer: tenant.id, outcome: RECEIPTS[event as keyof typeof RECEIPTS] });
}
