import { accredit, until } from '../founding.ts';
import { LossyLine } from '../money/lossy-line.ts';
import type { World } from '../world.ts';
import type { HarbourKeys } from './issuer-node.ts';
import { HARBOUR, HARBOUR_ISSUER, HARBOUR_TYPE, IssuerNode } from './issuer-node.ts';
import { IssuingLaws } from './issuing-laws.ts';

/** The office that people go to, and the line from their wallets to it. */
export type Harbour = {
  readonly node: IssuerNode;
  readonly line: LossyLine;
  readonly laws: IssuingLaws;
  readonly keys: HarbourKeys;
};

export function createHarbour(world: World): Harbour {
  const { signatures } = world;
  const keys = { statement: signatures.createKey('ES256'), credential: signatures.createKey('ES256') };
  const node = new IssuerNode(world, keys);
  node.start();
  return { node, line: new LossyLine(HARBOUR, world), laws: new IssuingLaws(world), keys };
}

/** Has the office accredited and its first list opened, in calm weather. */
export async function openHarbour(world: World, { node, keys }: Harbour): Promise<void> {
  await accredit(world, {
    ...{ id: HARBOUR_ISSUER, kind: 'issuer' },
    keys: [
      { use: 'statement', key: keys.statement },
      { use: 'credential', key: keys.credential },
    ],
    accreditations: [{ action: 'issue', type: HARBOUR_TYPE, assurance: 'substantial', from: 0 }],
  });
  await until(world, () => (node.issuer?.readListUris(HARBOUR).length ?? 0) > 0);
}
