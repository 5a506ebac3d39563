import { describe, expect, test } from 'vitest';
import {
  credential,
  ISSUER_ID,
  issuerParty,
  judgement,
  LIST_ID,
  LOG,
  NOW,
  networkEvidence,
  networkView,
  OTHER_KEY,
  statusList,
  VIEW,
} from '../../test/judgement.ts';
import type { Credential } from '../credential/parsed-credential.ts';
import { sha256Base64url } from '../encoding/bytes.ts';
import { thumbprint } from '../encoding/jwk.ts';
import { encodeVerdict } from './envelope.ts';
import { judge } from './judge.ts';
import type { Judgement } from './judgement.ts';

function withList(values: Record<number, number>, changes = {}): Partial<Judgement> {
  const list = statusList(values, changes);
  return { evidence: networkEvidence(credential(), networkView(0, { lists: new Map([[list.id, list]]) })) };
}

function codes(changes: Partial<Judgement>): string[] {
  return judge(judgement(changes)).reasons.map(({ code }) => code);
}

test('a good credential with live evidence is valid and final, and says what it does not establish', () => {
  const verdict = judge(judgement());
  expect(verdict).toMatchObject({ outcome: 'valid', reasons: [], freshness: 'live', allows: { effect: 'final' } });
  expect(verdict.notEstablished).toContain('truth-of-claims');
  expect(verdict.notEstablished).toContain('possession');
  expect(verdict.usableUntil).toBe(NOW + 15_000);
});

describe('what makes it invalid', () => {
  test('a forged signature, and then nothing is asked of its status', () => {
    const verdict = judge(judgement({ ...withList({ 7: 1 }), signatures: { issuer: false, holder: undefined } }));
    expect(verdict.outcome).toBe('invalid');
    expect(verdict.checks.find(({ name }) => name === 'status')).toEqual({
      name: 'status',
      result: 'skipped',
      why: 'not-reached',
    });
  });

  test('a signature that nobody checked', () => {
    expect(codes({ signatures: { issuer: undefined, holder: undefined } })).toEqual(['signature.invalid']);
  });

  test('but not a possession whose proof nobody could look at for want of the issuer’s key', () => {
    const bound = {
      ...{ nonce: 'n', audience: 'a', iat: NOW / 1000, sdHash: sha256Base64url('') },
      jws: { ...credential().issuerJwt, header: { alg: 'ES256', typ: 'kb+jwt' } },
    };
    const unlooked: Partial<Judgement> = {
      parse: credential({ keyBinding: bound as unknown as NonNullable<Credential['keyBinding']> }),
      signatures: { issuer: undefined, holder: undefined },
      evidence: { issuerUnknown: 'trust.key_unavailable' },
    };
    const request = { ...VIEW, nonce: 'n', audience: 'a' };
    expect(judge(judgement({ ...unlooked, request })).outcome).toBe('unknown');
    expect(codes({ ...unlooked, request: { ...request, nonce: 'other' } })).toContain('holder.nonce');
  });

  test('an algorithm the key does not have', () => {
    const signatures = { issuer: undefined, holder: undefined, refused: 'signature.alg_not_allowed' };
    expect(codes({ signatures })).toEqual(['signature.alg_not_allowed']);
  });

  test('an index the list does not have', () => {
    const parse = credential({ status: { uri: LIST_ID, index: 64 } });
    expect(codes({ parse })).toEqual(['status.index_out_of_range']);
    expect(judge(judgement({ parse })).outcome).toBe('invalid');
  });

  test('a list that belongs to another key of the issuer, or to another issuer', () => {
    expect(codes(withList({}, { key: thumbprint(OTHER_KEY) }))).toEqual(['status.wrong_list_key']);
    expect(codes(withList({}, { issuer: 'https://issuer.example/i/other' }))).toEqual(['status.wrong_list_key']);
  });

  test('an issuer that is known and may not issue this type, or may no longer', () => {
    const spoil = (party: ReturnType<typeof issuerParty>) =>
      codes({ evidence: networkEvidence(credential(), networkView(0, { parties: new Map([[ISSUER_ID, party]]) })) });
    expect(spoil(issuerParty({ accreditations: [] }))).toEqual(['trust.not_authorized']);
    const ended = issuerParty().accreditations.map((accreditation) => ({ ...accreditation, until: NOW }));
    expect(spoil(issuerParty({ accreditations: ended }))).toEqual(['trust.ended']);
  });

  test('a key that was declared compromised revokes whatever it signed, with a list and without one', () => {
    const keys = issuerParty().keys.map((key) => ({ ...key, compromised: 1 }));
    const party = issuerParty({ keys, accreditations: [] });
    const view = networkView(30 * 86_400_000, { parties: new Map([[ISSUER_ID, party]]) });
    const verdict = judge(judgement({ evidence: networkEvidence(credential(), view) }));
    expect(verdict).toMatchObject({ outcome: 'revoked', allows: { effect: 'none' } });
    expect(verdict.reasons).toContainEqual({ code: 'key.compromised', path: '' });
    const { status: _, ...pass } = credential() as Credential;
    expect(judge(judgement({ parse: pass as never, evidence: networkEvidence(credential(), view) })).outcome).toBe(
      'revoked',
    );
  });

  test('no key binding when one was asked for', () => {
    expect(codes({ request: { ...VIEW, nonce: 'n', audience: 'a' } })).toEqual(['holder.kb_missing']);
  });
});

