import { assert } from '@holdfast/core';
import {
  type Copy,
  type IssuedCredential,
  type IssuerList,
  type IssuerStore,
  type Issuing,
  MAX_ISSUED_PER_READ,
  type Offer,
  type OfferKey,
} from '../../ports/issuer-store.ts';

type Kept = {
  readonly offers: Map<string, Offer>;
  readonly issued: Map<string, IssuedCredential>;
};

/** An issuer's memory without a disk, for rehearsal and tests: gone with the process, bounded by sweeping. */
export function createIssuerStoreMemory(): IssuerStore {
  const secrets = new Map<string, Uint8Array>();
  const offers = new Map<string, Offer>();
  const issued = new Map<string, IssuedCredential>();
  const nonces = new Map<string, number>();
  return {
    ...offerCalls(offers),
    ...issuedCalls({ offers, issued }),
    ...listCalls(new Map()),
    async keepSecret(tenant, sealed) {
      const kept = secrets.get(tenant) ?? sealed;
      secrets.set(tenant, kept);
      return kept;
    },
    async useNonces(tenant, used, forgetAt) {
      const ids = used.map((nonce) => idOf(tenant, nonce));
      if (new Set(ids).size !== ids.length || ids.some((id) => nonces.has(id))) return false;
      for (const id of ids) nonces.set(id, forgetAt);
      return true;
    },
    async readLabels(places) {
      const rows = places.flatMap(({ list, index }) => issued.get(`${list} ${index}`) ?? []);
      const found = new Map(
        rows.flatMap(({ tenant, label }) => (label === undefined ? [] : [[idOf(tenant, label), { tenant, label }]])),
      );
      return [...found.values()];
    },
    async eraseLabel(tenant, label) {
      const isOf = (row: { readonly tenant: string; readonly label?: string }) =>
        row.tenant === tenant && row.label === label;
      const ours = [...offers].filter(([, offer]) => isOf(offer));
      for (const [key, { label: _, person: _code, ...offer }] of ours)
        offers.set(key, { ...erased(offer), state: 'closed' });
      const theirs = [...issued].filter(([, credential]) => isOf(credential));
      for (const [key, { label: _, person: _code, ...credential }] of theirs) issued.set(key, credential);
      return { offers: ours.length, issued: theirs.length };
    },
    async sweep(now, limit) {
      const due = [...offers.entries()].filter(([, offer]) => offer.until <= now && offer.state !== 'closed');
      for (const [key, offer] of due.slice(0, limit)) offers.set(key, { ...erased(offer), state: 'closed' });
      const forgotten =
        remove(offers, ({ forgetAt }) => forgetAt <= now, limit) +
        remove(nonces, (forgetAt) => forgetAt <= now, limit) +
        remove(issued, ({ forgetAt }) => forgetAt <= now, limit);
      return Math.min(due.length, limit) + forgotten;
    },
  };
}

type OfferCalls = Pick<IssuerStore, 'appendOffer' | 'readOffer' | 'countGuess' | 'redeem' | 'renew' | 'closeOffer'>;

function offerCalls(offers: Map<string, Offer>): OfferCalls {
  return {
    async appendOffer(offer, maxOpen) {
      const ours = [...offers.values()].filter(({ tenant }) => tenant === offer.tenant);
      const first = ours.find(({ seed }) => seed === offer.seed);
      if (first !== undefined) return { created: false, offer: first };
      if (ours.filter(({ claims }) => claims !== undefined).length >= maxOpen) return 'full';
      const created: Offer = { ...offer, state: 'open', guesses: 0 };
      offers.set(idOf(offer.tenant, offer.id), created);
      return { created: true, offer: created };
    },
    async readOffer(tenant, key) {
      return [...offers.values()].reverse().find((offer) => offer.tenant === tenant && isMeant(offer, key));
    },
    async countGuess(tenant, id) {
      const guesses = (offers.get(idOf(tenant, id))?.guesses ?? 0) + 1;
      change(offers, tenant, id, { guesses });
      return guesses;
    },
    async redeem(tenant, id, token, until) {
      if (offers.get(idOf(tenant, id))?.state !== 'open') return false;
      change(offers, tenant, id, { state: 'redeemed', token, until });
      return true;
    },
    async renew(tenant, id, token, until) {
      const offer = offers.get(idOf(tenant, id));
      if (offer === undefined || offer.state === 'closed') return false;
      change(offers, tenant, id, { state: offer.state === 'open' ? 'redeemed' : offer.state, token, until });
      return true;
    },
    async closeOffer(tenant, id) {
      const offer = offers.get(idOf(tenant, id));
      if (offer !== undefined) offers.set(idOf(tenant, id), { ...erased(offer), state: 'closed' });
    },
  };
}

type IssuedCalls = Pick<
  IssuerStore,
  | 'recordIssued'
  | 'readIssued'
  | 'findIssued'
  | 'findIssuedAt'
  | 'findOwn'
  | 'findReinstated'
  | 'readIssuedTogether'
  | 'readSuccessors'
>;

