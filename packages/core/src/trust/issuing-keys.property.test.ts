import fc from 'fast-check';
import { expect, test } from 'vitest';
import { networkView } from '../../test/judgement.ts';
import { civicParty } from '../../test/log-builder.ts';
import { createIdealSignatures } from '../../test/test-keys.ts';
import { thumbprint } from '../encoding/jwk.ts';
import type { PartyKey } from '../fold/statement.ts';
import { networkIssuerKey } from './issuer-key.ts';
import { issuingKeys } from './issuing-keys.ts';

const signatures = createIdealSignatures();
const time = networkView().position.time;
const near = fc.integer({ min: time - 2, max: time + 2 });

const anyKey = fc.record(
  {
    use: fc.constantFrom<PartyKey['use']>('credential', 'statement'),
    key: fc.constantFrom('a', 'b', 'c', 'd').map((name) => signatures.key(name).jwk),
    from: near,
    until: near,
    compromised: near,
  },
  { requiredKeys: ['use', 'key'] },
);

test('an issuer signs by the keys that a verifier would accept from it now, and the last of them comes first', () => {
  const keys = fc.uniqueArray(anyKey, { maxLength: 4, selector: ({ key }) => thumbprint(key) });
  fc.assert(
    fc.property(keys, (named) => {
      const party = civicParty(signatures, { keys: named });
      const view = { ...networkView(), parties: new Map([[party.id, party]]), rulebook: undefined };
      const accepted = named
        .filter(({ use }) => use === 'credential')
        .map(({ key }) => thumbprint(key))
        .filter(
          (kid) => networkIssuerKey({ issuer: party.id, vct: 'residence', header: { kid } }, view)?.trust === 'yes',
        );
      expect(issuingKeys(party, time)).toEqual(accepted.reverse());
    }),
  );
  expect(issuingKeys(undefined, time)).toEqual([]);
});