describe('what its status says', () => {
  test.each([
    [1, 'revoked', 'status.revoked'],
    [2, 'suspended', 'status.suspended'],
    [3, 'revoked', 'status.superseded'],
  ] as const)('value %i is %s', (value, outcome, code) => {
    const verdict = judge(judgement(withList({ 7: value })));
    expect(verdict).toMatchObject({ outcome, allows: { effect: 'none' }, usableUntil: 0 });
    expect(verdict.reasons).toEqual([{ code, path: '/status' }]);
  });

  test('a neighbour that is revoked changes nothing', () => {
    expect(judge(judgement(withList({ 6: 1, 8: 1 }))).outcome).toBe('valid');
  });

  test('revoked stays revoked however old the evidence is', () => {
    const list = statusList({ 7: 1 });
    const view = networkView(30 * 86_400_000, { lists: new Map([[list.id, list]]) });
    expect(judge(judgement({ evidence: networkEvidence(credential(), view) })).outcome).toBe('revoked');
  });

  test('a list nobody has is unknown, never valid', () => {
    const evidence = networkEvidence(credential(), networkView(0, { lists: new Map() }));
    expect(judge(judgement({ evidence }))).toMatchObject({
      outcome: 'unknown',
      reasons: [{ code: 'status.unavailable' }],
    });
  });

  test('no status at all is said, not hidden', () => {
    const { status: _status, ...rest } = credential();
    const verdict = judge(judgement({ parse: rest }));
    expect(verdict.outcome).toBe('valid');
    expect(verdict.notEstablished).toContain('revocation');
  });

  test('of two sources the more protective wins', () => {
    const packed = new Uint8Array(16);
    packed[0] = 0b10000000;
    const status = { ok: true, uri: LIST_ID, bits: 1, packed, asOf: NOW, digest: 'd'.repeat(43) } as const;
    const evidence = { ...networkEvidence(credential(), networkView()), status };
    expect(judge(judgement({ evidence })).outcome).toBe('revoked');
  });
});

