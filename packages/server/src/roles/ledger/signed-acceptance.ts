import {
  ACCEPTANCE_TYP,
  acceptanceOf,
  acceptedTransfers,
  algorithmOf,
  encodeSigningInput,
  type PublicJwk,
  type TransferCommand,
  type TransferResult,
} from '@holdfast/core';
import type { Clock } from '../../ports/clock.ts';
import {
  createRoleKeys,
  NAMED_NOWHERE,
  type NamedKeys,
  type RoleKeys,
  type RoleKeysPorts,
  signBy,
} from '../../role-keys/role-keys.ts';

/** The signer's name for the ledger's first key. */
export const LEDGER_KEY = 'ledger';

export type Acceptances = {
  readonly keys: RoleKeys;
  /** Under which they are checked: that in use, and those before it that have not ended. */
  readonly readKeys: () => Promise<readonly PublicJwk[]>;
  /** One signature for a call, over what was asked and what is answered: its cost does not grow with the money moved. */
  readonly sign: (commands: readonly TransferCommand[], results: readonly TransferResult[]) => Promise<string>;
};

export function createAcceptances({
  clock,
  signer,
  party,
  named = () => NAMED_NOWHERE,
}: {
  readonly clock: Pick<Clock, 'now'>;
  readonly signer: RoleKeysPorts['signer'];
  readonly party: string;
  readonly named?: () => NamedKeys;
}): Acceptances {
  const keys = createRoleKeys({ signer, name: LEDGER_KEY, party, use: 'acceptance', named });
  return {
    keys,
    async readKeys() {
      const { inUse, held } = await keys.read();
      const { all } = named();
      const counting = all.length === 0 ? held.slice(0, 1) : held.filter(({ kid }) => keys.isInForce(kid));
      return [...(inUse === undefined ? [] : [inUse]), ...counting.filter(({ kid }) => kid !== inUse?.kid)].map(
        ({ key }) => key,
      );
    },
    sign(commands, results) {
      const iat = Math.floor(clock.now() / 1000);
      const acceptance = acceptanceOf(acceptedTransfers(commands, results), { iss: party, iat });
      return signBy(keys, ({ key, kid }) =>
        encodeSigningInput({ alg: algorithmOf(key), kid, typ: ACCEPTANCE_TYP }, acceptance),
      );
    },
  };
}
