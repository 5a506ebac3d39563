import { CodedError, isCodedError, type NetworkView, SUPERSEDED } from '@holdfast/core';
import type { Clock } from '../../ports/clock.ts';
import type { Entropy } from '../../ports/entropy.ts';
import type { IssuedCredential, IssuerStore } from '../../ports/issuer-store.ts';
import type { Network } from '../../ports/network.ts';
import type { IssuerBounds } from './config.ts';
import type { IssuerFollower, IssuerSigner } from './neighbours.ts';
import { signStatement } from './statements.ts';
import type { Tenant } from './tenant.ts';

export type ReplacingPorts = {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly store: IssuerStore;
  readonly signer: IssuerSigner;
  readonly network: Pick<Network, 'append'>;
  readonly follower: IssuerFollower;
  readonly bounds: IssuerBounds;
};

/** Indices in one statement. */
const MAX_INDICES = 1000;
/** Looks at the log for what another request of ours has done a moment ago. */
const MAX_LOOKS = 8;
/** Replaced credentials looked at in one round. */
const MAX_PER_ROUND = 200;

/** Whether this network lets issuers end what they have replaced. */
export function mayReplace(follower: IssuerFollower): boolean {
  return follower.view()?.rulebook?.body.supersession !== undefined;
}

/** The secret by which a wallet asks for what has come in the place of these credentials: derived, so it is not kept. */
export function refreshTokenOf(tenant: Tenant, offer: string): string {
  return tenant.secrets.digest('refresh', offer);
}

export function refreshDigest(tenant: Tenant, token: string): string {
  return tenant.secrets.digest('refresh token', token);
}

/**
 * The credentials that an offer is to replace, by the id of one of them: all that were issued with it. Throws
 * `offer.replaces-unknown`, `offer.replaces-not-allowed`.
 */
export async function findReplaced(
  { store, follower }: Pick<ReplacingPorts, 'store' | 'follower'>,
  tenant: Tenant,
  { id, type }: { readonly id: string; readonly type: string },
): Promise<string> {
  if (!mayReplace(follower)) {
    throw new CodedError('offer.replaces-not-allowed', 'The rules of this network let no issuer end what it replaces.');
  }
  const issued = await store.findIssued(tenant.id, id);
  if (issued?.refresh === undefined || issued.type !== type) {
    throw new CodedError('offer.replaces-unknown', 'No credential of this type was issued here by this id.');
  }
  return issued.refresh;
}

/** Throws `issuance.denied` for credentials that somebody else has ended or stopped: nothing comes in their place. */
export async function assertReplaceable(ports: ReplacingPorts, tenant: Tenant, refresh: string): Promise<void> {
  placesLeft(ports.follower, await ports.store.readIssuedTogether(tenant.id, refresh));
}

/**
 * Ends the credentials that are replaced, before those in their place are given out: a revocation that comes in between
 * meets them here, and then there are none. Does nothing again when it is repeated. Throws `issuance.denied`,
 * `issuance.unavailable`, and what the network throws.
 */
export async function endReplaced(ports: ReplacingPorts, tenant: Tenant, refresh: string): Promise<void> {
  const places = await ports.store.readIssuedTogether(tenant.id, refresh);
  for (let look = 0; look < MAX_LOOKS; look += 1) {
    const left = placesLeft(ports.follower, places);
    if (left.length === 0 || (await isAppended(ports, tenant, left))) return;
    // The log has another word on one of them already: this follower is about to read it.
    await readOn(ports);
  }
  throw new CodedError('issuance.unavailable', 'What became of the older credential is not known yet. Ask again.');
}

function placesLeft(follower: IssuerFollower, places: readonly IssuedCredential[]): readonly IssuedCredential[] {
  const view = follower.view();
  return places.filter((place) => {
    const value = statusOf(view, place);
    if (value === undefined)
      throw new CodedError('issuance.unavailable', 'The older credential’s list is not read yet.');
    if (value === 1) throw denied('revoked');
    if (value === 2) throw denied('suspended');
    return value !== SUPERSEDED;
  });
}

function denied(why: 'revoked' | 'suspended'): CodedError {
  return new CodedError('issuance.denied', `The older credential is ${why}, so nothing is issued in its place.`, {
    why,
  });
}

function statusOf(view: NetworkView | undefined, { list, index }: IssuedCredential): number | undefined {
  return view?.lists.get(list)?.values[index];
}

/** False where the log has read of these credentials what we have not. */
async function isAppended(
  { network }: ReplacingPorts,
  tenant: Tenant,
  places: readonly IssuedCredential[],
): Promise<boolean> {
  const statements = await Promise.all(
    bodiesOf(places).map((body) => signStatement(tenant, { type: 'supersede', v: 1, ...body })),
  );
  try {
    await network.append(statements);
    return true;
  } catch (error) {
    const why = isCodedError(error) && error.code === 'statement.refused' ? error.details.why : undefined;
    if (why === 'already-final' || why === 'supersession-held') return false;
    if (why !== 'supersession-bounds') throw error;
    throw new CodedError(
      'issuance.unavailable',
      'As many credentials were replaced today as the rules allow.',
      {},
      error,
    );
  }
}

function bodiesOf(places: readonly IssuedCredential[]): { list: string; indices: number[] }[] {
  const byList = groupBy(places, ({ list }) => list);
  return [...byList].flatMap(([list, some]) => {
    const indices = some.map(({ index }) => index);
    return Array.from({ length: Math.ceil(indices.length / MAX_INDICES) }, (_, i) => ({
      list,
      indices: indices.slice(i * MAX_INDICES, (i + 1) * MAX_INDICES),
    }));
  });
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** Until there is a newer epoch, for a moment. */
async function readOn({ follower, clock, bounds }: ReplacingPorts): Promise<void> {
  const limit = new AbortController();
  const size = (follower.view()?.position.size ?? 0) + 1;
  const read = follower.awaitSize(size, limit.signal).catch(() => false);
  await Promise.race([read, clock.sleep(bounds.readOnMs, limit.signal).catch(() => undefined)]);
  limit.abort();
  if ((follower.view()?.position.size ?? 0) < size) await clock.sleep(bounds.readOnMs, new AbortController().signal);
}

/**
 * Ends those in whose predecessors' place they came, once officers have revoked a predecessor: they knew only the older
 * one. Looks at some, behind `after`; answers where to go on, and how many it ended.
 */
export async function endSuccessors(
  ports: ReplacingPorts,
  tenant: Tenant,
  after: string,
): Promise<{ readonly after: string; readonly ended: number }> {
  const some = await ports.store.readSuccessors(tenant.id, MAX_PER_ROUND, after);
  const view = ports.follower.view();
  let ended = 0;
  for (const [refresh, successors] of groupBy(some, ({ replaces }) => replaces ?? '')) {
    const valid = successors.filter((place) => statusOf(view, place) === 0);
    if (valid.length === 0) continue;
    const before = await ports.store.readIssuedTogether(tenant.id, refresh);
    if (!before.some((place) => statusOf(view, place) === 1)) continue;
    if (await isAppended(ports, tenant, valid)) ended += valid.length;
  }
  return { after: some.length < MAX_PER_ROUND ? '' : (some.at(-1)?.id ?? ''), ended };
}
