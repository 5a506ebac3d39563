import { describe, expect, it } from 'vitest';
import type { IssuerList, IssuerStore, Issuing, NewOffer } from './issuer-store.ts';

/** Every issuer store runs this suite. `create` gives an empty store; `reopen` the same one after a restart. */
export function describeIssuerStore(
  name: string,
  create: () => Promise<{ readonly store: IssuerStore; readonly reopen: () => Promise<IssuerStore> }>,
): void {
  describe(name, () => {
    it('keeps the first secret of a tenant, whoever comes later', async () => {
      const { store, reopen } = await create();
      const offered = [1, 2, 3].map((byte) => new Uint8Array([byte]));
      const kept = await Promise.all(offered.map((secret) => store.keepSecret('civic', secret)));
      expect(new Set(kept.map((secret) => secret[0])).size).toBe(1);
      expect(await (await reopen()).keepSecret('civic', new Uint8Array([9]))).toEqual(kept[0]);
      expect(await store.keepSecret('other', new Uint8Array([8]))).toEqual(new Uint8Array([8]));
    });

    describe('offers', () => {
      it('answers a repeated seed with the first offer, after a restart too, also when callers come at once', async () => {
        const { store, reopen } = await create();
        const answers = await Promise.all(
          [1, 2, 3].map((i) => store.appendOffer({ ...offerOf('a'), id: `id${i}` }, 9)),
        );
        const created = answers.filter((answer) => answer !== 'full' && answer.created);
        expect(created).toHaveLength(1);
        const again = await (await reopen()).appendOffer({ ...offerOf('a'), id: 'later' }, 9);
        expect(again).toMatchObject({ created: false, offer: { seed: 'seed-a', state: 'open', guesses: 0 } });
        expect(again).not.toMatchObject({ offer: { id: 'later' } });
      });

      it('reads back what it was given, and only for its tenant', async () => {
        const { store, reopen } = await create();
        const bare = { ...offerOf('b'), txCode: undefined, label: undefined };
        const { txCode: _t, label: _l, ...plain } = bare;
        await store.appendOffer(offerOf('a'), 9);
        await store.appendOffer(plain, 9);
        const reopened = await reopen();
        expect(await reopened.readOffer('civic', { link: 'link-a' })).toEqual({
          ...offerOf('a'),
          state: 'open',
          guesses: 0,
        });
        expect(await reopened.readOffer('civic', { code: 'code-b' })).toEqual({ ...plain, state: 'open', guesses: 0 });
        expect(await reopened.readOffer('other', { link: 'link-a' })).toBeUndefined();
        expect(await reopened.readOffer('other', { code: 'code-a' })).toBeUndefined();
        expect(await reopened.readOffer('civic', { token: 'link-a' })).toBeUndefined();
      });

      it('takes no more offers than asked while their claims are kept, and counts each tenant alone', async () => {
        const { store } = await create();
        await store.appendOffer(offerOf('a'), 1);
        expect(await store.appendOffer(offerOf('b'), 1)).toBe('full');
        expect(await store.appendOffer({ ...offerOf('b'), tenant: 'other' }, 1)).toMatchObject({ created: true });
        await store.closeOffer('civic', 'id-a');
        expect(await store.appendOffer(offerOf('b'), 1)).toMatchObject({ created: true });
      });

      it('counts every guess, also those made at once', async () => {
        const { store } = await create();
        await store.appendOffer(offerOf('a'), 9);
        const counts = await Promise.all(Array.from({ length: 8 }, () => store.countGuess('civic', 'id-a')));
        expect(counts.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
        expect(await store.readOffer('civic', { link: 'link-a' })).toMatchObject({ guesses: 8 });
      });

      it('lets one of many redeem a code, and finds the offer by the token then', async () => {
        const { store } = await create();
        await store.appendOffer(offerOf('a'), 9);
        const redeemed = await Promise.all([1, 2, 3].map((i) => store.redeem('civic', 'id-a', `token-${i}`, 500)));
        expect(redeemed.filter(Boolean)).toHaveLength(1);
        const token = `token-${redeemed.indexOf(true) + 1}`;
        expect(await store.readOffer('civic', { token })).toMatchObject({ state: 'redeemed', until: 500, id: 'id-a' });
        expect(await store.readOffer('other', { token })).toBeUndefined();
        expect(await store.redeem('other', 'id-a', 'token-9', 500)).toBe(false);
      });

      it('erases claims and copies when an offer is closed', async () => {
        const { store } = await create();
        await issueOne(store);
        await store.closeOffer('civic', 'id-a');
        const closed = await store.readOffer('civic', { token: 'token-a' });
        expect(closed).toMatchObject({ state: 'closed' });
        expect(closed).not.toHaveProperty('claims');
        expect(closed).not.toHaveProperty('copies');
      });
    });

    describe('issuing', () => {
      it('records once: a second caller gets the copies of the first', async () => {
        const { store, reopen } = await create();
        await redeemOne(store);
        const answers = await Promise.all([store.recordIssued(issuingOf(1)), store.recordIssued(issuingOf(2))]);
        expect(answers[0]).toEqual(answers[1]);
        expect([issuingOf(1).copies, issuingOf(2).copies]).toContainEqual(answers[0]);
        expect(await (await reopen()).recordIssued(issuingOf(3))).toEqual(answers[0]);
        expect(await store.readIssued('civic', 'label-a')).toHaveLength(1);
        expect(await store.readOffer('civic', { token: 'token-a' })).toMatchObject({
          state: 'issued',
          copies: answers[0],
        });
      });

      it('records nothing for an offer that is open, closed or unknown', async () => {
        const { store } = await create();
        expect(await store.recordIssued(issuingOf(1))).toBeUndefined();
        await store.appendOffer(offerOf('a'), 9);
        expect(await store.recordIssued(issuingOf(1))).toBeUndefined();
        await store.closeOffer('civic', 'id-a');
        expect(await store.recordIssued(issuingOf(1))).toBeUndefined();
        expect(await store.readIssued('civic', 'label-a')).toEqual([]);
      });

      it('never records one index twice, and then records nothing of that call', async () => {
        const { store } = await create();
        await issueOne(store);
        await redeemOne(store, 'b');
        const repeat = { ...issuingOf(2, 'b'), copies: [...issuingOf(2, 'b').copies, ...issuingOf(1).copies] };
        await expect(store.recordIssued(repeat)).rejects.toThrow();
        expect(await store.readIssued('civic', 'label-b')).toEqual([]);
      });

      it('finds credentials by label, for their tenant, newest first', async () => {
        const { store } = await create();
        await issueOne(store, 'a', 1, 100);
        await redeemOne(store, 'b', { label: 'label-a' });
        await store.recordIssued({ ...issuingOf(2, 'b'), issuedAt: 200 });
        const found = await store.readIssued('civic', 'label-a');
        expect(found.map(({ index }) => index)).toEqual([2, 1]);
        const first = { id: 'c1', list: LIST, index: 1, type: 'residence', label: 'label-a', issuedAt: 100 };
        expect(found[1]).toEqual({ tenant: 'civic', ...first, forgetAt: 1_000_000 });
        expect(await store.readIssued('other', 'label-a')).toEqual([]);
      });
    });

    describe('replacing', () => {
      const refresh = 'refresh-a';

      it('finds what was issued together, what replaced others, and one by its id, for its tenant only', async () => {
        const { store, reopen } = await create();
        await redeemOne(store);
        const pair = [1, 2].flatMap((i) => issuingOf(i).copies);
        await store.recordIssued({ ...issuingOf(1), copies: pair, refresh });
        await redeemOne(store, 'b', { replaces: refresh });
        await store.recordIssued({ ...issuingOf(3, 'b'), refresh: 'refresh-b' });
        const reopened = await reopen();
        const together = await reopened.readIssuedTogether('civic', refresh);
        expect(together.map(({ id }) => id).sort()).toEqual(['c1', 'c2']);
        expect(await reopened.findIssued('civic', 'c3')).toMatchObject({ refresh: 'refresh-b', replaces: refresh });
        expect((await reopened.readSuccessors('civic', 9, '')).map(({ id }) => id)).toEqual(['c3']);
        expect(await reopened.readSuccessors('civic', 9, 'c3')).toEqual([]);
        expect(await reopened.readSuccessors('other', 9, '')).toEqual([]);
        expect(await reopened.findIssued('other', 'c3')).toBeUndefined();
        expect(await reopened.readIssuedTogether('other', refresh)).toEqual([]);
      });

      it('finds what was issued at a place, and what was given for a revoked one', async () => {
        const { store, reopen } = await create();
        await redeemOne(store, 'a', { reinstates: 'place-9' });
        expect(await store.findReinstated('civic', 'place-9')).toBeUndefined();
        await store.recordIssued(issuingOf(1));
        const reopened = await reopen();
        expect(await reopened.findReinstated('civic', 'place-9')).toMatchObject({ id: 'c1', reinstates: 'place-9' });
        expect(await reopened.findIssuedAt('civic', LIST, 1)).toMatchObject({ id: 'c1', index: 1 });
        expect(await reopened.findIssuedAt('civic', LIST, 2)).toBeUndefined();
        expect(await reopened.findIssuedAt('other', LIST, 1)).toBeUndefined();
        expect(await reopened.findReinstated('other', 'place-9')).toBeUndefined();
        expect(await reopened.readSuccessors('civic', 9, '')).toEqual([]);
      });

      it('finds the offer that replaces, and gives it a token as often as asked, until it is over', async () => {
        const { store } = await create();
        await store.appendOffer({ ...offerOf('a'), replaces: refresh }, 9);
        expect(await store.readOffer('civic', { replaces: refresh })).toMatchObject({ id: 'id-a', replaces: refresh });
        expect(await store.readOffer('other', { replaces: refresh })).toBeUndefined();
        expect(await store.renew('civic', 'id-a', 'token-1', 500)).toBe(true);
        expect(await store.renew('civic', 'id-a', 'token-2', 600)).toBe(true);
        expect(await store.readOffer('civic', { token: 'token-1' })).toBeUndefined();
        await store.recordIssued(issuingOf(1));
        expect(await store.renew('civic', 'id-a', 'token-3', 700)).toBe(true);
        expect(await store.readOffer('civic', { token: 'token-3' })).toMatchObject({ state: 'issued', until: 700 });
        await store.closeOffer('civic', 'id-a');
        expect(await store.renew('civic', 'id-a', 'token-4', 800)).toBe(false);
        expect(await store.readOffer('civic', { replaces: refresh })).toBeUndefined();
      });
    });

    it('takes each nonce once, all of a call or none, and each tenant alone', async () => {
      const { store, reopen } = await create();
      expect(await store.useNonces('civic', ['a', 'b'], 100)).toBe(true);
      expect(await (await reopen()).useNonces('civic', ['c', 'a'], 100)).toBe(false);
      expect(await store.useNonces('civic', ['c'], 100)).toBe(true);
      expect(await store.useNonces('other', ['a'], 100)).toBe(true);
      const raced = await Promise.all(Array.from({ length: 6 }, () => store.useNonces('civic', ['d'], 100)));
      expect(raced.filter(Boolean)).toHaveLength(1);
      expect(await store.useNonces('civic', ['e', 'e'], 100)).toBe(false);
    });

    describe('lists', () => {
      it('keeps the first list of a number, and where it was opened', async () => {
        const { store, reopen } = await create();
        const kept = await Promise.all(['s1', 's2'].map((statement) => store.appendList({ ...listOf(1), statement })));
        expect(kept[0]).toEqual(kept[1]);
        await store.openList(LIST, { log: 'log.example', size: 7 });
        await store.openList(LIST, { log: 'log.example', size: 9 });
        await store.appendList({ ...listOf(2), uri: `${LIST}2` });
        const lists = await (await reopen()).readLists('civic');
        expect(lists.map(({ number }) => number)).toEqual([1, 2]);
        expect(lists[0]).toEqual({ ...kept[0], opened: { log: 'log.example', size: 7 } });
        expect(lists[1]).not.toHaveProperty('opened');
        expect(await store.readLists('other')).toEqual([]);
      });

      it('gives out every sequence number once, to callers at once and after a restart, and none beyond the end', async () => {
        const { store, reopen } = await create();
        await store.appendList({ ...listOf(1), size: 20 });
        const starts = await Promise.all(Array.from({ length: 5 }, () => store.takeSequences(LIST, 3)));
        expect(starts.sort((a, b) => Number(a) - Number(b))).toEqual([0, 3, 6, 9, 12]);
        const reopened = await reopen();
        expect(await reopened.takeSequences(LIST, 6)).toBeUndefined();
        expect(await reopened.takeSequences(LIST, 5)).toBe(15);
        expect(await reopened.takeSequences(LIST, 1)).toBeUndefined();
        expect((await reopened.readLists('civic'))[0]).toMatchObject({ used: 20 });
      });

      it('puts another statement in the place of the one that was named, and of no other', async () => {
        const { store, reopen } = await create();
        await store.appendList(listOf(1));
        expect(await store.replaceListStatement(LIST, 'x.y.z', 'd.e.f')).toBe('a.b.c');
        expect(await store.replaceListStatement(LIST, 'a.b.c', 'd.e.f')).toBe('d.e.f');
        expect((await (await reopen()).readLists('civic'))[0]).toMatchObject({ statement: 'd.e.f' });
      });

      it('gives nothing more out of a list that counts as full', async () => {
        const { store, reopen } = await create();
        await store.appendList({ ...listOf(1), size: 20 });
        await store.takeSequences(LIST, 3);
        for (let times = 0; times < 2; times += 1) await store.fillList(LIST);
        const reopened = await reopen();
        expect(await reopened.takeSequences(LIST, 1)).toBeUndefined();
        expect((await reopened.readLists('civic'))[0]).toMatchObject({ used: 20 });
      });
    });

    describe('sweeping', () => {
      it('erases claims when their time has come and keeps the offer to answer repeats', async () => {
        const { store } = await create();
        await store.appendOffer(offerOf('a'), 9);
        await store.appendOffer({ ...offerOf('b'), until: 200 }, 9);
        expect(await store.sweep(100, 10)).toBe(1);
        const swept = await store.readOffer('civic', { link: 'link-a' });
        expect(swept).toMatchObject({ state: 'closed' });
        expect(swept).not.toHaveProperty('claims');
        expect(await store.readOffer('civic', { link: 'link-b' })).toMatchObject({ state: 'open', claims: CLAIMS });
        expect(await store.sweep(100, 10)).toBe(0);
      });

      it('forgets offers, nonces and credentials past their time, and keeps sequence numbers for ever', async () => {
        const { store } = await create();
        await issueOne(store);
        await store.appendList(listOf(1));
        await store.takeSequences(LIST, 4);
        await store.useNonces('civic', ['a'], 300);
        await store.sweep(999_999_999, 10);
        expect(await store.readOffer('civic', { token: 'token-a' })).toBeUndefined();
        expect(await store.readIssued('civic', 'label-a')).toEqual([]);
        expect(await store.useNonces('civic', ['a'], 300)).toBe(true);
        expect(await store.takeSequences(LIST, 1)).toBe(4);
      });

      it('finds an offer and what was issued by it by the digest of its code, until the label is erased', async () => {
        const { store, reopen } = await create();
        await redeemOne(store, 'a', { person: 'p-a', label: 'label-a' });
        expect(await store.findOwn('p-a')).toMatchObject({ offer: { id: 'id-a', state: 'redeemed' }, issued: [] });
        await store.recordIssued(issuingOf(1));
        const again = await reopen();
        expect(await again.findOwn('p-a')).toMatchObject({
          offer: { state: 'issued' },
          issued: [{ id: 'c1', index: 1 }],
        });
        expect(await again.findOwn('p-b')).toEqual({ issued: [] });
        await again.eraseLabel('civic', 'label-a');
        expect(await store.findOwn('p-a')).toEqual({ issued: [] });
      });

      it('forgets a label with its claims, and still gives out no place twice', async () => {
        const { store, reopen } = await create();
        await issueOne(store);
        await store.appendOffer({ ...offerOf('b'), label: 'label-a' }, 9);
        await issueOne(store, 'c', 3);
        const places = [
          { list: LIST, index: 1 },
          { list: LIST, index: 99 },
        ];
        expect(await store.readLabels(places)).toEqual([{ tenant: 'civic', label: 'label-a' }]);
        expect(await store.readLabels([])).toEqual([]);
        expect(await store.eraseLabel('another', 'label-a')).toEqual({ offers: 0, issued: 0 });
        expect(await store.eraseLabel('civic', 'label-a')).toEqual({ offers: 2, issued: 1 });
        expect(await store.eraseLabel('civic', 'label-a')).toEqual({ offers: 0, issued: 0 });
        const again = await reopen();
        expect(await again.readIssued('civic', 'label-a')).toEqual([]);
        expect(await again.readIssued('civic', 'label-c')).toHaveLength(1);
        const ended = await again.readOffer('civic', { link: 'link-b' });
        expect(ended).toMatchObject({ state: 'closed' });
        expect(ended).not.toHaveProperty('claims');
        await redeemOne(store, 'd');
        await expect(store.recordIssued(issuingOf(1, 'd'))).rejects.toThrow();
      });

      it('touches no more rows than asked', async () => {
        const { store } = await create();
        for (const name of ['a', 'b', 'c']) await store.appendOffer(offerOf(name), 9);
        expect(await store.sweep(100, 2)).toBe(2);
        expect(await store.sweep(100, 2)).toBe(1);
      });
    });
  });
}

const LIST = 'https://issuer.example/status/civic/1';
const CLAIMS = new Uint8Array([0, 255, 7]);

function offerOf(name: string): NewOffer {
  const digests = { seed: `seed-${name}`, request: 'request', link: `link-${name}`, code: `code-${name}` };
  const offer = { tenant: 'civic', id: `id-${name}`, type: 'residence', label: `label-${name}`, txCode: 'tx' };
  return { ...offer, ...digests, claims: CLAIMS, until: 100, forgetAt: 10_000 };
}

function listOf(number: number): Omit<IssuerList, 'used' | 'opened'> {
  const key = { keyName: 'civic-credential', key: 'k'.repeat(43), x5c: ['TEFG', 'Q0E='] };
  return { tenant: 'civic', number, uri: LIST, size: 131_072, ...key, statement: 'a.b.c' };
}

function issuingOf(i: number, name = 'a'): Issuing {
  const copies = [{ id: `c${i}`, key: `key-${i}`, list: LIST, index: i }];
  return { tenant: 'civic', offer: `id-${name}`, copies, issuedAt: 100, forgetAt: 1_000_000 };
}

async function redeemOne(store: IssuerStore, name = 'a', change: Partial<NewOffer> = {}): Promise<void> {
  await store.appendOffer({ ...offerOf(name), ...change }, 9);
  await store.redeem('civic', `id-${name}`, `token-${name}`, 500);
}

async function issueOne(store: IssuerStore, name = 'a', i = 1, issuedAt = 100): Promise<void> {
  await redeemOne(store, name);
  await store.recordIssued({ ...issuingOf(i, name), issuedAt });
}
