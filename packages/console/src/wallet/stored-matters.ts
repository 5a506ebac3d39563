import type { Wording } from '@holdfast/core';
import type { AcknowledgedApplication, HolderAccount, PreparedApplication } from '@holdfast/wallet';
import { answered, inStore } from './database.ts';

/** Kept before it is sent: whatever happens on the way, the same can be sent again. */
export type KeptApplication = {
  readonly id: string;
  /** Of the program, in all the languages that it has. */
  readonly title: Wording | string;
  readonly prepared: PreparedApplication;
  /** Once it was acknowledged. */
  readonly sent?: AcknowledgedApplication;
  /** Unix milliseconds. */
  readonly at: number;
};

export async function keepApplication(application: KeptApplication): Promise<void> {
  await inStore('applications', 'readwrite', (store) => answered(store.put(application, application.id)));
}

export async function readApplications(): Promise<readonly KeptApplication[]> {
  const all = await inStore('applications', 'readonly', (store) => answered(store.getAll()) as Promise<unknown[]>);
  return (all as KeptApplication[]).sort((a, b) => b.at - a.at);
}

export async function keepAccount(account: HolderAccount): Promise<void> {
  await inStore('accounts', 'readwrite', (store) => answered(store.put(account, account.name)));
}

/** One is enough: money for somebody comes to one place. */
export async function readAccount(): Promise<HolderAccount | undefined> {
  const all = await inStore('accounts', 'readonly', (store) => answered(store.getAll()) as Promise<unknown[]>);
  return (all as HolderAccount[])[0];
}
