import { describe, expect, test } from 'vitest';
import { buildLog, civicParty, DAY_MS, foldEntries, LIST_URI, type LogBuilder } from '../../test/log-builder.ts';
import { sha256 } from '../encoding/bytes.ts';
import { encodeBase64url } from '../encoding/text.ts';
import { packStatuses } from '../status/packed.ts';
import { findDecidingEntry } from './deciding.ts';
import { sectionsOf } from './sections.ts';
import { encodeSnapshot, parseSnapshot } from './snapshot.ts';
import { changeKey } from './state.ts';
import type { Party, PartyKey } from './statement.ts';

const MILLION = 1_000_000;
const SECOND = 'https://civic.example/lists/2';
const OTHER_KEY = 'https://civic.example/lists/other-key';

/** The issuer with two keys and three lists, two of them of the key that is stolen. */
function founded(size = 131_072): LogBuilder {
  const log = buildLog();
  const { keys } = civicParty(log.signatures);
  log.accredit(
    civicParty(log.signatures, { keys: [...keys, { use: 'credential', key: log.signatures.key('new').jwk }] }),
  );
  log.list({ list: SECOND, size });
  log.list({ list: OTHER_KEY, key: log.signatures.key('new').kid });
  log.epoch();
  return log;
}

function civicOf(log: LogBuilder): Party {
  return log.state.parties.get('https://civic.example') ?? expect.fail('it is founded');
}

function withMark(log: LogBuilder, at = log.state.time): Party {
  const { kid } = log.signatures.key('civic credential');
  const mark = (key: PartyKey) =>
    key.key.x === log.signatures.key('civic credential').jwk.x ? { ...key, compromised: at } : key;
  expect(kid).not.toBe('');
  return { ...civicOf(log), keys: civicOf(log).keys.map(mark) };
}

const isFull = (log: LogBuilder, list: string) => log.state.lists.get(list)?.values.every((value) => value === 1);

