import { type PartyKey, parseJws, thumbprint } from '@holdfast/core';
import { expect, it } from 'vitest';
import { createVerifierWorld } from '../../../test/verifier-world.ts';
import { createRoleKeys, namedInLog } from '../../role-keys/role-keys.ts';
import { createVerifierRole } from './verifier-role.ts';

it('signs verdicts by the key that the log names last, and none by one that was stolen', async () => {
  await using world = await createVerifierWorld();
  const { signer, follower, feed, clock } = world;
  const keys = createRoleKeys({
    ...{ signer, name: 'north-verdict', party: 'north', use: 'verdict' },
    named: namedInLog('north', 'verdict', () => follower.state),
  });
  const role = createVerifierRole(await world.role('north', { keys }));
  const [first] = follower.state.parties.get('north')?.keys ?? [];
  if (first === undefined) throw new Error('north has a key');
  const name = async (...named: readonly PartyKey[]) => {
    feed.log.accredit({ id: 'north', kind: 'verifier', name: 'north', keys: [...named], accreditations: [] });
    await clock.advance(feed.log.rulebook.tickMs);
    feed.log.epoch();
    await follower.pull(new AbortController().signal);
  };
  const signerOf = async () => parseJws((await role.verify({ credential: world.credential() })).jws).header.kid;
  expect(await signerOf()).toBe(thumbprint(first.key));
  const stolen = { ...first, compromised: clock.now() };
  const { key, kid } = await keys.prepare();
  await name(stolen);
  await expect(signerOf()).rejects.toMatchObject({ code: 'key.not-held' });
  await name(stolen, { use: 'verdict', key });
  expect([await signerOf(), role.describe().key]).toEqual([kid, kid]);
});
