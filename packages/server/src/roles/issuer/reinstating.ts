import { bindingDigest, CodedError, type Handoff, isOpenCase, type JsonObject } from '@holdfast/core';
import type { SignatureEngine } from '@holdfast/verifier';
import type { Clock } from '../../ports/clock.ts';
import type { Entropy } from '../../ports/entropy.ts';
import { type IssuedCredential, type IssuerStore, MAX_ISSUED_PER_READ } from '../../ports/issuer-store.ts';
import type { Sealer } from '../../ports/sealer.ts';
import { type Challenges, createChallenges } from '../../presenting/challenges.ts';
import { type Holder, verifyHolder } from '../../presenting/holder.ts';
import type { Signals } from '../../seeing/signals.ts';
import type { IssuerBounds } from './config.ts';
import type { IssuerFollower } from './neighbours.ts';
import { createOffer, type OfferMade } from './offers.ts';
import { type Tenant, typeOf } from './tenant.ts';

export type ReinstatingPorts = {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly sealer: Sealer;
  readonly store: IssuerStore;
  readonly engine: SignatureEngine;
  readonly follower: IssuerFollower;
  readonly bounds: IssuerBounds;
  readonly signals: Signals;
};

export type ReinstatementAsk = {
  /** The revoked credential with all that it attests, bound by its holder to a challenge of this issuer. */
  readonly presentation: string;
  /** Where officers decided it and not a case: the salt of the target in their decision, which the desk opens to its holder. */
  readonly salt?: string;
};

/** One that a case has reinstated. `open`: nobody has asked for it yet. */
export type Reinstatement = {
  readonly case: string;
  /** Unix milliseconds: when it was found. */
  readonly since: number;
  readonly state: 'open' | 'issued' | 'forgotten';
  /** The one that was revoked, and the one that came for it. */
  readonly revoked?: string;
  readonly issued?: string;
};

type Place = { readonly list: string; readonly index: number };

/** What a holder signs to ask this tenant for another credential. */
export function challengesOf(ports: ReinstatingPorts, tenant: Tenant): Challenges {
  return createChallenges({ ...ports, audience: tenant.issuer }, `reinstatement-challenge ${tenant.id}`);
}

/**
 * Offers another credential to whoever shows the one that the log says was revoked wrongly. The issuer keeps no claims of
 * anybody, so it attests again what it reads of its own in what is shown. One exception, one credential: the same again is
 * told the same offer until it is taken up. Throws `reinstatement.presentation`, `reinstatement.missing`,
 * `reinstatement.taken`, and what `createOffer` throws.
 */
export async function offerReinstated(
  ports: ReinstatingPorts,
  tenant: Tenant,
  { presentation, salt }: ReinstatementAsk,
): Promise<OfferMade> {
  const { store, follower } = ports;
  const { place, credential } = await holderOf(ports, tenant, presentation);
  const target = { list: place.list, index: place.index };
  const digest = bindingDigest(
    salt === undefined ? { of: 'credential', ...target } : { salt, kind: 'target', value: target },
  );
  const issued = await store.findIssuedAt(tenant.id, place.list, place.index);
  const type = issued === undefined ? undefined : typeOf(tenant, issued.type);
  const isRuled = follower.state.exceptions.get(digest)?.kind === 'reinstatement';
  if (!isRuled || issued === undefined || type === undefined) throw missing();
  const reinstates = digestOf(tenant, place);
  if ((await store.findReinstated(tenant.id, reinstates)) !== undefined) throw taken();
  const claims = Object.fromEntries(
    type.claims.flatMap(({ name }) =>
      Object.hasOwn(credential.claims, name) ? [[name, credential.claims[name]]] : [],
    ),
  ) as JsonObject;
  const { label } = issued;
  const ruled = { reinstates, ...(label === undefined ? {} : { label }) };
  return createOffer(ports, tenant, { type: type.id, claims }, `reinstatement ${reinstates}`, ruled);
}

