import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { buildLog, DAY_MS, foldEntries, LIST_URI, type LogBuilder, testRulebook } from '../../test/log-builder.ts';
import { createIdealSignatures } from '../../test/test-keys.ts';
import { parsePublicJwk } from '../encoding/jwk.ts';
import { decisionDigest } from '../governance/decision.ts';
import { encodeVkey, vkeyOf } from '../log/note.ts';
import type { Rulebook } from '../rulebook/rulebook.ts';
import { rulebookAt } from './due.ts';
import { checkpointVkeys, isLogTerms, type LogTerms } from './log-keys.ts';

const ORIGIN = 'log.example/test';

function newVkey(origin = ORIGIN): string {
  const { publicKey } = generateKeyPairSync('ed25519');
  return encodeVkey(vkeyOf(origin, parsePublicJwk(publicKey.export({ format: 'jwk' }))));
}

const [FIRST, SECOND, THIRD] = [newVkey(), newVkey(), newVkey()];

function newLog(): LogBuilder {
  const signatures = createIdealSignatures();
  return buildLog({ signatures, rulebook: testRulebook(signatures, { log: { origin: ORIGIN, vkey: FIRST } }) });
}

const inForce = ({ state }: LogBuilder): Rulebook => {
  if (state.rulebook === undefined) throw new Error('a log begins with its rulebook');
  return state.rulebook.body;
};

function rotate(log: LogBuilder, terms: Partial<LogTerms>, effectiveAt = log.state.time) {
  const before = inForce(log);
  return log.amend({ ...before, log: { ...before.log, ...terms } }, effectiveAt).carried;
}

describe('the key of the log', () => {
  test('changes with the next epoch, by a quorum, and nothing else about the rules', () => {
    const log = newLog();
    expect(rotate(log, { vkey: SECOND })).toMatchObject({ ok: true });
    expect(inForce(log).log.vkey).toBe(FIRST);
    expect(rulebookAt(log.state, log.state.time + 1)?.body.log.vkey).toBe(SECOND);
    expect(inForce(log).log.vkey).toBe(FIRST);
    log.epoch();
    expect(inForce(log)).toEqual({ ...log.rulebook, log: { origin: ORIGIN, vkey: SECOND } });
    expect(foldEntries(log.entries, log.signatures).rulebook).toEqual(log.state.rulebook);
  });

  test('does not change by fewer officers, later without notice, under another name, or to what is no key', () => {
    const attempts: ((log: LogBuilder) => unknown)[] = [
      (log) => rotate(log, { vkey: SECOND }, log.state.time + 1),
      (log) => rotate(log, { origin: 'log.example/other', vkey: newVkey('log.example/other') }),
      (log) => rotate(log, { vkey: newVkey('log.example/other') }),
      (log) => rotate(log, { vkey: 'nonsense' }),
      (log) => rotate(log, { vkey: SECOND, compromised: [{ vkey: SECOND, from: 0 }] }),
      (log) =>
        rotate(log, { vkey: SECOND, previous: { vkey: FIRST, until: 1 }, compromised: [{ vkey: FIRST, from: 0 }] }),
      (log) => rotate(log, { vkey: SECOND, previous: { vkey: SECOND, until: 1 } }),
      (log) => {
        const body = { ...inForce(log), title: 'Other rules too', log: { origin: ORIGIN, vkey: SECOND } };
        return log.amend(body, log.state.time).carried;
      },
      (log) => {
        const body = { ...inForce(log), log: { origin: ORIGIN, vkey: SECOND } };
        return log.amend(body, log.state.time, { officers: ['officer-a'] }).carried;
      },
    ];
    for (const attempt of attempts) {
      const log = newLog();
      expect(attempt(log)).toMatchObject({ ok: false });
      log.epoch();
      expect(inForce(log).log.vkey).toBe(FIRST);
    }
  });

  test('may change together with rules, after their notice', () => {
    const log = newLog();
    const effectiveAt = log.state.time + 7 * DAY_MS;
    const body = { ...log.rulebook, title: 'Second', log: { origin: ORIGIN, vkey: SECOND } };
    expect(log.amend(body, effectiveAt).carried).toMatchObject({ ok: true });
    log.epoch(effectiveAt);
    expect(inForce(log)).toEqual(body);
  });

  test('is not brought back by an amendment that was announced before it changed', () => {
    for (const isLate of [true, false]) {
      const log = newLog();
      const effectiveAt = log.state.time + 7 * DAY_MS;
      log.amend({ ...log.rulebook, title: 'Announced' }, effectiveAt);
      log.epoch(isLate ? log.state.time + DAY_MS : effectiveAt - 1);
      rotate(log, { vkey: SECOND, compromised: [{ vkey: FIRST, from: 3 }] });
      // In one case the two fall due one after the other, in the other case with the same epoch.
      if (isLate) log.epoch();
      log.epoch(effectiveAt);
      expect(inForce(log)).toMatchObject({ title: 'Announced', log: { vkey: SECOND } });
      expect(log.state.scheduled).toEqual([]);
      const copy = foldEntries(log.entries, log.signatures);
      expect(copy.position).toEqual(log.state.position);
    }
  });

  test('changes under decisions that were approved before, and takes none of them away', () => {
    const log = newLog();
    const terms = log.terms('revoke', [{ list: LIST_URI, index: 8 }]);
    rotate(log, { vkey: SECOND });
    log.epoch();
    expect(log.state.rulebook?.index).toBe(0);
    expect(log.append(log.decision(terms, ['officer-a', 'officer-b']))).toMatchObject({ ok: true });
    const changes = [{ list: LIST_URI, index: 8, value: 1 }] as const;
    expect(log.status([decisionDigest(terms)], changes)).toMatchObject({ ok: true });
  });

  test('is not given back to a thief by an amendment that was drafted before the theft was known', () => {
    const log = newLog();
    const drafted = { ...inForce(log), log: { origin: ORIGIN, vkey: THIRD, previous: { vkey: FIRST, until: 9e12 } } };
    rotate(log, { vkey: SECOND, compromised: [{ vkey: FIRST, from: 1 }] });
    log.epoch();
    expect(log.amend(drafted, log.state.time).carried).toMatchObject({ ok: false, why: 'unauthorised' });
  });

  test('changes again, and an epoch that is wrong leaves no trace of it', () => {
    const log = newLog();
    rotate(log, { vkey: SECOND, previous: { vkey: FIRST, until: log.state.time + DAY_MS } });
    const wrong = log.statement({ type: 'epoch', v: 1, size: 0, time: 1, sections: {} }, 'network');
    log.append(wrong);
    expect(inForce(log).log.vkey).toBe(FIRST);
    log.epoch();
    rotate(log, { vkey: THIRD });
    log.epoch();
    expect(inForce(log).log.vkey).toBe(THIRD);
  });

  test('signs with the one before it for an overlap, and not for longer', () => {
    const terms = { origin: ORIGIN, vkey: SECOND, previous: { vkey: FIRST, until: 100 } };
    expect(isLogTerms(terms)).toBe(true);
    expect(checkpointVkeys(terms, 99)).toEqual([SECOND, FIRST]);
    expect(checkpointVkeys(terms, 100)).toEqual([SECOND]);
    expect(checkpointVkeys({ origin: ORIGIN, vkey: SECOND }, 0)).toEqual([SECOND]);
  });
});