function issuedCalls({ offers, issued }: Kept): IssuedCalls {
  return {
    async recordIssued(issuing) {
      const { tenant, offer: id, copies } = issuing;
      const offer = offers.get(idOf(tenant, id));
      if (offer?.state === 'issued') return offer.copies;
      if (offer?.state !== 'redeemed') return undefined;
      const rows = copies.map((copy) => rowOf(offer, copy, issuing));
      const isNew = rows.every(({ list, index }) => !issued.has(`${list} ${index}`));
      assert(isNew, 'an index of a list is given out once');
      for (const row of rows) issued.set(`${row.list} ${row.index}`, row);
      change(offers, tenant, id, { state: 'issued', copies });
      return copies;
    },
    async readIssued(tenant, label) {
      return [...issued.values()]
        .filter((credential) => credential.tenant === tenant && credential.label === label)
        .reverse()
        .sort((a, b) => b.issuedAt - a.issuedAt)
        .slice(0, MAX_ISSUED_PER_READ);
    },
    async findIssued(tenant, id) {
      return [...issued.values()].find((credential) => credential.tenant === tenant && credential.id === id);
    },
    async findIssuedAt(tenant, list, index) {
      const found = issued.get(`${list} ${index}`);
      return found?.tenant === tenant ? found : undefined;
    },
    async findReinstated(tenant, reinstates) {
      return [...issued.values()].find((one) => one.tenant === tenant && one.reinstates === reinstates);
    },
    async findOwn(person) {
      const offer = [...offers.values()].find((one) => one.person === person);
      const own = [...issued.values()].filter((one) => one.person === person).sort((a, b) => (a.id < b.id ? -1 : 1));
      return { issued: own.slice(0, MAX_ISSUED_PER_READ), ...(offer === undefined ? {} : { offer }) };
    },
    async readIssuedTogether(tenant, refresh) {
      const together = [...issued.values()].filter((one) => one.tenant === tenant && one.refresh === refresh);
      return together.slice(0, MAX_ISSUED_PER_READ);
    },
    async readSuccessors(tenant, limit, after) {
      return [...issued.values()]
        .filter((one) => one.tenant === tenant && one.replaces !== undefined && one.id > after)
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit);
    },
  };
}

type ListCalls = Pick<
  IssuerStore,
  'appendList' | 'readLists' | 'openList' | 'takeSequences' | 'fillList' | 'replaceListStatement'
>;

function listCalls(lists: Map<string, IssuerList>): ListCalls {
  function listOf(uri: string): IssuerList {
    const list = lists.get(uri);
    assert(list !== undefined, 'only lists that are kept are used');
    return list;
  }

  return {
    async appendList(list) {
      const kept = [...lists.values()].find(({ tenant, number }) => tenant === list.tenant && number === list.number);
      if (kept !== undefined) return kept;
      const created: IssuerList = { ...list, used: 0 };
      lists.set(list.uri, created);
      return created;
    },
    async readLists(tenant) {
      return [...lists.values()].filter((list) => list.tenant === tenant).sort((a, b) => a.number - b.number);
    },
    async openList(uri, opened) {
      const list = listOf(uri);
      if (list.opened === undefined) lists.set(uri, { ...list, opened });
    },
    async takeSequences(uri, count) {
      const list = listOf(uri);
      if (list.used + count > list.size) return undefined;
      lists.set(uri, { ...list, used: list.used + count });
      return list.used;
    },
    async fillList(uri) {
      const list = listOf(uri);
      lists.set(uri, { ...list, used: list.size });
    },
    async replaceListStatement(uri, from, to) {
      const list = listOf(uri);
      if (list.statement === from) lists.set(uri, { ...list, statement: to });
      return listOf(uri).statement;
    },
  };
}

function change(offers: Map<string, Offer>, tenant: string, id: string, members: Partial<Offer>): void {
  const offer = offers.get(idOf(tenant, id));
  if (offer !== undefined) offers.set(idOf(tenant, id), { ...offer, ...members });
}

function idOf(tenant: string, id: string): string {
  return `${tenant} ${id}`;
}

function isMeant(offer: Offer, key: OfferKey): boolean {
  if ('link' in key) return offer.link === key.link;
  if ('code' in key) return offer.code === key.code;
  if ('replaces' in key) return offer.replaces === key.replaces && offer.state !== 'closed';
  return offer.token === key.token;
}

function rowOf(
  { tenant, type, label, replaces, reinstates, person }: Offer,
  copy: Copy,
  issuing: Issuing,
): IssuedCredential {
  const { id, list, index } = copy;
  const { issuedAt, forgetAt, refresh } = issuing;
  return {
    ...{ tenant, id, list, index, type, issuedAt, forgetAt },
    ...(label === undefined ? {} : { label }),
    ...(refresh === undefined ? {} : { refresh }),
    ...(replaces === undefined ? {} : { replaces }),
    ...(reinstates === undefined ? {} : { reinstates }),
    ...(person === undefined ? {} : { person }),
  };
}

function erased({ claims: _claims, copies: _copies, ...kept }: Offer): Offer {
  return kept;
}

function remove<Value>(map: Map<string, Value>, isDue: (value: Value) => boolean, limit: number): number {
  const due = [...map].filter(([, value]) => isDue(value)).slice(0, limit);
  for (const [key] of due) map.delete(key);
  return due.length;
}
