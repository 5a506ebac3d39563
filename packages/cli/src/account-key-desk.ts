import { CodedError } from '@holdfast/core';
import type { AccountKeyChange } from '@holdfast/wallet';
import { EXIT, formatTime, type Output } from './output.ts';

const OF_KEY = /^internal:key\.([A-Za-z0-9_-]{43})$/;

/** What stands before an account of the ledger. */
export const OF_LEDGER = 'internal:';

/** The thumbprint of the key that an account is named after. Throws `usage.order`. */
export function thumbprintIn(account: string): string {
  const found = OF_KEY.exec(account)?.[1];
  if (found !== undefined) return found;
  throw new CodedError('usage.order', 'Say it as `account new` said it in the folder of the other key: internal:key.…');
}

/** Says what a change is, and what can still be done about it. `now`: unix milliseconds. */
export function tellChange(output: Output, change: AccountKeyChange, keys: string, now: number): number {
  const { id, to, effectiveAt, cancelled } = change;
  output.data(change);
  if (cancelled) output.say(`Called off: the key of ${OF_LEDGER}key.${to} does not take over this account.`);
  else if (effectiveAt <= now) output.say(`The key of ${OF_LEDGER}key.${to} has taken over this account.`);
  else {
    output.say(
      `From ${formatTime(effectiveAt)} on the key of ${OF_LEDGER}key.${to} orders this account, and the key in ${keys} no more.`,
    );
    output.say(`Until then nothing is different, and the key in ${keys} can call it off: account keep --change ${id}`);
  }
  return EXIT.yes;
}

/** Below what is on an account: somebody who took the key must not change it unseen. */
export function tellWaiting(output: Output, changes: readonly AccountKeyChange[], now: number): void {
  for (const { id, to, effectiveAt, cancelled } of changes) {
    if (cancelled || effectiveAt <= now) continue;
    output.say(`ANOTHER KEY takes over on ${formatTime(effectiveAt)}: that of ${OF_LEDGER}key.${to}.`);
    output.say(`If that was not you: account keep --change ${id}`);
  }
}
