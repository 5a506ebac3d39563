import { describe, expect, test } from 'vitest';
import {
  buildLog,
  civicParty,
  DAY_MS,
  foldEntries,
  LIST_URI,
  type LogBuilder,
  meaningOf,
  START_MS,
  testRulebook,
} from '../../test/log-builder.ts';
import { createIdealSignatures, createRealSignatures } from '../../test/test-keys.ts';
import { sha256 } from '../encoding/bytes.ts';
import { encodeBase64url, encodeUtf8 } from '../encoding/text.ts';
import { compactRoot, EMPTY_ROOT, leafHash, rootOf } from '../log/tree.ts';
import { createEpoch } from './fold.ts';
import { listLeaf, sectionsOf } from './sections.ts';
import { changeKey } from './state.ts';

const target = (index: number) => ({ list: LIST_URI, index });
const key = (index: number) => changeKey(LIST_URI, index);
const valueAt = (log: LogBuilder, index: number) => log.state.lists.get(LIST_URI)?.values[index];

describe('the founding', () => {
  test('entry 0 names the network, its rulebook and its first officers', () => {
    const log = buildLog({ until: 'genesis' });
    const [entry = ''] = log.entries;
    expect(log.state.name).toBe(encodeBase64url(sha256(encodeUtf8(entry))));
    expect(log.state.rulebook).toEqual({ index: 0, body: log.rulebook });
    expect([...log.state.parties.keys()]).toEqual(['officer-a', 'officer-b', 'officer-c']);
    expect(log.state.time).toBe(0);
    expect(log.state.position).toBeUndefined();
  });

  test('a log whose entry 0 is no genesis never becomes a network', () => {
    const log = buildLog({ until: 'empty' });
    log.append('not a genesis');
    log.append(log.statement({ type: 'rulebook', v: 1, body: log.rulebook }));
    expect(log.epoch(START_MS)).toMatchObject({ ok: false });
    expect(log.state.rulebook).toBeUndefined();
    expect(log.state.name).toBe('');
  });

  test('real ES256 signatures fold as ideal ones do', () => {
    const log = buildLog({ signatures: createRealSignatures() });
    expect(log.revoke([target(3)])).toMatchObject({ decision: { ok: true }, carried: { ok: true } });
    expect(log.epoch().ok).toBe(true);
    expect(log.state.refused.size).toBe(0);
    const forged = { verify: () => false };
    expect(foldEntries(log.entries, forged).refused.get('signature')).toBe(1);
  });
});

describe('positions', () => {
  test('a position names the epoch and the tree that ends with it', () => {
    const log = buildLog();
    const applied = log.epoch(START_MS + DAY_MS);
    const leaves = log.entries.map((entry) => leafHash(encodeUtf8(entry)));
    expect(log.state.position).toEqual({
      log: 'log.example/test',
      size: applied.index + 1,
      root: encodeBase64url(rootOf(leaves)),
      time: START_MS + DAY_MS,
    });
    log.append('anything');
    expect(log.state.position?.size).toBe(applied.index + 1);
    expect(log.state.tree.size).toBe(applied.index + 2);
  });

  test('the tree is over every entry, refused ones too', () => {
    const log = buildLog();
    for (const entry of ['', 'no statement', '\u{1F6AB}']) log.append(entry);
    const leaves = log.entries.map((entry) => leafHash(encodeUtf8(entry)));
    expect(compactRoot(log.state.tree)).toEqual(rootOf(leaves));
  });
});

