import { createNetworkState, decisionDigest, parseStatement } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { civicParty, foldEntries as foldOneByOne, LIST_URI, meaningOf } from '../../../core/test/log-builder.ts';
import { createTestFeed } from '../../test/test-feed.ts';
import { foldEntries, tryEntries } from './epoch-fold.ts';

describe('foldEntries', () => {
  it('gives the state of folding one by one, also when a key is brought and used between two epochs', async () => {
    const { log, engine } = createTestFeed({ log: { until: 'genesis' } });
    log.accredit(civicParty(log.signatures));
    log.list();
    log.revoke([{ list: LIST_URI, index: 4 }]);
    log.append('nonsense');
    log.epoch();
    const state = createNetworkState();
    const { applied, refusedEpoch } = await foldEntries(state, log.entries.map(parseStatement), engine);
    expect(meaningOf(state)).toEqual(meaningOf(log.state));
    expect(meaningOf(state)).toEqual(meaningOf(foldOneByOne(log.entries, log.signatures)));
    expect(state.lists.get(LIST_URI)?.values[4]).toBe(1);
    expect(applied.map(({ ok }) => ok)).toEqual(log.entries.map((entry) => entry !== 'nonsense'));
    expect(refusedEpoch).toBeUndefined();
  });

  it('asks for no signature twice and for all that can be known at once', async () => {
    const { log, engine } = createTestFeed();
    const rounds: number[] = [];
    const counting = {
      verify: (checks: Parameters<typeof engine.verify>[0]) => {
        rounds.push(checks.length);
        return engine.verify(checks);
      },
    };
    for (let i = 0; i < 20; i += 1) log.epoch();
    await foldEntries(createNetworkState(), log.entries.map(parseStatement), counting);
    expect(rounds.reduce((a, b) => a + b)).toBeLessThanOrEqual(log.entries.length + 2);
    // One before the genesis names any key, one under its keys, one for the list that its officers' decision allowed.
    expect(rounds.length).toBeLessThanOrEqual(4);
  });

  it('shows the state at an epoch to whoever looks while signatures are checked', async () => {
    const { log, engine } = createTestFeed();
    log.accredit(civicParty(log.signatures, { id: 'https://other.example' }));
    log.list({ list: 'https://other.example/1', issuer: 'https://other.example' });
    log.epoch();
    const state = createNetworkState();
    const seen: unknown[] = [];
    const watching = {
      verify: (checks: Parameters<typeof engine.verify>[0]) => {
        seen.push([state.tree.size, state.position?.size ?? 0]);
        return engine.verify(checks);
      },
    };
    await foldEntries(state, log.entries.map(parseStatement), watching);
    for (const entry of seen) {
      const [size, position] = entry as [number, number];
      expect(size).toBe(position);
    }
    expect(seen.length).toBeGreaterThan(1);
  });

  it('does not take one answer for another: a signature copied to another statement stays wrong', async () => {
    const { log, engine } = createTestFeed();
    const good = log.statement({ type: 'novelty', v: 1, critical: ['a'] });
    const [header, , signature] = good.split('.');
    const forged = `${header}.${Buffer.from('{"type":"novelty","v":1,"critical":["b"]}').toString('base64url')}.${signature}`;
    const { results } = await tryEntries(log.state, [good, forged, good].map(parseStatement), { engine });
    expect(results.map(({ ok }) => ok)).toEqual([true, false, true]);
    expect([...log.state.critical]).toEqual(['a']);
  });
});

describe('tryEntries', () => {
  it('does not hold a forged copy of an approval against the officer who gave it', async () => {
    const { log, engine } = createTestFeed();
    const terms = log.terms('revoke', ['x']);
    const digest = decisionDigest(terms);
    const [one, two] = [log.approval(digest, 'officer-a'), log.approval(digest, 'officer-b')];
    const [header = '', payload, signature] = one.split('.');
    const again = { ...JSON.parse(Buffer.from(header, 'base64url').toString()), note: 'altered' };
    const forged = `${Buffer.from(JSON.stringify(again)).toString('base64url')}.${payload}.${signature}`;
    const { genesis: _, ...body } = terms;
    const decision = { type: 'decision', v: 1, ...body, received: 0, authorised: 0 };
    const tried = (approvals: string[]) =>
      tryEntries(log.state, [parseStatement(log.statement({ ...decision, approvals }))], { engine });
    const alone = await tried([forged, two]);
    expect(alone.results).toMatchObject([{ ok: false, why: 'quorum' }]);
    alone.restore();
    expect((await tried([forged, one, two])).results).toMatchObject([{ ok: true }]);
  });

  it('takes all of it back', async () => {
    const { log, engine } = createTestFeed();
    const before = meaningOf(log.state);
    const decided = log.terms('revoke', ['x']);
    const entry = log.decision(decided, ['officer-a', 'officer-b']);
    const { results, restore } = await tryEntries(log.state, [parseStatement(entry)], { engine });
    expect(results).toMatchObject([{ ok: true }]);
    expect(meaningOf(log.state)).not.toEqual(before);
    restore();
    expect(meaningOf(log.state)).toEqual(before);
  });
});
