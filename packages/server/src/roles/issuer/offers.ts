import {
  CodedError,
  canonicalJson,
  createCredentialDraft,
  encodeBase64url,
  encodeCredential,
  encodeId,
  encodePersonCode,
  encodeUtf8,
  entropyForCredential,
  isCodedError,
  type JsonObject,
  parseBase64url,
  personCodeDigest,
} from '@holdfast/core';
import type { Clock } from '../../ports/clock.ts';
import type { Entropy } from '../../ports/entropy.ts';
import type { IssuerStore, Offer } from '../../ports/issuer-store.ts';
import type { Sealer } from '../../ports/sealer.ts';
import type { Signals } from '../../seeing/signals.ts';
import type { IssuerBounds, TypeConfig } from './config.ts';
import { PRE_AUTHORIZED_GRANT } from './metadata.ts';
import type { IssuerFollower } from './neighbours.ts';
import { findReplaced } from './replacing.ts';
import { txCodeOf } from './secrets.ts';
import { type Tenant, typeOf, vctOf } from './tenant.ts';

export type OfferRequest = {
  readonly type: string;
  readonly claims: JsonObject;
  /** Ask the person for a code that the operator hands over on another way. */
  readonly txCode?: boolean;
  /** The operator's own word for the person, to find the credential again. Only its keyed digest is kept. */
  readonly label?: string;
  /** Id of an issued credential: it ends, with all that were issued with it, when what is offered here is issued. */
  readonly replaces?: string;
  /** How long it may be taken up, in milliseconds; never longer than what replaces another. The issuer's default when absent. */
  readonly openForMs?: number;
};

/** What follows from a ruling and not from an operator's request: digests, as they are kept. */
export type RuledOffer = { readonly reinstates: string; readonly label?: string };

/** `offerUri` and `txCode` are secrets: they go to the person, on two different ways. */
export type OfferMade = {
  readonly id: string;
  readonly offerUri: string;
  readonly txCode?: string;
  /** Opens the page of whoever it is for; no wallet needs it. */
  readonly person: string;
};

type Ports = {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly store: IssuerStore;
  readonly sealer: Sealer;
  readonly bounds: IssuerBounds;
  readonly follower: IssuerFollower;
  readonly signals: Signals;
};

const ID_BYTES = 16;
const SEED_BYTES = 32;

/** One person of many: `key` names the offer, as an idempotency key does. */
export type OfferRow = { readonly key: string; readonly claims: JsonObject; readonly label?: string };
/** What became of a row. `isRepeat`: it was offered before, and what was answered then is said again. */
export type OfferRowAnswer = { readonly key: string } & (
  | { readonly offer: OfferMade; readonly isRepeat: boolean }
  | { readonly refused: { readonly code: string; readonly detail: string } }
);

/** What is wrong with one row and with no other. */
const ROW_CODES: ReadonlySet<string> = new Set(['offer.claims', 'offer.repeated-differently']);

/**
 * Makes an offer for each row, one after the other: a bad row is told and passed over. Throws what holds for all of them, as
 * `createOffer`; what was offered until then stands, and is said again when the rows are sent again.
 */
export async function createOffers(
  ports: Ports,
  tenant: Tenant,
  request: Omit<OfferRequest, 'claims' | 'label' | 'replaces'>,
  rows: readonly OfferRow[],
): Promise<readonly OfferRowAnswer[]> {
  const answers: OfferRowAnswer[] = [];
  for (const { key, ...row } of rows) {
    try {
      const { isRepeat, ...offer } = await makeOffer(ports, tenant, { ...request, ...row }, key);
      answers.push({ key, offer, isRepeat });
    } catch (error) {
      if (!isCodedError(error) || !ROW_CODES.has(error.code)) throw error;
      answers.push({ key, refused: { code: error.code, detail: error.message } });
    }
  }
  return answers;
}