describe('status', () => {
  test('a revocation by two officers takes effect and names its entries', () => {
    const log = buildLog();
    const { decision, carried } = log.revoke([target(7), target(9)]);
    expect([valueAt(log, 7), valueAt(log, 8), valueAt(log, 9)]).toEqual([1, 0, 1]);
    expect(log.state.changes.get(key(7))).toEqual({ entry: carried.index, decisions: [decision.index] });
  });

  test('several decisions of different powers are carried out by one statement', () => {
    const log = buildLog();
    log.suspend([target(1)], log.state.time + DAY_MS);
    log.epoch();
    const until = log.state.time + 2 * DAY_MS;
    const lift = log.decide('lift', [target(1)]);
    const revoke = log.decide('revoke', [target(2), target(3)]);
    const suspend = log.decide('suspend', [target(4)], { parameters: { until }, officers: ['officer-a'] });
    const changes = [
      { ...target(3), value: 1 as const },
      { ...target(4), value: 2 as const, until },
      { ...target(1), value: 0 as const },
      { ...target(2), value: 1 as const },
    ];
    const carried = log.status([suspend.digest, lift.digest, revoke.digest], changes);
    expect(carried.ok).toBe(true);
    expect([1, 2, 3, 4].map((index) => valueAt(log, index))).toEqual([0, 1, 1, 2]);
    expect(log.state.open).toEqual([]);
    const because = [suspend, lift, revoke].map(({ index }) => index);
    expect(log.state.changes.get(key(4))).toEqual({ entry: carried.index, decisions: because });
  });

  test('a decision that no statement carries out in its epoch is spent', () => {
    const log = buildLog();
    const { digest } = log.decide('revoke', [target(7)]);
    log.epoch();
    expect(log.status([digest], [{ ...target(7), value: 1 }])).toMatchObject({ why: 'decision-missing' });
    expect(log.state.decided.has(digest)).toBe(true);
    expect(valueAt(log, 7)).toBe(0);
  });

  test('revoking a suspended index ends the suspension for good', () => {
    const log = buildLog();
    const until = log.state.time + DAY_MS;
    log.suspend([target(7)], until);
    log.revoke([target(7)]);
    log.epoch(until);
    expect(valueAt(log, 7)).toBe(1);
    expect(log.state.suspensions.size).toBe(0);
  });

  test('the sections commit to lists by value, so one list can be proved alone', () => {
    const log = buildLog();
    const before = sectionsOf(log.state).lists;
    log.revoke([target(7)]);
    const list = log.state.lists.get(LIST_URI);
    const leaf = list === undefined ? new Uint8Array() : listLeaf(list);
    expect(sectionsOf(log.state).lists).toBe(encodeBase64url(leafHash(leaf)));
    expect(sectionsOf(log.state).lists).not.toBe(before);
  });

  test('sections without content have the empty root', () => {
    const { programs, recognitions, cases, incidents, exceptions, suspensions } = sectionsOf(buildLog().state);
    const empty = encodeBase64url(EMPTY_ROOT);
    const found = [programs, recognitions, cases, incidents, exceptions, suspensions];
    expect(found.every((root) => root === empty)).toBe(true);
  });
});

describe('decisions', () => {
  test('may use the whole of what the rulebook grants: targets and time', () => {
    const log = buildLog();
    expect(log.decide('revoke', [target(1)], { count: 100 }).ok).toBe(true);
    expect(log.decide('revoke', [target(1)], { expiry: log.state.time + 7 * DAY_MS }).ok).toBe(true);
    expect(log.decide('revoke', [target(1)], { expiry: log.state.time + 1 }).ok).toBe(true);
  });

  test('are committed to in the order of the log', () => {
    const orders = [
      [1, 2],
      [2, 1],
    ].map((order) => {
      const log = buildLog();
      for (const index of order) log.decide('revoke', [target(index)], { id: `d-${index}`, expiry: START_MS + DAY_MS });
      return log;
    });
    const [first, second] = orders.map((log) => sectionsOf(log.state).decisions);
    expect(first).not.toBe(second);
  });
});

describe('suspensions', () => {
  test('one officer suspends, and it lapses at the first epoch at or after its end, not a millisecond before', () => {
    for (const [offset, value] of [
      [-1, 2],
      [0, 0],
      [1, 0],
    ] as const) {
      const log = buildLog();
      const until = log.state.time + DAY_MS;
      expect(log.suspend([target(7)], until, { officers: ['officer-a'] }).carried.ok).toBe(true);
      expect(log.epoch(until + offset).ok).toBe(true);
      expect(valueAt(log, 7)).toBe(value);
      expect(log.state.changes.has(key(7))).toBe(value === 2);
      expect(log.state.suspensions.has(key(7))).toBe(value === 2);
      const { lists } = sectionsOf(log.state);
      for (const list of log.state.lists.values()) list.digest = undefined;
      expect(sectionsOf(log.state).lists).toBe(lists);
    }
  });

  test('the longest that the rulebook allows is allowed, counted from the last epoch', () => {
    const log = buildLog();
    expect(log.suspend([target(7)], log.state.time + 14 * DAY_MS).carried.ok).toBe(true);
  });

  test('a second suspension never ends the first one early', () => {
    const log = buildLog();
    const until = log.state.time + DAY_MS;
    log.suspend([target(7)], until);
    expect(log.suspend([target(7)], log.state.time + 1, { officers: ['officer-a'] }).carried.ok).toBe(true);
    log.epoch(until - 1);
    expect(valueAt(log, 7)).toBe(2);
    log.epoch(until);
    expect(valueAt(log, 7)).toBe(0);
  });

  test('several that lapse together leave the same state as one by one', () => {
    const log = buildLog();
    const time = log.state.time;
    for (const day of [1, 2, 3]) log.suspend([target(day)], time + day * DAY_MS);
    log.epoch(time + 3 * DAY_MS);
    expect(log.state.suspensions.size).toBe(0);
    expect([1, 2, 3].map((index) => valueAt(log, index))).toEqual([0, 0, 0]);
    expect(foldEntries(log.entries, log.signatures).time).toBe(time + 3 * DAY_MS);
  });
});

