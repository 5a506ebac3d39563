import type { IssuerStore, Offer } from '../../ports/issuer-store.ts';
import type { OwnOffer } from '../../ports/matters.ts';
import { isOpen } from './offers.ts';

export async function readOwnOffer(
  store: Pick<IssuerStore, 'findOwn'>,
  person: string,
  nowMs: number,
  issuedMemoryMs: number,
): Promise<OwnOffer | undefined> {
  const { offer, issued } = await store.findOwn(person);
  const [first] = issued;
  if (first !== undefined) {
    const { tenant, type, id, issuedAt, forgetAt } = first;
    const places = issued.map(({ list, index }) => ({ list, index }));
    return { tenant, type, id, state: 'issued', issuedAt, expiresAt: forgetAt - issuedMemoryMs, places };
  }
  if (offer === undefined) return undefined;
  const { tenant, type, id, until } = offer;
  const isOffered = isOpen(offer, nowMs) || isTaken(offer, nowMs);
  return { tenant, type, id, places: [], ...(isOffered ? { state: 'offered', until } : { state: 'missed' }) };
}

/** Its code is redeemed, and the wallet is about to ask for what it is for. */
function isTaken({ state, until }: Offer, nowMs: number): boolean {
  return state === 'redeemed' && nowMs < until;
}
