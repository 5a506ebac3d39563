import type { PartyKey } from '@holdfast/core';
import { createRoleKeys, NAMED_NOWHERE, type RoleKeys, type RoleKeysPorts } from '../src/role-keys/role-keys.ts';

/** The one key of a role that no log says anything about. */
export function heldKeys(
  signer: RoleKeysPorts['signer'],
  { party, use = 'statement', name = use }: { party: string; use?: PartyKey['use']; name?: string },
): RoleKeys {
  return createRoleKeys({ signer, name, party, use, named: () => NAMED_NOWHERE });
}
