import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Lease } from './lease.ts';

const LONG_MS = 60_000;

/** The contract of leases. `open` gives a store of them in which none is held; the same ones each time within a test. */
export function leaseContract(open: () => Promise<Lease>): void {
  it('lets one have it, says who that is, and prolongs it under the same fence', async () => {
    const lease = await open();
    expect(await lease.read('writer')).toBeUndefined();
    const first = await lease.take('writer', { holder: 'a', address: 'http://a' }, LONG_MS);
    expect(first).toEqual({ holder: 'a', address: 'http://a', fence: 1 });
    expect(await lease.take('writer', { holder: 'b' }, LONG_MS)).toBeUndefined();
    expect(await lease.take('writer', { holder: 'a', address: 'http://a' }, LONG_MS)).toEqual(first);
    expect(await lease.read('writer')).toEqual(first);
  });

  it('goes to the next under a larger fence once it is released or over', async () => {
    const lease = await open();
    await lease.take('writer', { holder: 'a', address: 'http://a' }, LONG_MS);
    await lease.release('writer', 'a');
    expect(await lease.read('writer')).toBeUndefined();
    expect(await lease.take('writer', { holder: 'b' }, 1)).toEqual({ holder: 'b', fence: 2 });
    await delay(20);
    expect(await lease.read('writer')).toBeUndefined();
    expect(await lease.take('writer', { holder: 'a' }, LONG_MS)).toEqual({ holder: 'a', fence: 3 });
  });

  it('gives a holder that comes back too late a larger fence, as somebody else may have had it in between', async () => {
    const lease = await open();
    await lease.take('writer', { holder: 'a' }, 1);
    await delay(20);
    expect(await lease.take('writer', { holder: 'a' }, LONG_MS)).toEqual({ holder: 'a', fence: 2 });
  });

  it('is ended by nobody but its holder', async () => {
    const lease = await open();
    await lease.take('writer', { holder: 'a' }, LONG_MS);
    await lease.release('writer', 'b');
    await lease.release('another', 'a');
    expect(await lease.read('writer')).toMatchObject({ holder: 'a' });
  });

  it('gives it to exactly one of many who ask at once, and keeps names apart', async () => {
    const lease = await open();
    const asked = Array.from({ length: 12 }, (_, i) => lease.take('writer', { holder: `h${i}` }, LONG_MS));
    expect((await Promise.all(asked)).filter((taken) => taken !== undefined)).toHaveLength(1);
    expect(await lease.take('work', { holder: 'z' }, LONG_MS)).toMatchObject({ holder: 'z', fence: 1 });
  });
}
