import { describe, expect, test } from 'vitest';
import { buildLog, civicParty, LIST_URI, START_MS, testRulebook } from '../../test/log-builder.ts';
import { createIdealSignatures } from '../../test/test-keys.ts';
import type { Party } from '../fold/statement.ts';
import type { Profile } from '../rulebook/rulebook.ts';
import type { NetworkView } from '../verdict/evidence.ts';
import { networkIssuerKey, profileFor } from './issuer-key.ts';

const signatures = createIdealSignatures();
const credential = signatures.key('civic credential');
const second = signatures.key('civic credential second');
const RESIDENCE = { action: 'issue', type: 'residence', assurance: 'substantial', from: 0 } as const;
const SIGNED = { issuer: 'https://civic.example', vct: 'residence', header: { kid: credential.kid } };

function viewOf(changes: Partial<Party>, profiles?: Profile[]): NetworkView {
  const rulebook = testRulebook(signatures, profiles === undefined ? {} : { profiles });
  const log = buildLog({ signatures, rulebook });
  log.accredit(civicParty(signatures, { accreditations: [RESIDENCE], ...changes }));
  log.epoch(START_MS + 1_000_000);
  const { position } = log.state;
  if (position === undefined) throw new Error('a founded log has a position');
  return { ...log.state, position };
}

const TIME = START_MS + 1_000_000;
const credentialKey = { use: 'credential' as const, key: credential.jwk };

describe('the key of an issuer of this network', () => {
  test('is trusted for a type it is accredited for, as of the position', () => {
    expect(networkIssuerKey(SIGNED, viewOf({}))).toEqual({
      source: 'network',
      assurance: 'substantial',
      id: 'https://civic.example',
      name: 'Civic office',
      key: credential.jwk,
      asOf: TIME,
      trust: 'yes',
    });
  });

  test('an issuer the network does not know, or a credential that names none, is no answer', () => {
    const view = viewOf({});
    expect(networkIssuerKey({ ...SIGNED, issuer: 'https://stranger.example' }, view)).toBeUndefined();
    expect(networkIssuerKey({ vct: 'residence', header: SIGNED.header }, view)).toBeUndefined();
    expect(networkIssuerKey(SIGNED, viewOf({ kind: 'verifier' }))).toBeUndefined();
    expect(networkIssuerKey({ ...SIGNED, issuer: 'officer-a' }, view)).toBeUndefined();
  });

  test('a key the issuer does not have, or has for statements only, is no answer', () => {
    const view = viewOf({});
    expect(networkIssuerKey({ ...SIGNED, header: { kid: second.kid } }, view)).toBeUndefined();
    const statementKid = signatures.key('civic statement').kid;
    expect(networkIssuerKey({ ...SIGNED, header: { kid: statementKid } }, view)).toBeUndefined();
  });

  test('without a kid the only credential key is meant, and of two neither', () => {
    const unnamed = { ...SIGNED, header: {} };
    expect(networkIssuerKey(unnamed, viewOf({}))).toMatchObject({ trust: 'yes' });
    const two = viewOf({ keys: [credentialKey, { use: 'credential', key: second.jwk }] });
    expect(networkIssuerKey(unnamed, two)).toBeUndefined();
    expect(networkIssuerKey(SIGNED, two)).toMatchObject({ trust: 'yes', key: credential.jwk });
  });

  test('of two keys, without a kid, the one of its list is meant: also once that is stolen and another was entered', () => {
    const unnamed = { ...SIGNED, header: {}, status: { uri: LIST_URI } };
    const other = { use: 'credential', key: second.jwk } as const;
    const two = viewOf({ keys: [other, credentialKey] });
    expect(networkIssuerKey(unnamed, two)).toMatchObject({ trust: 'yes', key: credential.jwk });
    const stolen = viewOf({ keys: [{ ...credentialKey, compromised: TIME }, other] });
    expect(networkIssuerKey(unnamed, stolen)).toMatchObject({
      trust: 'no',
      why: 'key.compromised',
      key: credential.jwk,
    });
    expect(networkIssuerKey({ ...unnamed, status: { uri: 'https://elsewhere.example/1' } }, two)).toBeUndefined();
    expect(networkIssuerKey({ ...unnamed, header: { kid: second.kid } }, two)).toMatchObject({ key: second.jwk });
    // The one key that there is, is meant as before, whatever list was opened under an older one.
    expect(networkIssuerKey(unnamed, viewOf({ keys: [other] }))).toMatchObject({ key: second.jwk });
  });

  test.each<[string, Partial<Party>, string]>([
    ['another type', { accreditations: [{ ...RESIDENCE, type: 'licence' }] }, 'trust.not_authorized'],
    ['no type at all', { accreditations: [] }, 'trust.not_authorized'],
    ['a type from later on', { accreditations: [{ ...RESIDENCE, from: TIME + 1 }] }, 'trust.ended'],
    ['a type until now', { accreditations: [{ ...RESIDENCE, until: TIME }] }, 'trust.ended'],
    ['a key until now', { keys: [{ ...credentialKey, until: TIME }] }, 'trust.ended'],
    ['a key from later on', { keys: [{ ...credentialKey, from: TIME + 1 }] }, 'trust.ended'],
  ])('accredited for %s, it is known and not trusted', (_, changes, why) => {
    expect(networkIssuerKey(SIGNED, viewOf(changes))).toMatchObject({ trust: 'no', why });
  });

  test('the last and the first millisecond of a period count', () => {
    const period = [{ ...RESIDENCE, from: TIME, until: TIME + 1 }];
    expect(networkIssuerKey(SIGNED, viewOf({ accreditations: period }))).toMatchObject({ trust: 'yes' });
  });

  test('one accreditation that has ended does not spoil another in force', () => {
    const accreditations = [{ ...RESIDENCE, until: TIME }, RESIDENCE];
    expect(networkIssuerKey(SIGNED, viewOf({ accreditations }))).toMatchObject({ trust: 'yes' });
  });

  test('the assurance must reach what the profile asks, and only an accreditation in force counts for it', () => {
    const profiles = (minAssurance: Profile['minAssurance']): Profile[] => [
      { id: 'strict', appliesTo: ['residence'], minAssurance },
      { id: 'default', appliesTo: ['*'], minAssurance: 'high' },
    ];
    expect(networkIssuerKey(SIGNED, viewOf({}, profiles('substantial')))).toMatchObject({ trust: 'yes' });
    const tooLow = { trust: 'no', why: 'trust.assurance_too_low' };
    expect(networkIssuerKey(SIGNED, viewOf({}, profiles('high')))).toMatchObject(tooLow);
    const ended = [RESIDENCE, { ...RESIDENCE, assurance: 'high' as const, until: TIME }];
    expect(networkIssuerKey(SIGNED, viewOf({ accreditations: ended }, profiles('high')))).toMatchObject(tooLow);
  });
});

describe('the profile of a type', () => {
  const star: Profile = { id: 'star', appliesTo: ['*'], minAssurance: 'low' };
  const named: Profile = { id: 'named', appliesTo: ['residence'], minAssurance: 'high' };

  test('is the one that names it, wherever it stands, else the one for all, else none', () => {
    expect(profileFor([star, named], 'residence')).toBe(named);
    expect(profileFor([star, named], 'licence')).toBe(star);
    expect(profileFor([named], 'licence')).toBeUndefined();
  });
});
