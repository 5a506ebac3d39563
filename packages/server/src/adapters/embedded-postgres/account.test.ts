import { expect, it } from 'vitest';
import { isRoot } from '../../../test/test-engine.ts';
import { chooseAccount, parseAccounts } from './account.ts';

const passwd = [
  'root:x:0:0:root:/root:/bin/bash',
  'toor:x:0:0::/root:/bin/sh',
  'broken line',
  'huge:x:4294967294:4294967294::/:/bin/false',
  'games:x:5:60:games:/usr/games:/usr/sbin/nologin',
  'postgres:x:101:104::/var/lib/postgresql:/bin/bash',
  'nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin',
];

it('reads the accounts that are not root and leaves out lines that name none', () => {
  expect(parseAccounts(passwd.join('\n')).map(({ name }) => name)).toEqual(['games', 'postgres', 'nobody']);
  expect(parseAccounts('')).toEqual([]);
});

if (isRoot) {
  it('lets root choose nobody, else an account of a known name, else any at all', () => {
    const accounts = parseAccounts(passwd.join('\n'));
    expect(chooseAccount(accounts)).toEqual({ name: 'nobody', uid: 65_534, gid: 65_533 });
    expect(chooseAccount(accounts.slice(0, 2))?.name).toBe('postgres');
    expect(chooseAccount(accounts.slice(0, 1))?.name).toBe('games');
  });

  it('tells root what to do on a machine that has no other account', () => {
    expect(() => chooseAccount([])).toThrow(
      expect.objectContaining({ code: 'engine.no-account', message: expect.stringContaining('--database') }),
    );
  });
} else {
  it('changes nobody who is not root (the choice for root is tested as root)', () => {
    expect(chooseAccount(parseAccounts(passwd.join('\n')))).toBeUndefined();
  });
}
