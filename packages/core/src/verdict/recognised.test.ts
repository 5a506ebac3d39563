import { describe, expect, test } from 'vitest';
import { ISSUER_ID, issuerParty, LOG, NOW, networkEvidence, networkView, VIEW } from '../../test/judgement.ts';
import { OTHER_ISSUER, OTHER_LOG, OTHER_NAME, OTHER_TYPE, twoNetworks } from '../../test/two-networks.ts';
import type { Position } from '../log/position.ts';
import { judge } from './judge.ts';
import { homePosition, otherPosition } from './positions.ts';
import { TICK_MS } from './verdict.ts';

const NOT_PINNED = ['unknown', 'recognition.not_pinned', 'status.unavailable'];

type Options = Parameters<typeof twoNetworks>[0];

const answer = (options: Options = {}, changes: Parameters<typeof twoNetworks>[1] = {}) => {
  const { outcome, reasons } = judge(twoNetworks(options, changes));
  return [outcome, ...reasons.map(({ code }) => code)];
};

describe('a credential of another network', () => {
  test('that ours recognises is valid, at what both say, on two positions in one basis', () => {
    const verdict = judge(twoNetworks());
    expect(verdict).toMatchObject({
      outcome: 'valid',
      allows: { effect: 'final' },
      issuer: { id: OTHER_ISSUER, source: 'recognised', network: OTHER_NAME, assurance: 'substantial' },
      type: OTHER_TYPE,
      recognised: { as: 'residence', until: NOW + 30 * 86_400_000 },
      basis: { recognised: { network: OTHER_NAME, log: OTHER_LOG } },
    });
    expect(verdict.basis.positions.map(({ log }) => log)).toEqual([LOG, OTHER_LOG].sort());
    expect(homePosition(verdict.basis)?.log).toBe(LOG);
    expect(otherPosition(verdict.basis)?.log).toBe(OTHER_LOG);
    expect(verdict.notEstablished).not.toContain('issuer-authority');
  });

  test('counts for nothing before it is recognised, and for a no when that is over', () => {
    expect(answer({ recognition: undefined })).toEqual(['unknown', 'recognition.none']);
    expect(answer({ recognition: { until: NOW } })).toEqual(['invalid', 'recognition.ended']);
    expect(answer({ recognition: { types: [], until: 0 } })).toEqual(['invalid', 'recognition.ended']);
    const other = [{ type: 'another', as: 'residence', maxAssurance: 'high' as const }];
    expect(answer({ recognition: { types: other } })).toEqual(['invalid', 'recognition.type_not_recognised']);
    expect(judge(twoNetworks({ recognition: undefined })).notEstablished).toContain('issuer-authority');
  });

  test('ends with its recognition also for whoever has not read on since', () => {
    // Read ten minutes ago, when the end was five minutes ahead.
    const until = NOW - 300_000;
    expect(answer({ homeAgeMs: 600_000, recognition: { until } })).toEqual(['invalid', 'recognition.ended']);
    // The network's clock may be ahead of ours.
    const ahead = { homeAgeMs: -60_000, recognition: { until: NOW + 30_000 } };
    expect(answer(ahead)).toEqual(['invalid', 'recognition.ended']);
    expect(judge(twoNetworks({ recognition: { until: NOW + 7000 } })).usableUntil).toBe(NOW + 7000);
  });

  test('is refused where its own network refuses it, whatever ours says', () => {
    expect(answer({ value: 1 })).toEqual(['revoked', 'status.revoked']);
    expect(answer({ value: 2 })).toEqual(['suspended', 'status.suspended']);
    const stolen = issuerParty().keys.map((key) => ({ ...key, compromised: 1 }));
    expect(answer({ party: { keys: stolen } })).toEqual(['revoked', 'key.compromised']);
    expect(answer({ party: { accreditations: [] } })).toEqual(['invalid', 'trust.not_authorized']);
    expect(answer({ parse: { status: { uri: 'https://other.example/none', index: 1 } } })).toEqual([
      'unknown',
      'status.unavailable',
    ]);
    expect(answer({}, { signatures: { issuer: false, holder: undefined } })).toEqual(['invalid', 'signature.invalid']);
  });

  test('counts for no more than the lower of both levels, which the profile here may find too low', () => {
    const profiles = [{ id: 'strict', appliesTo: ['residence'], minAssurance: 'high' as const }];
    expect(answer({ profiles })).toEqual(['invalid', 'recognition.assurance_too_low']);
    const types = [{ type: OTHER_TYPE, as: 'residence', maxAssurance: 'high' as const }];
    expect(answer({ profiles, recognition: { types } })).toEqual(['valid']);
    expect(judge(twoNetworks({ profiles, recognition: { types } })).basis.profile).toBe('strict');
    expect(answer({ profiles, recognition: { types }, otherAssurance: 'low' })).toEqual([
      'invalid',
      'recognition.assurance_too_low',
    ]);
  });

  test('is as old as the network of which less was read', () => {
    expect(judge(twoNetworks({ otherAgeMs: 60_000 }))).toMatchObject({ freshness: 'recent', ageMs: 60_000 });
    expect(judge(twoNetworks({ homeAgeMs: 60_000 }))).toMatchObject({ freshness: 'recent', ageMs: 60_000 });
    const day = 25 * 3_600_000;
    expect(answer({ otherAgeMs: day })).toEqual(['unknown', 'recognition.cut_off']);
    expect(answer({ homeAgeMs: day })).toEqual(['unknown', 'freshness.cut_off']);
  });

  test('is in doubt when the other log has two histories, and says so', () => {
    const verdict = judge(twoNetworks({ evidence: { contradiction: 'feed.fork' } }));
    expect(verdict).toMatchObject({ outcome: 'unknown', conflict: true, basis: { missing: ['recognition.fork'] } });
    expect(verdict.reasons.map(({ code }) => code)).toEqual(['recognition.fork']);
  });

  test('is not judged on what the other network said that nobody here understands', () => {
    const { evidence, ...rest } = twoNetworks();
    const network = { ...networkView(), ...evidence.recognised?.network, critical: new Set(['*']) };
    const unread = { ...evidence, recognised: { name: OTHER_NAME, network } };
    expect(judge({ ...rest, evidence: unread }).reasons.map(({ code }) => code)).toEqual([
      'critical.statement_unknown',
      'critical.statement_unknown',
    ]);
  });

  test('is nothing when our network cannot say whose log that is', () => {
    expect(answer({ recognition: { log: { origin: 'elsewhere', vkey: 'v' } } })).toEqual([
      'unknown',
      'recognition.log_mismatch',
    ]);
  });

  test('is asked for at positions in both logs, and by its own anchor', () => {
    const at = (log: string, size: number) => ({ log, size, root: 'r'.repeat(43), time: NOW });
    const atLeast = (...positions: ReturnType<typeof at>[]) => ({
      request: { ...VIEW, freshness: { mode: 'at-least' as const, positions } },
    });
    expect(answer({}, atLeast(at(LOG, 10), at(OTHER_LOG, 30)))).toEqual(['valid']);
    expect(answer({}, atLeast(at(LOG, 11)))).toEqual(['unknown', 'position.ahead']);
    expect(answer({}, atLeast(at(OTHER_LOG, 31)))).toEqual(['unknown', 'position.ahead']);
    expect(answer({}, atLeast(at('third.example', 1)))).toEqual(['unknown', 'position.log_unknown']);
    expect(answer({ parse: { network: { log: OTHER_LOG, size: 31 } } })).toEqual([
      'unknown',
      'position.behind_credential',
    ]);
    const pinned = { request: { ...VIEW, freshness: { mode: 'at' as const, position: networkView().position } } };
    expect(answer({}, pinned)).toEqual(NOT_PINNED);
  });

  test('is judged at a position of ours by what the other network said where it is named, and by nothing else of it', () => {
    const { position } = networkView();
    const there = twoNetworks().evidence.recognised?.network?.position ?? position;
    const at = (...recognised: Position[]) => ({
      request: { ...VIEW, class: 'pay' as const, freshness: { mode: 'at' as const, position, recognised } },
      // However late it is asked.
      tick: NOW / TICK_MS + 1_000_000,
    });
    const verdict = judge(twoNetworks({}, at(there)));
    expect(verdict).toMatchObject({ outcome: 'valid', allows: { effect: 'reserve' }, basis: { tick: NOW / TICK_MS } });
    expect(verdict.basis.positions).toHaveLength(2);
    for (const other of [
      { ...there, size: 29 },
      { ...there, root: 'x'.repeat(43) },
      { ...there, time: NOW - 1 },
    ]) {
      expect(answer({ value: 1 }, at(other))).toEqual(NOT_PINNED);
    }
    expect(judge(twoNetworks({}, at())).basis.positions).toEqual([position]);
    expect(answer({ value: 1 }, at(there))).toEqual(['revoked', 'status.revoked']);
    const old = { otherAgeMs: 31 * 60_000 };
    expect(answer(old, at({ ...there, time: NOW - old.otherAgeMs }))).toEqual(['unknown', 'recognition.cut_off']);
    const forked = judge(twoNetworks({ evidence: { contradiction: 'feed.fork' } }, at(there)));
    expect(forked).toMatchObject({ outcome: 'unknown', conflict: true });
  });

  test('answers a query for the type here that it counts as', () => {
    const query = (vct: string) => ({
      request: {
        ...VIEW,
        query: {
          credentials: [
            { id: 'a', format: 'dc+sd-jwt', require_cryptographic_holder_binding: false, meta: { vct_values: [vct] } },
          ],
        },
      },
    });
    expect(answer({}, query('residence'))).toEqual(['valid']);
    expect(answer({}, query(OTHER_TYPE))).toEqual(['valid']);
    expect(answer({}, query('licence'))).toEqual(['invalid', 'query.type_mismatch']);
  });
});

test('two histories of the other log put none of our own credentials in doubt', () => {
  const { parse, evidence, ...rest } = twoNetworks({ evidence: { contradiction: 'feed.fork' } });
  if (!parse.ok) throw new Error('it parses');
  const own = { ...parse, issuer: ISSUER_ID, vct: 'https://issuer.example/vct/civic/residence/1' };
  const home = networkEvidence(
    { ...own, status: { uri: 'https://issuer.example/status/civic/1', index: 7 } },
    networkView(),
  );
  const verdict = judge({
    ...rest,
    parse: { ...own, status: { uri: 'https://issuer.example/status/civic/1', index: 7 } },
    evidence: { ...home, ...(evidence.recognised === undefined ? {} : { recognised: evidence.recognised }) },
  });
  expect(verdict).toMatchObject({ outcome: 'valid', conflict: false, issuer: { source: 'network' } });
});
