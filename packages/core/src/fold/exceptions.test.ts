import { describe, expect, test } from 'vitest';
import { buildLog, LIST_URI, type LogBuilder, testRulebook } from '../../test/log-builder.ts';
import { createIdealSignatures } from '../../test/test-keys.ts';
import { buildProgram, exceptionAfter, RETRY } from '../../test/test-program.ts';
import { bindingDigest } from '../governance/decision.ts';
import { encodeSnapshot, parseSnapshot } from './snapshot.ts';

const signatures = createIdealSignatures();
const SALTED = bindingDigest({ salt: 'c2FsdHNhbHRzYWx0c2FsdA', kind: 'target', value: { list: LIST_URI, index: 7 } });

function newLog(): LogBuilder {
  const rulebook = testRulebook(signatures);
  const [grant = expect.fail('granted')] = rulebook.powers;
  const more = (['return', 'reinstate', 'unseal'] as const).map((power) => ({ ...grant, power }));
  return buildLog({ signatures, rulebook: { ...rulebook, powers: [...rulebook.powers, ...more] } });
}

function reinstated(log: LogBuilder, digest = SALTED, power: 'reinstate' | 'return' = 'reinstate'): string {
  const parameters = { reinstatement: SALTED };
  const decided = log.decide(power, [{ list: LIST_URI, index: 7 }], { parameters });
  return log.statement({ type: 'exception', v: 1, decision: decided.digest, kind: 'reinstatement', digest });
}

describe('an exception', () => {
  test('to reinstate somebody leaves the credential revoked, and a digest that names nobody', () => {
    const log = newLog();
    log.revoke([{ list: LIST_URI, index: 7 }]);
    log.epoch();
    expect(log.append(reinstated(log)).ok).toBe(true);
    log.epoch();
    expect(log.state.lists.get(LIST_URI)?.values[7]).toBe(1);
    expect(log.state.exceptions.get(SALTED)).toMatchObject({ kind: 'reinstatement' });
    const bytes = encodeSnapshot(log.state, { epoch: log.entries.at(-1) ?? '', checkpoint: 'note' });
    expect(parseSnapshot(bytes ?? expect.fail('short')).state.exceptions).toEqual(log.state.exceptions);
    expect(log.append(reinstated(log))).toMatchObject({ ok: false, why: 'exception-repeated' });
  });

  test('is of the power, and of the digest, that its decision names', () => {
    const log = newLog();
    expect(log.append(reinstated(log, 'x'.repeat(43)))).toMatchObject({ ok: false, why: 'decision-parameters' });
    expect(log.append(reinstated(log, SALTED, 'return'))).toMatchObject({ ok: false, why: 'decision-power' });
  });

  test('to join what roles call a credential is of the power for that, and opens nothing else', () => {
    const log = newLog();
    const targets = [{ list: LIST_URI, index: 7 }];
    const decided = log.decide('unseal', targets, { parameters: { unsealing: SALTED } });
    const body = { type: 'exception', v: 1, decision: decided.digest, digest: SALTED } as const;
    expect(log.append(log.statement({ ...body, kind: 'reinstatement' }))).toMatchObject({ ok: false });
    expect(log.append(log.statement({ ...body, kind: 'unsealing' })).ok).toBe(true);
    log.epoch();
    expect(log.state.exceptions.get(SALTED)).toMatchObject({ kind: 'unsealing' });
    const bytes = encodeSnapshot(log.state, { epoch: log.entries.at(-1) ?? '', checkpoint: 'note' });
    expect(parseSnapshot(bytes ?? expect.fail('short')).state.exceptions).toEqual(log.state.exceptions);
  });

  test('by the power to return money says so, for whoever carries it out', () => {
    const log = newLog();
    buildProgram(log, 'released');
    const cancel = { ...RETRY, act: 'cancel' as const };
    expect(log.append(exceptionAfter(log, cancel, {}, 'return')).ok).toBe(true);
    expect(log.append(exceptionAfter(log, RETRY)).ok).toBe(true);
    expect(log.state.exceptions.get(bindingDigest(cancel))).toMatchObject({ power: 'return' });
    expect(log.state.exceptions.get(bindingDigest(RETRY))).toEqual(expect.not.objectContaining({ power: 'return' }));
  });
});
