import {
  ACCEPTANCE_TYP,
  acceptanceOf,
  acceptedTransfers,
  algorithmOf,
  encodeJws,
  encodeSigningInput,
  encodeUtf8,
  type PublicJwk,
  type TransferCommand,
  type TransferResult,
  thumbprint,
} from '@holdfast/core';
import type { Clock } from '../../ports/clock.ts';
import type { Signer } from '../../ports/signer.ts';

/** The signer's name for the ledger's one key. */
export const LEDGER_KEY = 'ledger';

export type Acceptances = {
  readonly readKey: () => Promise<PublicJwk>;
  /** One signature for a call, over what was asked and what is answered: its cost does not grow with the money moved. */
  readonly sign: (commands: readonly TransferCommand[], results: readonly TransferResult[]) => Promise<string>;
};

export function createAcceptances({
  clock,
  signer,
  party,
}: {
  readonly clock: Pick<Clock, 'now'>;
  readonly signer: Pick<Signer, 'readPublicKey' | 'sign'>;
  readonly party: string;
}): Acceptances {
  const readKey = () => signer.readPublicKey(LEDGER_KEY);
  return {
    readKey,
    async sign(commands, results) {
      const key = await readKey();
      const iat = Math.floor(clock.now() / 1000);
      const acceptance = acceptanceOf(acceptedTransfers(commands, results), { iss: party, iat });
      const input = encodeSigningInput(
        { alg: algorithmOf(key), kid: thumbprint(key), typ: ACCEPTANCE_TYP },
        acceptance,
      );
      return encodeJws(input, await signer.sign(LEDGER_KEY, encodeUtf8(input)));
    },
  };
}
