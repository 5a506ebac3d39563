import { describe, expect, test } from 'vitest';
import {
  buildLog,
  civicParty,
  DAY_MS,
  foldEntry,
  LIST_URI,
  type LogBuilder,
  meaningOf,
} from '../../test/log-builder.ts';
import { NEW_ORIGIN, type SuccessionChanges, succeedLog } from '../../test/succession.ts';
import { sectionsOf } from './sections.ts';
import { encodeSnapshot, parseSnapshot } from './snapshot.ts';
import { createNetworkState, type Refusal } from './state.ts';
import { createSuccessorState } from './succession.ts';

function oldLog(): LogBuilder {
  const log = buildLog();
  log.revoke([{ list: LIST_URI, index: 3 }]);
  log.suspend([{ list: LIST_URI, index: 4 }], log.state.time + DAY_MS);
  log.epoch();
  return log;
}

describe('a new log that succeeds another', () => {
  test('goes on from the state that the old position commits to, under the same name', () => {
    const old = oldLog();
    const { log, opening } = succeedLog(old);
    expect(log.append(opening)).toEqual({ ok: true, index: 0 });
    expect(log.epoch()).toMatchObject({ ok: true, index: 1 });
    expect(log.state).toMatchObject({
      name: old.state.name,
      predecessors: [old.state.position],
      succeeding: undefined,
      position: { log: NEW_ORIGIN, size: 2 },
      rulebook: { index: 0 },
    });
    expect(log.state.lists.get(LIST_URI)?.values.slice(3, 5)).toEqual(Uint8Array.of(1, 2));
    const { rulebook, decisions, ...same } = sectionsOf(old.state);
    expect(sectionsOf(log.state)).toMatchObject(same);
    expect(sectionsOf(log.state).rulebook).not.toBe(rulebook);
    expect(sectionsOf(log.state).decisions).not.toBe(decisions);
    // What was final stays final, what was to lapse lapses, and what is decided now takes effect.
    expect(log.revoke([{ list: LIST_URI, index: 3 }]).carried).toMatchObject({ why: 'already-final' });
    log.epoch();
    expect(log.revoke([{ list: LIST_URI, index: 9 }]).carried).toMatchObject({ ok: true });
    log.epoch(old.state.time + 2 * DAY_MS);
    expect(log.state.lists.get(LIST_URI)?.values.slice(3, 10)).toEqual(Uint8Array.of(1, 0, 0, 0, 0, 0, 1));
  });

  test('is the same for everybody who has the old state and the new entries, and for nobody else', () => {
    const old = oldLog();
    const { log, opening } = succeedLog(old);
    for (const entry of [opening]) log.append(entry);
    log.epoch();
    const again = createSuccessorState(old.state);
    for (const entry of log.entries) expect(foldEntry(again, entry, log.signatures)).toMatchObject({ ok: true });
    expect(meaningOf(again)).toEqual(meaningOf(log.state));
    const without = createNetworkState();
    expect(foldEntry(without, opening, log.signatures)).toMatchObject({ ok: false, why: 'genesis' });
    expect(foldEntry(without, log.entries[1] ?? '', log.signatures)).toMatchObject({ ok: false });
    const other = createSuccessorState(buildLog().state);
    expect(foldEntry(other, opening, log.signatures)).toMatchObject({ ok: false });
  });

  const refused: readonly (readonly [string, Refusal, SuccessionChanges])[] = [
    ['one officer alone', 'quorum', { officers: ['officer-a'] }],
    ['officers without the role', 'quorum', { officers: ['officer-a', 'officer-c'] }],
    ['one officer twice', 'quorum', { officers: ['officer-a', 'officer-a'] }],
    ['another governor than it names', 'genesis', { signedBy: 'network' }],
    ['another network', 'genesis', { body: { network: 'b'.repeat(43) } }],
    ['approvals of other terms', 'decision-parameters', { decision: { parameters: { succession: 'x' } } }],
    ['a class the power does not take', 'decision-class', { decision: { class: 'a mood' } }],
    ['rules that were not in force', 'decision-rulebook', { decision: { rulebook: 5 } }],
    ['approvals that ran out', 'decision-expired', { decision: { expiry: 1 } }],
  ];
  test.each(refused)('is not opened by %s', (_, why, changes) => {
    const { log, opening } = succeedLog(oldLog(), changes);
    expect(log.append(opening)).toMatchObject({ ok: false, why });
    // And then nothing ever happens in it: without its first entry it has no rules by which anything could.
    expect(log.append(log.statement(succeedingEpoch(log), 'network'))).toMatchObject({ ok: false });
    expect(log.state.position).toBeUndefined();
    expect(log.state.rulebook).toBeUndefined();
  });

  test('opens with its succession or with nothing: neither a genesis nor anything of the old governor counts', () => {
    const old = oldLog();
    for (const entry of [old.entries[0] ?? '', old.statement({ type: 'rulebook', v: 1, body: old.rulebook })]) {
      const { log, opening } = succeedLog(old);
      expect(log.append(entry)).toMatchObject({ ok: false });
      expect(log.append(opening)).toMatchObject({ ok: false });
      expect(log.state.rulebook).toBeUndefined();
    }
    const { log, opening } = succeedLog(old);
    log.append(opening);
    expect(log.append(opening)).toMatchObject({ ok: false });
    expect(old.append(opening)).toMatchObject({ ok: false });
  });

  test('is succeeded again, and every earlier position counts as read', () => {
    const first = oldLog();
    const { log: second, opening } = succeedLog(first);
    second.append(opening);
    second.accredit(civicParty(second.signatures, { name: 'Later' }));
    second.epoch();
    const back = succeedLog(second, { rulebook: { log: { origin: 'log.example/test', vkey: 'x' } } });
    expect(back.log.append(back.opening)).toMatchObject({ why: 'succession-log' });
    expect(second.state.predecessors).toEqual([first.state.position]);
  });

  test('has snapshots that say what it succeeded', () => {
    const { log, opening } = succeedLog(oldLog());
    log.append(opening);
    log.epoch();
    const bytes = encodeSnapshot(log.state, { epoch: log.entries[1] ?? '', checkpoint: 'a note' });
    const { state } = parseSnapshot(bytes ?? new Uint8Array());
    expect(state.predecessors).toEqual(log.state.predecessors);
    expect(meaningOf(state)).toEqual(meaningOf(log.state));
  });
});

function succeedingEpoch({ state }: LogBuilder): object {
  return { type: 'epoch', v: 1, size: 1, time: state.time + 1, sections: sectionsOf(state) };
}
