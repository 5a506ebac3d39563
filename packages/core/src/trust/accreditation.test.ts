import { describe, expect, test } from 'vitest';
import { judgement } from '../../test/judgement.ts';
import { buildLog, civicParty, DAY_MS, LIST_URI, testRulebook } from '../../test/log-builder.ts';
import { createIdealSignatures } from '../../test/test-keys.ts';
import { judge } from '../verdict/judge.ts';
import { networkIssuerKey } from './issuer-key.ts';

const signatures = createIdealSignatures();
const RESIDENCE = { action: 'issue', type: 'residence', assurance: 'high', from: 0 } as const;
const SIGNED = {
  issuer: 'https://civic.example',
  vct: 'residence',
  header: { kid: signatures.key('civic credential').kid },
};

/** An issuer whose accreditation has just ended, and a rulebook with an exception for that. */
function lapsed(quorum = 3) {
  const rulebook = testRulebook(signatures);
  const [grant = expect.fail('granted')] = rulebook.powers;
  const third = { id: 'officer-d', roles: ['revoker'], key: signatures.key('officer-d').jwk };
  const log = buildLog({
    signatures,
    rulebook: {
      ...rulebook,
      officers: [...rulebook.officers, third],
      powers: [...rulebook.powers, { ...grant, power: 'except' }],
      exceptions: [{ id: 'late', rule: 'accreditation', quorum, maxDurationMs: 5 * DAY_MS }],
    },
  });
  const until = log.state.time + DAY_MS;
  log.accredit(civicParty(signatures, { accreditations: [{ ...RESIDENCE, until }] }));
  log.epoch(until);
  const keyNow = () => {
    const { position } = log.state;
    return networkIssuerKey(SIGNED, { ...log.state, position: position ?? expect.fail('it has an epoch') });
  };
  const except = (durationMs = 2 * DAY_MS) => {
    const party = log.state.parties.get(SIGNED.issuer) ?? expect.fail('it is there');
    const exception = { rule: 'late', until: log.state.time + durationMs };
    const accreditations = party.accreditations.map((entry) => ({ ...entry, exception }));
    const changed = { ...party, accreditations };
    return { exception, changed };
  };
  return { log, until, keyNow, except };
}

describe('an accreditation that has ended', () => {
  test('counts for a while by an exception that more officers allow than the power takes', () => {
    const { log, keyNow, except } = lapsed();
    expect(keyNow()).toMatchObject({ trust: 'no', why: 'trust.ended' });
    const { changed, exception } = except();
    const rule = { rule: 'late' };
    const two = log.enter('except', changed, { officers: ['officer-a', 'officer-b'], more: rule });
    expect(two.decision).toMatchObject({ ok: false, why: 'quorum' });
    const three = log.enter('except', changed, { officers: ['officer-a', 'officer-b', 'officer-d'], more: rule });
    expect(three.carried).toMatchObject({ ok: true });
    log.epoch();
    expect(keyNow()).toMatchObject({ trust: 'yes', exception });
    expect(log.list({ list: 'https://civic.example/lists/more' }).ok).toBe(true);
    log.epoch(exception.until);
    expect(keyNow()).toMatchObject({ trust: 'no', why: 'trust.ended' });
    expect(keyNow()?.exception).toBeUndefined();
  });

  test('is told by every verdict that leans on it, and no longer than it stands', () => {
    const plain = judgement();
    const { issuerKey } = plain.evidence;
    const exception = { rule: 'late', until: plain.tick * 5000 + 7000 };
    const key = issuerKey ?? expect.fail('it is known');
    const verdict = judge({ ...plain, evidence: { ...plain.evidence, issuerKey: { ...key, exception } } });
    expect(verdict.outcome).toBe('valid');
    expect(verdict.issuer?.exception).toEqual(exception);
    expect(verdict.notEstablished).toContain('accreditation-in-force');
    expect(verdict.usableUntil).toBe(exception.until);
    expect(judge(plain).notEstablished).not.toContain('accreditation-in-force');
  });

  test('what is revoked stays so, whatever is excepted', () => {
    const { log, except } = lapsed(2);
    log.revoke([{ list: LIST_URI, index: 7 }]);
    log.enter('except', except().changed, { more: { rule: 'late' } });
    log.epoch();
    expect(log.state.lists.get(LIST_URI)?.values[7]).toBe(1);
  });
});