describe('what is due leaves no trace when the epoch is refused or only drafted', () => {
  function dueLog(): { log: LogBuilder; time: number } {
    const log = buildLog();
    const time = log.state.time + 8 * DAY_MS;
    log.suspend([target(1), target(2)], time);
    log.suspend([target(3)], time - 1);
    log.amend({ ...log.rulebook, title: 'Second' }, time);
    log.epoch();
    return { log, time };
  }

  test('drafting an epoch changes nothing', () => {
    const { log, time } = dueLog();
    const before = meaningOf(log.state);
    const sections = sectionsOf(log.state);
    const draft = createEpoch(log.state, time);
    expect(draft.sections).not.toEqual(sections);
    expect(meaningOf(log.state)).toEqual(before);
    expect(sectionsOf(log.state)).toEqual(sections);
  });

  test('a refused epoch changes nothing, and the right one is accepted after it', () => {
    const { log, time } = dueLog();
    const before = meaningOf(log.state);
    const epoch = createEpoch(log.state, time);
    const lie = { ...epoch, sections: { ...epoch.sections, lists: encodeBase64url(EMPTY_ROOT) } };
    expect(log.append(log.statement(lie, 'network'))).toMatchObject({ why: 'epoch-sections' });
    expect(meaningOf(log.state)).toEqual(before);
    expect(log.epoch(time).ok).toBe(true);
    expect(log.state.suspensions.size).toBe(0);
    expect(log.state.rulebook?.body.title).toBe('Second');
  });
});

describe('rulebooks', () => {
  test('an amendment waits out its notice, and decisions cite the rulebook in force', () => {
    const log = buildLog();
    const effectiveAt = log.state.time + 7 * DAY_MS;
    const { carried } = log.amend({ ...log.rulebook, title: 'Second' }, effectiveAt);
    log.epoch(effectiveAt - 1);
    expect(log.state.rulebook).toMatchObject({ index: 0, body: { title: 'Test network' } });
    expect(log.decide('revoke', [target(1)], { rulebook: carried.index })).toMatchObject({ why: 'decision-rulebook' });
    const early = log.decide('revoke', [target(1)]);
    expect(early.ok).toBe(true);
    log.epoch(effectiveAt);
    expect(log.state.rulebook).toMatchObject({ index: carried.index, body: { title: 'Second' } });
    expect(log.state.scheduled).toEqual([]);
    expect(log.decide('revoke', [target(1)], { rulebook: 0 })).toMatchObject({ why: 'decision-rulebook' });
    expect(log.decide('revoke', [target(1)]).ok).toBe(true);
  });

  test('of two due at once the later one is in force; at equal times the later entry', () => {
    for (const gap of [1, 0, -1]) {
      const log = buildLog();
      const effectiveAt = log.state.time + 8 * DAY_MS;
      log.amend({ ...log.rulebook, title: 'First' }, effectiveAt);
      log.amend({ ...log.rulebook, title: 'Second' }, effectiveAt + gap);
      log.epoch(effectiveAt + 1);
      expect(log.state.rulebook?.body.title).toBe(gap < 0 ? 'First' : 'Second');
      expect(log.state.scheduled).toEqual([]);
    }
  });

  test('a quorum of one suffices only where the rulebook says so', () => {
    const signatures = createIdealSignatures();
    const plain = testRulebook(signatures);
    const powers = plain.powers.map((grant) => (grant.power === 'revoke' ? { ...grant, quorum: 1 } : grant));
    const log = buildLog({ signatures, rulebook: { ...plain, powers } });
    expect(log.revoke([target(1)], { officers: ['officer-a'] }).carried.ok).toBe(true);
    expect(log.lift([target(2)], { officers: ['officer-a'] }).decision).toMatchObject({ why: 'quorum' });
  });

  test('a power that the rulebook does not grant cannot be used', () => {
    const signatures = createIdealSignatures();
    const plain = testRulebook(signatures);
    const powers = plain.powers.filter(({ power }) => power !== 'lift');
    const log = buildLog({ signatures, rulebook: { ...plain, powers } });
    expect(log.decide('lift', [target(1)])).toMatchObject({ why: 'decision-power' });
  });
});