describe('what is not known', () => {
  test('an issuer nobody knows', () => {
    const evidence = { network: networkView(0, { parties: new Map() }) };
    const verdict = judge(judgement({ evidence, signatures: { issuer: undefined, holder: undefined } }));
    expect(verdict.outcome).toBe('unknown');
    expect(verdict.reasons.map(({ code }) => code)).toContain('trust.issuer_unknown');
    expect(verdict.allows.effect).toBe('none');
  });

  test('a position of a log that ours succeeded is known as far as it was carried over, and so is a list', () => {
    const old = { log: 'old.example', root: 'r'.repeat(43), time: NOW };
    const { evidence: usual } = judgement();
    const { network } = usual;
    if (network === undefined) throw new Error('the evidence of the tests has a network');
    const evidence = { ...usual, network: { ...network, predecessors: [{ ...old, size: 7 }] } };
    const at = (size: number) => {
      const positions = [{ ...old, size }];
      return codes({ evidence, request: { class: 'view', freshness: { mode: 'at-least', positions } } });
    };
    expect(at(7)).toEqual([]);
    expect(at(8)).toEqual(['position.ahead']);
    const listed = (size: number) => codes({ evidence, parse: credential({ network: { log: 'old.example', size } }) });
    expect(listed(7)).toEqual([]);
    expect(listed(8)).toEqual(['position.behind_credential']);
  });

  test('a position ahead of ours, and one of a log we do not follow', () => {
    const at = (log: string, size: number) => {
      const positions = [{ log, size, root: 'r'.repeat(43), time: NOW }];
      return codes({ request: { class: 'view', freshness: { mode: 'at-least', positions } } });
    };
    expect(at(LOG, 11)).toEqual(['position.ahead']);
    expect(at(LOG, 10)).toEqual([]);
    expect(at('other.example', 1)).toEqual(['position.log_unknown']);
  });

  test('a credential whose list was opened after what we have read', () => {
    expect(codes({ parse: credential({ network: { log: LOG, size: 11 } }) })).toEqual(['position.behind_credential']);
  });

  test('a feed that contradicts itself', () => {
    const evidence = { ...networkEvidence(credential(), networkView()), contradiction: 'feed.fork' };
    expect(judge(judgement({ evidence }))).toMatchObject({ outcome: 'unknown', conflict: true });
  });

  test('a critical statement about this list or this issuer that we do not understand', () => {
    for (const subject of ['*', LIST_ID, ISSUER_ID]) {
      const view = networkView(0, { critical: new Set([subject]) });
      expect(judge(judgement({ evidence: networkEvidence(credential(), view) })).outcome).toBe('unknown');
    }
    const view = networkView(0, { critical: new Set(['https://issuer.example/status/other/1']) });
    expect(judge(judgement({ evidence: networkEvidence(credential(), view) })).outcome).toBe('valid');
  });
});

describe('dates', () => {
  test('it expires at its second, with no grace', () => {
    expect(judge(judgement({ parse: credential({ exp: NOW / 1000 }) })).outcome).toBe('expired');
    expect(judge(judgement({ parse: credential({ exp: NOW / 1000 + 1 }) })).outcome).toBe('valid');
  });

  test('a minute of skew is allowed for what lies ahead', () => {
    expect(judge(judgement({ parse: credential({ nbf: NOW / 1000 + 60 }) })).outcome).toBe('valid');
    expect(judge(judgement({ parse: credential({ nbf: NOW / 1000 + 61 }) })).outcome).toBe('not-yet-valid');
  });
});

describe('what may follow', () => {
  const effects = (action: 'pay' | 'view', ageMs: number) =>
    judge(
      judgement({
        request: { class: action, freshness: { mode: 'any' }, amount: '10000' },
        evidence: networkEvidence(credential(), networkView(ageMs)),
      }),
    );

  test.each([
    ['pay', 15_000, 'valid', 'final'],
    ['pay', 15_001, 'valid', 'reserve'],
    ['pay', 1_800_000, 'valid', 'reserve'],
    ['pay', 1_800_001, 'unknown', 'queue'],
    ['view', 300_000, 'valid', 'final'],
    ['view', 300_001, 'valid', 'advance'],
    ['view', 86_400_001, 'unknown', 'none'],
  ] as const)('%s with evidence of %i ms: %s, %s', (action, ageMs, outcome, effect) => {
    expect(effects(action, ageMs)).toMatchObject({ outcome, allows: { effect } });
  });

  test('a reserve says how much and by when it must be confirmed', () => {
    expect(effects('pay', 20_000).allows).toEqual({
      effect: 'reserve',
      maxAmount: '10000',
      confirmBy: NOW - 20_000 + 1_800_000,
    });
  });

  test('evidence that is too old for the asker is unknown', () => {
    const request = { class: 'view', freshness: { mode: 'max-age', maxAgeMs: 1000 } } as const;
    const evidence = networkEvidence(credential(), networkView(1001));
    expect(judge(judgement({ request, evidence }))).toMatchObject({
      outcome: 'unknown',
      reasons: [{ code: 'freshness.too_old' }],
    });
  });

  test('a clock behind the evidence makes nothing young', () => {
    expect(effects('pay', -60_000)).toMatchObject({ ageMs: 0, freshness: 'live' });
  });
});

test('equal bases give equal bytes', () => {
  expect(encodeVerdict(judge(judgement()))).toBe(encodeVerdict(judge(judgement())));
});