/**
 * Makes an offer, or repeats the answer to an earlier request with the same idempotency key: link and code are derived
 * from that key (else from fresh entropy) and the tenant's secret, so they can be said again without being kept.
 * Throws `offer.replaces-unknown`, `offer.replaces-not-allowed`, `offer.type-unknown`, `offer.claims`, `offer.repeated-differently`, `offer.too-many`.
 */
export async function createOffer(
  ports: Ports,
  tenant: Tenant,
  request: OfferRequest,
  idempotencyKey?: string,
  ruled?: RuledOffer,
): Promise<OfferMade> {
  const { isRepeat: _, ...made } = await makeOffer(ports, tenant, request, idempotencyKey, ruled);
  return made;
}

async function makeOffer(
  ports: Ports,
  tenant: Tenant,
  request: OfferRequest,
  idempotencyKey?: string,
  ruled?: RuledOffer,
): Promise<OfferMade & { readonly isRepeat: boolean }> {
  const { clock, entropy, store, sealer, bounds } = ports;
  const { secrets } = tenant;
  const type = typeOf(tenant, request.type);
  if (type === undefined) {
    throw new CodedError('offer.type-unknown', `${tenant.id} issues no credential of this type.`, {
      known: tenant.config.types.map(({ id }) => id),
    });
  }
  const claims = assertClaims(tenant, type, request.claims, ports);
  const random = () => encodeBase64url(entropy.bytes(SEED_BYTES));
  const seed = idempotencyKey === undefined ? ['random', random()] : ['key', idempotencyKey];
  const link = secrets.digest('offer link', ...seed);
  const code = codeOf(tenant, link);
  const person = encodePersonCode('credential', parseBase64url(secrets.digest('offer person', ...seed)));
  const id = encodeId(entropy.bytes(ID_BYTES));
  const now = clock.now();
  const { replaces } = request;
  const replaced =
    replaces === undefined ? undefined : await findReplaced(ports, tenant, { id: replaces, type: type.id });
  const isLong = replaced !== undefined || ruled !== undefined;
  const until = now + (isLong ? bounds.replacingLifeMs : lifeOf(request, bounds));
  const txCode = request.txCode === true ? txCodeOf(secrets.mac('offer tx code', ...seed)) : undefined;
  const asked = secrets.digest('offer request', ...seed, canonicalJson({ ...request, txCode: txCode !== undefined }));
  const answer = await store.appendOffer(
    {
      tenant: tenant.id,
      id,
      seed: secrets.digest('offer seed', ...seed),
      request: asked,
      link: secrets.digest('link', link),
      code: secrets.digest('code', code),
      ...(txCode === undefined ? {} : { txCode: secrets.digest('tx code', code, txCode) }),
      type: type.id,
      ...(request.label === undefined ? {} : { label: labelDigest(tenant, request.label) }),
      ...(ruled?.label === undefined ? {} : { label: ruled.label }),
      ...(ruled === undefined ? {} : { reinstates: ruled.reinstates }),
      ...(replaced === undefined ? {} : { replaces: replaced }),
      person: personCodeDigest(person),
      claims: await sealer.seal(encodeUtf8(claims), claimsContext(tenant.id, secrets.digest('link', link))),
      until,
      forgetAt: until + bounds.offerMemoryMs,
    },
    bounds.maxOpenOffers,
  );
  if (answer === 'full') {
    throw new CodedError('offer.too-many', `${tenant.id} has ${bounds.maxOpenOffers} offers that nobody has taken up.`);
  }
  if (answer.offer.request !== asked) {
    throw new CodedError('offer.repeated-differently', 'This Idempotency-Key was used for another offer.');
  }
  // One that is repeated was told when it was made.
  if (answer.offer.id === id) tellOffered(ports, tenant, type.id, ruled !== undefined);
  const reference = `${tenant.issuer}/offers/${link}`;
  const offerUri = `openid-credential-offer://?credential_offer_uri=${encodeURIComponent(reference)}`;
  const made = { id: answer.offer.id, offerUri, person, ...(txCode === undefined ? {} : { txCode }) };
  return { ...made, isRepeat: !answer.created };
}