describe('a stolen key', () => {
  test('makes every index of its lists 1 with the next epoch, and touches no list of another key', () => {
    const log = founded();
    log.accredit(withMark(log));
    expect(log.epoch().ok).toBe(true);
    expect([LIST_URI, SECOND, OTHER_KEY].map((list) => isFull(log, list))).toEqual([true, true, false]);
    expect(log.state.changes.size).toBe(0);
    const list = log.state.lists.get(SECOND) ?? expect.fail('it is open');
    expect(list.digest).toBe(encodeBase64url(sha256(packStatuses(new Uint8Array(list.size).fill(1), 2))));
  });

  test('of a million credentials costs one entry and is one epoch, for whoever folds and for whoever takes a snapshot', () => {
    const log = founded(MILLION);
    const entries = log.entries.length;
    log.accredit(withMark(log));
    log.epoch();
    expect(log.entries.length - entries).toBe(3);
    const again = foldEntries(log.entries, log.signatures);
    expect(sectionsOf(again)).toEqual(sectionsOf(log.state));
    const bytes = encodeSnapshot(log.state, { epoch: log.entries.at(-1) ?? '', checkpoint: 'note' });
    const taken = parseSnapshot(bytes ?? expect.fail('it is not that long')).state;
    expect(sectionsOf(taken)).toEqual(sectionsOf(log.state));
    expect(taken.lists.get(SECOND)?.compromised).toEqual(log.state.lists.get(SECOND)?.compromised);
    // What was taken from a snapshot goes on as what was folded.
    expect(taken.lists.get(SECOND)?.values.every((value) => value === 1)).toBe(true);
  });

  test('is final: nothing in its lists is suspended, lifted or lapses any more', () => {
    const log = founded();
    const target = { list: LIST_URI, index: 7 };
    log.suspend([target], log.state.time + DAY_MS);
    log.epoch();
    log.accredit(withMark(log));
    log.epoch();
    expect(log.state.suspensions.size).toBe(0);
    expect(log.lift([target]).carried).toMatchObject({ ok: false, why: 'already-final' });
    expect(log.epoch(log.state.time + 2 * DAY_MS).ok).toBe(true);
    expect(isFull(log, LIST_URI)).toBe(true);
  });

  test('opens no further list, and stays in every later entry as it is', () => {
    const log = founded();
    const entry = withMark(log);
    log.accredit(entry);
    log.epoch();
    expect(log.list({ list: 'https://civic.example/lists/3' })).toMatchObject({ ok: false, why: 'unauthorised' });
    const { keys } = entry;
    const unmarked = keys.map(({ compromised: _, ...key }) => key);
    const moved = keys.map((key) => (key.compromised === undefined ? key : { ...key, compromised: 1 }));
    const left = keys.filter(({ compromised }) => compromised === undefined);
    for (const changed of [unmarked, moved, left]) {
      expect(log.accredit({ ...entry, keys: changed }).carried).toMatchObject({ ok: false, why: 'key-compromised' });
    }
    expect(log.accredit({ ...entry, name: 'Another name' }).carried.ok).toBe(true);
    expect(isFull(log, LIST_URI)).toBe(true);
  });

  test('is listed nowhere again without its mark: beside it, for another use, under another time, or as another party’s', () => {
    const log = founded();
    const entry = withMark(log);
    const [stolen] = entry.keys.filter(({ compromised }) => compromised !== undefined);
    const { compromised: _, ...again } = stolen ?? expect.fail('it is marked');
    const added = (party: Party, key: PartyKey): Party => ({ ...party, keys: [...party.keys, key] });
    const other: Party = { ...entry, id: 'https://other.example', keys: [] };
    // In the entry that marks it as well.
    expect(log.accredit(added(entry, { ...again, use: 'statement' })).carried).toMatchObject({
      why: 'key-compromised',
    });
    log.accredit(entry);
    log.epoch();
    for (const party of [
      added(entry, again),
      added(entry, { ...again, use: 'statement' }),
      added(entry, { ...again, until: log.state.time + DAY_MS }),
      added(other, again),
      added(other, { ...again, use: 'verdict' }),
    ]) {
      expect(log.accredit(party).carried).toMatchObject({ ok: false, why: 'key-compromised' });
    }
    expect(log.accredit(added(entry, { use: 'credential', key: log.signatures.key('newer').jwk })).carried.ok).toBe(
      true,
    );
    // With its mark anybody may say so.
    expect(log.accredit(added(other, { ...again, compromised: 7 })).carried.ok).toBe(true);
  });

  test('may stay where a party had it for something else before: what is recorded is read as it was', () => {
    const log = founded();
    const civic = civicOf(log);
    const stolen = civic.keys.find(({ use }) => use === 'credential') ?? expect.fail('it is founded');
    const twice = { ...civic, keys: [...civic.keys, { ...stolen, use: 'verdict' as const }] };
    log.accredit(twice);
    const marked = { ...twice, keys: twice.keys.map((key) => (key === stolen ? { ...key, compromised: 1 } : key)) };
    expect(log.accredit(marked).carried.ok).toBe(true);
    expect(log.accredit({ ...marked, name: 'Another name' }).carried.ok).toBe(true);
  });

  test('is what decided over each of its credentials, but for those that were revoked before', () => {
    const log = founded();
    log.revoke([{ list: LIST_URI, index: 3 }]);
    log.epoch();
    const before = log.entries.length;
    log.accredit(withMark(log));
    log.epoch();
    const decidedBy = (index: number) =>
      findDecidingEntry(log.state, { list: LIST_URI, index }, (at) => log.entries[at])?.decisions.map(
        ({ power }) => power,
      );
    expect(decidedBy(3)).toEqual(['revoke']);
    expect(decidedBy(4)).toEqual(['accredit']);
    expect(log.state.lists.get(LIST_URI)?.compromised).toEqual({ entry: before + 1, decisions: [before] });
    expect(log.state.changes.has(changeKey(LIST_URI, 4))).toBe(false);
  });
});
