import { expect, test } from 'vitest';
import { offeredTypesOf } from './offered-types.ts';

const claim = (name: string, title: string) => ({ path: [name], mandatory: true, display: [{ name: title }] });

test('the types of an issuer are read with the claims that they ask for, by name and title', () => {
  const residence = {
    vct: 'https://issuer.example/residence',
    credential_metadata: {
      display: [{ name: 'Residence', description: 'Lives here' }],
      claims: [claim('given_name', 'Given name'), { path: ['address', 'city'] }],
    },
  };
  expect(offeredTypesOf({ credential_configurations_supported: { residence } })).toEqual([
    {
      ...{ id: 'residence', vct: residence.vct, name: 'Residence', description: 'Lives here' },
      claims: [
        { name: 'given_name', title: 'Given name', mandatory: true },
        { name: 'address.city', mandatory: false },
      ],
    },
  ]);
});

test('metadata that is something else offers nothing, and a type that says nothing of itself has its id', () => {
  for (const strange of [null, 'x', [], {}, { credential_configurations_supported: [] }]) {
    expect(offeredTypesOf(strange)).toEqual([]);
  }
  const bare = { plain: null, odd: { vct: 7, credential_metadata: { display: 'x', claims: [null, { path: 'a' }] } } };
  expect(offeredTypesOf({ credential_configurations_supported: bare })).toEqual([
    { id: 'plain', vct: 'plain', name: 'plain', claims: [] },
    { id: 'odd', vct: 'odd', name: 'odd', claims: [] },
  ]);
});
