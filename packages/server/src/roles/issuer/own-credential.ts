import type { IssuerStore, Offer } from '../../ports/issuer-store.ts';
import { isOpen } from './offers.ts';

/** What the code of an offer opens: where the offer stands, and the places of what was issued by it. */
export type OwnOffer = {
  readonly tenant: string;
  readonly type: string;
  /** Of the offer, or of the first credential where the offer is forgotten. */
  readonly id: string;
  readonly state: 'offered' | 'missed' | 'issued';
  /** Of what is offered: until then it can be taken up, unix milliseconds. */
  readonly until?: number;
  readonly issuedAt?: number;
  /** When it is past its own last day, unix milliseconds. */
  readonly expiresAt?: number;
  /** As the network knows the type; absent for one that is not here any more. */
  readonly vct?: string;
  readonly places: readonly { readonly list: string; readonly index: number }[];
};

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
