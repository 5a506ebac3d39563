import { describe, expect, test } from 'vitest';
import { createManualClock } from '../../../verifier/test/manual-clock.ts';
import { createCountingEntropy } from '../../test/verifier-world.ts';
import { createMemorySealer } from '../adapters/memory/sealer.ts';
import { CHALLENGE_TTL_MS, createChallenges } from './challenges.ts';

const clock = createManualClock(1_700_000_000_000);
const ports = { clock, entropy: createCountingEntropy(), sealer: createMemorySealer(), audience: 'https://us.example' };
const challenges = createChallenges(ports, 'filing');

describe('a challenge', () => {
  test('is good for as long as it says, however often it is answered, and each is another', async () => {
    const [one, other] = [await challenges.create(), await challenges.create()];
    expect(one.audience).toBe('https://us.example');
    expect(one.nonce).not.toBe(other.nonce);
    await clock.advance(CHALLENGE_TTL_MS - 1);
    expect([await challenges.isCurrent(one.nonce), await challenges.isCurrent(one.nonce)]).toEqual([true, true]);
    await clock.advance(1);
    expect(await challenges.isCurrent(one.nonce)).toBe(false);
  });

  test('for one purpose, or by somebody else’s key, is none for another', async () => {
    const { nonce } = await challenges.create();
    expect(await createChallenges(ports, 'erasing').isCurrent(nonce)).toBe(false);
    const other = createChallenges({ ...ports, sealer: createMemorySealer() }, 'filing');
    expect(await other.isCurrent(nonce)).toBe(false);
  });

  test.each([
    ['a later end', (nonce: string) => nonce.replace(/^0*1/, (head) => `${head.slice(0, -1)}2`)],
    ['other random bytes', (nonce: string) => nonce.replace(/\.[^.]/, '._')],
    ['no tag', (nonce: string) => nonce.split('.').slice(0, 2).join('.')],
    ['nothing', () => ''],
    ['a number that is none', (nonce: string) => `x${nonce.slice(1)}`],
    ['far too much', (nonce: string) => nonce + 'A'.repeat(300)],
  ])('with %s is not ours', async (_what, change) => {
    const { nonce } = await challenges.create();
    expect(await challenges.isCurrent(change(nonce))).toBe(false);
  });
});