describe('parties', () => {
  const officer = (log: LogBuilder, id: string, key: string, changes: object = {}) => ({
    id,
    kind: 'officer' as const,
    roles: ['revoker'],
    keys: [{ use: 'approval' as const, key: log.signatures.key(key).jwk, ...changes }],
    accreditations: [],
  });

  test('enrolling an officer is a decision, and their approvals count from then on', () => {
    const log = buildLog();
    const options = { officers: ['officer-a', 'officer-d'] };
    expect(log.decide('revoke', [target(1)], options)).toMatchObject({ why: 'quorum' });
    log.accredit(officer(log, 'officer-d', 'officer-d'));
    expect(log.decide('revoke', [target(1)], options).ok).toBe(true);
  });

  test('one officer with two keys is one officer', () => {
    const log = buildLog();
    const both = ['officer-d', 'officer-d second'].map((key) => log.signatures.key(key).jwk);
    const keys = both.map((key) => ({ use: 'approval' as const, key }));
    log.accredit({ ...officer(log, 'officer-d', 'officer-d'), keys });
    const options = { officers: ['officer-d', 'officer-d second'] };
    expect(log.decide('revoke', [target(1)], options)).toMatchObject({ why: 'quorum' });
  });

  test('an officer who was removed, or whose key has ended, counts for nothing', () => {
    const ended = [
      (log: LogBuilder) => ({ ...officer(log, 'officer-b', 'officer-b'), keys: [] }),
      (log: LogBuilder) => officer(log, 'officer-b', 'officer-b', { until: log.state.time }),
      (log: LogBuilder) => officer(log, 'officer-b', 'officer-b', { from: log.state.time + 1 }),
      (log: LogBuilder) => ({ ...officer(log, 'officer-b', 'officer-b'), kind: 'verifier' as const }),
      (log: LogBuilder) => ({ ...officer(log, 'officer-b', 'officer-b'), roles: [] }),
    ];
    for (const change of ended) {
      const log = buildLog();
      expect(log.accredit(change(log)).carried.ok).toBe(true);
      expect(log.decide('revoke', [target(1)])).toMatchObject({ why: 'quorum' });
    }
  });

  test('a key for statements approves nothing, and an approval key makes no statement', () => {
    const log = buildLog();
    const approvals = { officers: ['officer-a', 'civic statement'] };
    expect(log.decide('revoke', [target(1)], approvals)).toMatchObject({ why: 'quorum' });
    log.accredit(
      civicParty(log.signatures, { keys: [{ use: 'approval', key: log.signatures.key('civic statement').jwk }] }),
    );
    expect(log.list({ list: 'https://civic.example/lists/2' })).toMatchObject({ why: 'unauthorised' });
  });

  test('an issuer opens lists of its own only', () => {
    const log = buildLog();
    const keys = [
      { use: 'statement' as const, key: log.signatures.key('other statement').jwk },
      { use: 'credential' as const, key: log.signatures.key('other credential').jwk },
    ];
    log.accredit(civicParty(log.signatures, { id: 'https://other.example', keys }));
    const list = { list: 'https://other.example/1', issuer: 'https://other.example' };
    expect(log.list({ ...list, issuer: 'https://civic.example' }, 'other statement')).toMatchObject({ ok: false });
    expect(log.list(list, 'other statement')).toMatchObject({ why: 'unauthorised' });
    const own = { ...list, key: log.signatures.key('other credential').kid };
    expect(log.list(own, 'other statement').ok).toBe(true);
  });
});

describe('lists', () => {
  test('belong to one of the credential keys of their issuer', () => {
    const log = buildLog();
    const second = log.signatures.key('civic credential second');
    const { keys } = civicParty(log.signatures);
    log.accredit(civicParty(log.signatures, { keys: [...keys, { use: 'credential', key: second.jwk }] }));
    expect(log.list({ list: 'https://civic.example/lists/2', key: second.kid }).ok).toBe(true);
    expect(log.list({ list: 'https://civic.example/lists/3' }).ok).toBe(true);
    log.accredit(civicParty(log.signatures, { keys: keys.slice(0, 1) }));
    expect(log.list({ list: 'https://civic.example/lists/4' })).toMatchObject({ why: 'unauthorised' });
  });
});

describe('what we do not know', () => {
  test('an unknown statement that is critical is kept, and what it names becomes unknown', () => {
    const log = buildLog();
    const before = sectionsOf(log.state).critical;
    const unknown = { type: 'weather', v: 1, critical: [LIST_URI] };
    expect(log.append(log.statement(unknown)).ok).toBe(true);
    expect([...log.state.critical]).toEqual([LIST_URI]);
    expect(sectionsOf(log.state).critical).not.toBe(before);
    expect(log.epoch().ok).toBe(true);
  });

  test('one that is not critical is counted and means nothing', () => {
    const log = buildLog();
    const before = meaningOf(log.state);
    expect(log.append(log.statement({ type: 'recognition', v: 3 }))).toMatchObject({ why: 'unknown-type' });
    expect(meaningOf(log.state)).toEqual(before);
  });
});
