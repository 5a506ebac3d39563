import type { Party, PublicJwk } from '@holdfast/core';

export type SampleParties = {
  readonly issuer: {
    /** What its credentials name as their issuer. */
    readonly id: string;
    readonly name: string;
    /** The types of credential (`vct`) that it may issue. */
    readonly types: readonly string[];
    readonly statementKey: PublicJwk;
    readonly credentialKeys: readonly PublicJwk[];
    /** DER, base64: for verifiers outside the network. */
    readonly anchors?: readonly string[];
  };
  readonly distributor?: {
    readonly id: string;
    readonly name: string;
    readonly statementKey: PublicJwk;
    /** Its ledger's. */
    readonly acceptanceKey: PublicJwk;
  };
  readonly verifiers: readonly { readonly id: string; readonly name: string; readonly verdictKey: PublicJwk }[];
};

/** The parties of the sample network, accredited from its beginning on. */
export function sampleParties({ issuer, verifiers, distributor }: SampleParties): Party[] {
  const { id, name, types, statementKey, credentialKeys, anchors } = issuer;
  const credential = credentialKeys.map((key) => ({ use: 'credential' as const, key }));
  return [
    {
      id,
      kind: 'issuer',
      name,
      keys: [{ use: 'statement', key: statementKey }, ...credential],
      ...(anchors === undefined ? {} : { anchors: [...anchors] }),
      accreditations: types.map((type) => ({ action: 'issue', type, assurance: 'substantial', from: 0 })),
    },
    ...verifiers.map(
      (verifier): Party => ({
        id: verifier.id,
        kind: 'verifier',
        name: verifier.name,
        keys: [{ use: 'verdict', key: verifier.verdictKey }],
        accreditations: [],
      }),
    ),
    ...(distributor === undefined ? [] : [distributorParty(distributor)]),
  ];
}

function distributorParty(distributor: NonNullable<SampleParties['distributor']>): Party {
  const { id, name, statementKey, acceptanceKey } = distributor;
  const keys: Party['keys'] = [
    { use: 'statement', key: statementKey },
    { use: 'acceptance', key: acceptanceKey },
  ];
  return { id, kind: 'distributor', name, keys, accreditations: [] };
}