function lifeOf({ openForMs }: OfferRequest, { offerLifeMs, replacingLifeMs }: IssuerBounds): number {
  return openForMs === undefined ? offerLifeMs : Math.min(openForMs, replacingLifeMs);
}

function tellOffered({ signals }: Ports, { id: issuer }: Tenant, type: string, isReinstating: boolean): void {
  signals.credentialOffered({ issuer, type });
  if (isReinstating) signals.reinstatementOffered({ issuer });
}

/** The context that claims are sealed under: moved to another offer they do not open. */
export function claimsContext(tenant: string, link: string): string {
  return `issuer claims ${tenant} ${link}`;
}

export function labelDigest(tenant: Tenant, label: string): string {
  return tenant.secrets.digest('label', label);
}

/** Whoever has the link may have the code: the link is how the wallet is told. */
function codeOf(tenant: Tenant, link: string): string {
  return tenant.secrets.digest('offer code', link);
}

/** What the wallet reads behind the link (OpenID4VCI 1.0 section 4.1). Throws `offer.gone`. */
export async function readOfferOfLink({ clock, store }: Ports, tenant: Tenant, link: string): Promise<JsonObject> {
  const offer = await store.readOffer(tenant.id, { link: tenant.secrets.digest('link', link) });
  if (offer === undefined || !isOpen(offer, clock.now())) {
    throw new CodedError('offer.gone', 'This offer does not exist, has ended, or was taken up already.');
  }
  const txCode = { input_mode: 'numeric', length: 6, description: 'The code you were given with this offer' };
  const grant = { 'pre-authorized_code': codeOf(tenant, link) };
  return {
    credential_issuer: tenant.issuer,
    credential_configuration_ids: [offer.type],
    grants: { [PRE_AUTHORIZED_GRANT]: offer.txCode === undefined ? grant : { ...grant, tx_code: txCode } },
  };
}

export function isOpen(offer: Offer, nowMs: number): boolean {
  return offer.state === 'open' && nowMs < offer.until;
}

/** Answers with the claims as text. What is offered can be issued and read again by a strict verifier, or is refused here. */
function assertClaims(tenant: Tenant, type: TypeConfig, claims: JsonObject, { entropy, bounds }: Ports): string {
  const declared = new Set(type.claims.map(({ name }) => name));
  const unknown = Object.keys(claims).filter((name) => !declared.has(name));
  if (unknown.length > 0) throw refusal('A claim is not one that this type declares.', { known: [...declared] });
  const missing = type.claims.filter(({ name, mandatory }) => mandatory && !Object.hasOwn(claims, name));
  if (missing.length > 0) throw refusal('A mandatory claim is missing.', { missing: missing.map(({ name }) => name) });
  try {
    const text = canonicalJson(claims);
    if (text.length > bounds.maxClaimsLength) throw refusal(`Claims are at most ${bounds.maxClaimsLength} characters.`);
    const disclosable = Object.keys(claims);
    const draft = createCredentialDraft({
      header: { alg: 'ES256', kid: tenant.keys.first.kid, x5c: tenant.keys.first.x5c },
      claims: { ...claims, iss: tenant.issuer, vct: vctOf(tenant, type) },
      disclosable,
      salts: entropy.bytes(entropyForCredential(disclosable.length)),
    });
    encodeCredential(draft.signingInput, new Uint8Array(64), draft.disclosures);
    return text;
  } catch (error) {
    if (!isCodedError(error) || error.code === 'offer.claims') throw error;
    throw new CodedError('offer.claims', error.message, {}, error);
  }
}

function refusal(sentence: string, details: Readonly<Record<string, unknown>> = {}): CodedError {
  return new CodedError('offer.claims', sentence, details);
}
