import type { Wallet } from '@holdfast/wallet';
import { createStoredCredentials } from './stored-credentials.ts';
import { createStoredKeys } from './stored-keys.ts';

let opened: Promise<Wallet> | undefined;

/** The wallet of `@holdfast/wallet` over what this browser keeps. Its code comes when something is done with it. */
export function openWallet(): Promise<Wallet> {
  opened ??= import('@holdfast/wallet').then(({ createWallet }) =>
    createWallet({
      ...{ keys: createStoredKeys(), store: createStoredCredentials() },
      // This page itself came over http only from this very machine.
      allowLoopback: location.protocol === 'http:',
    }),
  );
  opened.catch(() => {
    opened = undefined;
  });
  return opened;
}