async function holderOf(ports: ReinstatingPorts, tenant: Tenant, presentation: string): Promise<Holder> {
  const { follower, engine, clock } = ports;
  const view = follower.view();
  const challenges = challengesOf(ports, tenant);
  const state = view === undefined ? undefined : { ...view, time: view.position.time };
  const holder =
    state === undefined
      ? { why: 'the network has not been read yet' }
      : await verifyHolder(presentation, { state, engine, challenges, now: clock.now() });
  if (!('key' in holder)) {
    const details = holder.because === undefined ? {} : { because: holder.because };
    throw new CodedError(
      'reinstatement.presentation',
      `This credential does not show whom to give another: ${holder.why}.`,
      details,
    );
  }
  if (view?.lists.get(holder.place.list)?.issuer === tenant.issuer) return holder;
  throw missing();
}

/** The same words whether it was never ruled or is not known any more: whoever holds it learns nothing of others. */
function missing(): CodedError {
  return new CodedError(
    'reinstatement.missing',
    'The log does not say that this credential may be given again, or this issuer did not issue it.',
  );
}

function taken(): CodedError {
  return new CodedError('reinstatement.taken', 'Another credential was issued for this one already.');
}

function digestOf(tenant: Tenant, { list, index }: Place): string {
  return tenant.secrets.digest('reinstates', list, index);
}

/** What cases have found, as long as the fold keeps them (92 days); an exception without its case names nobody. */
export async function readReinstatements(ports: ReinstatingPorts, tenant: Tenant): Promise<readonly Reinstatement[]> {
  const { store } = ports;
  const found = casesOf(ports, tenant).slice(0, MAX_ISSUED_PER_READ);
  return Promise.all(
    found.map(async ({ id, since, place }): Promise<Reinstatement> => {
      const before = await store.findIssuedAt(tenant.id, place.list, place.index);
      const after = await store.findReinstated(tenant.id, digestOf(tenant, place));
      return { case: id, since, state: stateOf(before, after), ...idOf('revoked', before), ...idOf('issued', after) };
    }),
  );
}

function stateOf(before: IssuedCredential | undefined, after: IssuedCredential | undefined): Reinstatement['state'] {
  if (after !== undefined) return 'issued';
  return before === undefined ? 'forgotten' : 'open';
}

function idOf<Name extends string>(name: Name, one: IssuedCredential | undefined): { readonly [key in Name]?: string } {
  return (one === undefined ? {} : { [name]: one.id }) as { readonly [key in Name]?: string };
}

function casesOf({ follower }: Pick<ReinstatingPorts, 'follower'>, tenant: Tenant) {
  const view = follower.view();
  const { docket, exceptions } = follower.state;
  return [...docket.cases.values()].flatMap((record) => {
    const { id, since, remedy, target, finding } = record;
    if (isOpenCase(record) || remedy !== 'reinstate' || finding?.upheld !== true || target?.of !== 'credential')
      return [];
    const isOurs = view?.lists.get(target.list)?.issuer === tenant.issuer;
    const isRuled = exceptions.get(bindingDigest(target))?.kind === 'reinstatement';
    return isOurs && isRuled ? [{ id, since, place: { list: target.list, index: target.index } }] : [];
  });
}

/** What waits for its holder: the issuer owns it until a wallet has it. */
export async function reinstatementHandoffs(ports: ReinstatingPorts, tenant: Tenant): Promise<readonly Handoff[]> {
  const open = (await readReinstatements(ports, tenant)).filter(({ state }) => state === 'open');
  if (open.length === 0) return [];
  const since = Math.min(...open.map((one) => one.since));
  const crossing = { what: 'exception', of: tenant.issuer, giver: 'governor', receiver: 'holder' } as const;
  return [{ ...crossing, owner: tenant.issuer, count: open.length, since, next: 'taken-up' }];
}
