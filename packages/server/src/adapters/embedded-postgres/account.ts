import { readFileSync } from 'node:fs';
import { CodedError } from '@holdfast/core';

/** An account of this machine that PostgreSQL may run under when we are root: it refuses to run as root itself. */
export type Account = { readonly name: string; readonly uid: number; readonly gid: number };

const NOBODY_UID = 65_534;

/** Names tried in this order when `nobody` has another number here; any ordinary account comes after them. */
const SECOND_CHOICES = ['nobody', 'postgres', 'daemon'];

/** The lines of passwd(5) that name an account with fewer rights than root. Malformed lines are left out. */
export function parseAccounts(passwd: string): readonly Account[] {
  return passwd.split('\n').flatMap((line) => {
    const [name = '', , uid = '', gid = ''] = line.split(':');
    if (name === '' || !/^\d{1,5}$/.test(uid) || !/^\d{1,5}$/.test(gid) || Number(uid) === 0) return [];
    return [{ name, uid: Number(uid), gid: Number(gid) }];
  });
}

/**
 * The account to run PostgreSQL under: undefined when we are not root and so already are one. initdb needs an account
 * with a name, so a bare number will not do. Throws `engine.no-account` when root finds no other account here.
 */
export function chooseAccount(accounts: readonly Account[] = readAccounts()): Account | undefined {
  if (process.geteuid?.() !== 0) return undefined;
  const byName = SECOND_CHOICES.map((name) => accounts.find((account) => account.name === name));
  const chosen = [accounts.find(({ uid }) => uid === NOBODY_UID), ...byName, ...accounts].find((a) => a !== undefined);
  if (chosen !== undefined) return chosen;
  throw new CodedError(
    'engine.no-account',
    'PostgreSQL does not run as root, and this machine has no other account to run it under. ' +
      'Start Holdfast as an ordinary user, or give it a PostgreSQL of yours with --database URL.',
  );
}

/** The account that owns an existing cluster goes on owning it, whatever `chooseAccount` would prefer today. */
export function accountOf(uid: number, gid: number): Account {
  return readAccounts().find((account) => account.uid === uid) ?? { name: `uid ${uid}`, uid, gid };
}

function readAccounts(): readonly Account[] {
  try {
    return parseAccounts(readFileSync('/etc/passwd', 'utf8'));
  } catch {
    return [];
  }
}
