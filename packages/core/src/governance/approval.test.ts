import { describe, expect, test } from 'vitest';
import { buildLog, civicParty, LIST_URI } from '../../test/log-builder.ts';
import { createIdealSignatures, createRealSignatures } from '../../test/test-keys.ts';
import { encodeJws, signatureCheck } from '../encoding/jws.ts';
import { encodeBase64url } from '../encoding/text.ts';
import { approvalSigningInput, checkTerms, type DecisionOpenings, type ExpectedDecision } from './approval.ts';
import {
  bindingDigest,
  type DecisionTerms,
  decisionDigest,
  parseApproval,
  type SaltedLeaf,
  saltedRoot,
} from './decision.ts';

const { key } = createIdealSignatures();
let salts = 0;

function leaf(kind: SaltedLeaf['kind'], value: unknown): SaltedLeaf {
  salts += 1;
  return { salt: encodeBase64url(new Uint8Array(16).fill(salts)), kind, value };
}

const OPENINGS: DecisionOpenings = {
  targets: [leaf('target', { list: LIST_URI, index: 7 }), leaf('target', { list: LIST_URI, index: 9 })],
  reasons: [leaf('reason', 'moved away')],
  evidence: [leaf('evidence', { class: 'register', digest: 'd'.repeat(43) })],
};
const EXPECTED: ExpectedDecision = {
  genesis: 'g'.repeat(43),
  power: 'revoke',
  targets: [
    { list: LIST_URI, index: 9 },
    { list: LIST_URI, index: 7 },
  ],
  class: 'residence-ended',
};

function termsOf(openings: DecisionOpenings, changes: Partial<DecisionTerms> = {}): DecisionTerms {
  const { targets, reasons, evidence } = openings;
  return {
    genesis: EXPECTED.genesis,
    id: 'd-1',
    power: 'revoke',
    parameters: { reasons: saltedRoot(reasons), evidence: saltedRoot(evidence) },
    targets: { root: saltedRoot(targets), count: targets.length },
    class: 'residence-ended',
    rulebook: 0,
    expiry: 1,
    ...changes,
  };
}

function whatDiffers(check: () => unknown): unknown {
  try {
    check();
  } catch (error) {
    return (error as { details?: { what?: string } }).details?.what;
  }
  return undefined;
}

describe('checking terms before signing', () => {
  test('gives the digest to sign when all is as expected, in whatever order', () => {
    const terms = termsOf(OPENINGS);
    expect(checkTerms(terms, OPENINGS, EXPECTED)).toBe(decisionDigest(terms));
  });

  const lies: readonly (readonly [
    string,
    Partial<DecisionTerms>,
    Partial<DecisionOpenings>,
    Partial<ExpectedDecision>,
  ])[] = [
    ['network', { genesis: 'h'.repeat(43) }, {}, {}],
    ['power', { power: 'suspend' }, {}, {}],
    ['class', { class: 'key-compromise' }, {}, {}],
    ['parameters', { parameters: {} }, {}, {}],
    ['parameters', { parameters: { ...termsOf(OPENINGS).parameters, until: 5 } }, {}, {}],
    ['targets', {}, {}, { targets: [{ list: LIST_URI, index: 7 }] }],
    ['targets', {}, {}, { targets: [EXPECTED.targets[0] ?? { party: '' }, { list: LIST_URI, index: 8 }] }],
    ['targets', {}, { targets: OPENINGS.targets.slice(1) }, {}],
    ['targets', { targets: { root: saltedRoot([]), count: 2 } }, {}, {}],
    ['targets', { targets: { ...termsOf(OPENINGS).targets, count: 3 } }, {}, {}],
    ['reasons', {}, { reasons: [] }, {}],
    ['reasons', {}, { reasons: [leaf('reason', 'moved away')] }, {}],
    ['evidence', {}, { evidence: [...OPENINGS.evidence, leaf('evidence', 1)] }, {}],
    ['party', {}, { party: civicParty(createIdealSignatures()) }, {}],
    ['rulebook', {}, { rulebook: buildLog({ until: 'empty' }).rulebook }, {}],
  ];
  test.each(lies)('refuses other %s (%#)', (what, terms, openings, expected) => {
    const check = () =>
      checkTerms(termsOf(OPENINGS, terms), { ...OPENINGS, ...openings }, { ...EXPECTED, ...expected });
    expect(whatDiffers(check)).toBe(what);
    expect(check).toThrow(expect.objectContaining({ code: 'approval.terms-differ' }));
  });

  test('a target opened twice does not hide another one', () => {
    const [first = leaf('target', 0)] = OPENINGS.targets;
    const openings = { ...OPENINGS, targets: [first, leaf('target', first.value)] };
    const [, shown = { party: '' }] = EXPECTED.targets;
    const expected = { ...EXPECTED, targets: [shown, shown] };
    expect(whatDiffers(() => checkTerms(termsOf(openings), openings, expected))).toBe('targets');
  });

  test('leaves of another kind, or with salts too short to hide anything, are refused', () => {
    const disguised = { ...OPENINGS, reasons: [leaf('evidence', 'moved away')] };
    expect(whatDiffers(() => checkTerms(termsOf(disguised), disguised, EXPECTED))).toBe('reasons');
    const short = { ...OPENINGS, evidence: [{ salt: 'AA', kind: 'evidence' as const, value: 1 }] };
    expect(whatDiffers(() => checkTerms(termsOf(OPENINGS), short, EXPECTED))).toBe('evidence');
  });

  test('a party is accredited only as it was shown, and only the party named', () => {
    const party = civicParty(createIdealSignatures());
    const openings = { ...OPENINGS, targets: [leaf('target', { party: party.id })], party };
    const parameters = { ...termsOf(openings).parameters, party: bindingDigest(party) };
    const terms = termsOf(openings, { power: 'accredit', parameters });
    const expected: ExpectedDecision = { ...EXPECTED, power: 'accredit', targets: [{ party: party.id }] };
    expect(checkTerms(terms, openings, expected)).toBe(decisionDigest(terms));
    const other = { ...openings, party: { ...party, accreditations: [] } };
    expect(whatDiffers(() => checkTerms(terms, other, expected))).toBe('party');
    const renamed = { ...openings, targets: [leaf('target', { party: 'https://north.example' })] };
    const swapped = termsOf(renamed, { power: 'accredit', parameters });
    const wanted: ExpectedDecision = { ...expected, targets: [{ party: 'https://north.example' }] };
    expect(whatDiffers(() => checkTerms(swapped, renamed, wanted))).toBe('party');
  });
});

describe('the approval of an officer', () => {
  test('names the key, and its signature verifies over the one digest', () => {
    const real = createRealSignatures();
    const officer = real.key('officer-a');
    const input = approvalSigningInput('d'.repeat(43), officer.jwk);
    const approval = parseApproval(encodeJws(input, officer.sign(input)));
    expect(approval).toMatchObject({ kid: officer.kid, digest: 'd'.repeat(43) });
    expect(real.verify(signatureCheck(approval.jws, officer.jwk))).toBe(true);
  });

  test('is what the fold accepts', () => {
    const log = buildLog();
    const terms = log.terms('revoke', [{ list: LIST_URI, index: 1 }]);
    const approvals = ['officer-a', 'officer-b'].map((name) => {
      const input = approvalSigningInput(decisionDigest(terms), key(name).jwk);
      return encodeJws(input, key(name).sign(input));
    });
    const { genesis: _, ...rest } = terms;
    const body = { type: 'decision', v: 1, ...rest, approvals, received: 1, authorised: 1 };
    expect(log.append(log.statement(body)).ok).toBe(true);
  });
});
