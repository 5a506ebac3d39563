import { assert, type PublicJwk, thumbprint } from '@holdfast/core';
import { decide } from '../deciding.ts';
import { civic, until } from '../founding.ts';
import { changeKey } from '../rotating.ts';
import type { World } from '../world.ts';
import type { Following } from './ending.ts';

/** What officers have changed while the old log went on. */
export type ChangedKeys = {
  /** One that the issuer has besides those it began with. */
  readonly issuer: PublicJwk;
};

/** In the middle of everything officers change the key of the log, and enter another key of the issuer. */
export async function changeKeys(world: World): Promise<ChangedKeys> {
  const { signatures, place } = world;
  const before = logKeyOf(world);
  await changeKey(world, 'key of the old log', false);
  await until(world, () => logKeyOf(world) !== before);
  const issuer = signatures.createKey('ES256');
  const party = civic(world);
  const keys = [...party.keys, { use: 'credential' as const, key: issuer }];
  const request = { power: 'rotate', class: 'party-changed', party: { ...party, keys } } as const;
  await decide(world, 'another key of the issuer', request);
  await until(world, () => hasKey(world.governor().follower?.state.parties.get(place.issuer), issuer));
  return { issuer };
}

/** Also in the next log its key is changed, as soon as somebody is there to ask. */
export async function changeNextKey(world: World): Promise<void> {
  await until(world, () => world.network().role !== undefined);
  await changeKey(world, 'key of the next log', false);
}

/** Whoever has gone over has the issuer's keys as they were changed, and the key of the log that the network has in force. */
export function expectChanged(world: World, following: readonly Following[], changed: ChangedKeys | undefined): void {
  const { oracles, scheduler, place, network } = world;
  const inForce = network().role?.state.rulebook?.body.log;
  assert(inForce !== undefined, 'the new log runs when all is well');
  for (const { name, follower } of following) {
    const { position, parties, rulebook } = follower()?.state ?? {};
    if (changed === undefined || position?.log !== inForce.origin) continue;
    const isIssuers = hasKey(parties?.get(place.issuer), changed.issuer);
    const isLogs = rulebook?.body.log.vkey === inForce.vkey;
    const what = () => `${name} knows ${isIssuers ? '' : 'not '}the issuer's key, ${isLogs ? '' : 'not '}the log's`;
    oracles.expect('changed-keys-stay-changed', isIssuers && isLogs, scheduler.now, what);
  }
}

function logKeyOf({ governor }: World): string | undefined {
  return governor().follower?.state.rulebook?.body.log.vkey;
}

function hasKey(party: { readonly keys: readonly { readonly key: PublicJwk }[] } | undefined, key: PublicJwk): boolean {
  return party?.keys.some((one) => thumbprint(one.key) === thumbprint(key)) === true;
}
