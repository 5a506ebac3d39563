import {
  assert,
  encodeJws,
  encodeSigningInput,
  encodeUtf8,
  type PublicJwk,
  STATEMENT_TYP,
  thumbprint,
} from '@holdfast/core';
import { accredit, until } from '../founding.ts';
import { CIVIC, type NetworkPlace } from '../holders.ts';
import type { World } from '../world.ts';

const LIST_SIZE = 131_072;

/** One issuer of a program, accredited, its list open in the log. */
export type OpenIssuer = {
  readonly id: string;
  readonly list: string;
  readonly key: PublicJwk;
  readonly opened: { readonly log: string; readonly size: number };
};

/** Where the network of a scenario is: its first issuer is that of the world. */
export function placeOf(issuer: string, type: string): NetworkPlace {
  return { ...CIVIC, issuer, list: listOf(issuer), type, assurance: 'high' };
}

function listOf(issuer: string): string {
  return `${issuer}/rehearsed-list`;
}

/** Accredits one more issuer by the roles' own ways, and opens its list. */
export async function openIssuer(world: World, id: string): Promise<OpenIssuer> {
  const { signatures, place } = world;
  const keys = { statement: signatures.createKey('ES256'), credential: signatures.createKey('ES256') };
  await accredit(world, {
    ...{ id, kind: 'issuer' },
    keys: [
      { use: 'statement', key: keys.statement },
      { use: 'credential', key: keys.credential },
    ],
    accreditations: [{ action: 'issue', type: place.type, assurance: place.assurance, from: 0 }],
  });
  const header = { alg: 'ES256', kid: thumbprint(keys.statement), typ: STATEMENT_TYP };
  const list = { list: listOf(id), issuer: id, bits: 2, size: LIST_SIZE, key: thumbprint(keys.credential) };
  const input = encodeSigningInput(header, { type: 'list', v: 1, ...list });
  const receipt = await world
    .network()
    .role?.append([encodeJws(input, signatures.sign(keys.statement, encodeUtf8(input)))]);
  assert(receipt !== undefined, 'the network runs');
  const size = receipt.index + 1;
  await until(world, () => (world.governor().follower?.position?.size ?? 0) > size);
  return { id, list: listOf(id), key: keys.credential, opened: { log: place.origin, size } };
}
