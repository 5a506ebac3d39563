import { bindingDigest, CodedError, type NetworkState } from '@holdfast/core';
import type { Sealer } from '../ports/sealer.ts';
import { handleIn } from './handles.ts';
import type { Signals } from './signals.ts';

/** The salted target of a decision, opened: whoever has it knows the credential already. */
export type OpenedTarget = { readonly salt: string; readonly list: string; readonly index: number };

/** One role that keeps handles. */
export type HandleKeeper = { readonly role: string; readonly sealer: Pick<Sealer, 'pseudonym'> };

export type OpenedHandles = {
  /** The entry of the log that allows it. */
  readonly entry: number;
  readonly roles: readonly { readonly role: string; readonly handles: Readonly<Record<string, string>> }[];
};

/**
 * What these roles call one credential in these months, once officers have decided that it may be joined and the decision
 * stands in the log as this role has read it. Throws `handles.not-decided`. Each opening is told.
 */
export async function openHandles(
  keepers: readonly HandleKeeper[],
  { state, signals }: { readonly state: Pick<NetworkState, 'exceptions'>; readonly signals: Signals },
  { salt, list, index }: OpenedTarget,
  months: readonly string[],
): Promise<OpenedHandles> {
  const decided = state.exceptions.get(bindingDigest({ salt, kind: 'target', value: { list, index } }));
  if (decided?.kind !== 'unsealing') {
    throw new CodedError(
      'handles.not-decided',
      'No decision in the log allows to say what is told of this credential.',
    );
  }
  const { entry } = decided;
  const roles = await Promise.all(
    keepers.map(async ({ role, sealer }) => {
      const named = months.map(async (month) => [month, await handleIn(sealer, { list, index }, month)] as const);
      return { role, handles: Object.fromEntries(await Promise.all(named)) };
    }),
  );
  for (const { role } of roles) signals.handlesOpened({ role, entry, count: months.length });
  return { entry, roles };
}
