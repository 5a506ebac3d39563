import { CodedError } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { createManualClock, settle } from '../../../verifier/test/manual-clock.ts';
import { createLeaseMemory } from '../adapters/memory/lease.ts';
import type { Lease } from '../ports/lease.ts';
import { createTurn } from './turn.ts';

const LONG_ENOUGH_MS = 10_000;

function world() {
  const clock = createManualClock();
  const lease = createLeaseMemory(clock);
  const working = new Set<string>();
  let most = 0;
  const turnOf = (holder: string, through: Lease = lease) =>
    createTurn({
      ...{ lease: through, clock, name: 'work', by: { holder }, report: () => undefined },
      async work(signal) {
        working.add(holder);
        most = Math.max(most, working.size);
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        working.delete(holder);
      },
    });
  return { clock, lease, working, turnOf, most: () => most };
}

describe('of several processes', () => {
  it('one works, and goes on working', async () => {
    const { clock, working, turnOf, most } = world();
    const turns = ['a', 'b', 'c'].map((holder) => turnOf(holder));
    await clock.advance(LONG_ENOUGH_MS * 6);
    expect([...working]).toEqual(['a']);
    expect(most()).toBe(1);
    await Promise.all(turns.map((turn) => turn[Symbol.asyncDispose]()));
    expect(working.size).toBe(0);
  });

  it('the next one works at once when the first ends in order', async () => {
    const { clock, working, turnOf, most } = world();
    const [a, b] = [turnOf('a'), turnOf('b')];
    await clock.advance(LONG_ENOUGH_MS);
    await a[Symbol.asyncDispose]();
    b.hurry();
    await settle();
    expect([...working]).toEqual(['b']);
    expect(most()).toBe(1);
    await b[Symbol.asyncDispose]();
  });

  it('one that cannot reach the leases stops before another may begin', async () => {
    const { clock, lease, working, turnOf, most } = world();
    let isCut = false;
    const cut = async () => {
      if (isCut) throw new CodedError('database.unreachable', 'The database does not answer.');
    };
    const through: Lease = {
      take: (...asked) => cut().then(() => lease.take(...asked)),
      release: (...asked) => cut().then(() => lease.release(...asked)),
      read: (...asked) => cut().then(() => lease.read(...asked)),
    };
    const [a, b] = [turnOf('a', through), turnOf('b')];
    await clock.advance(1000);
    isCut = true;
    await clock.advance(LONG_ENOUGH_MS);
    expect([...working]).toEqual(['b']);
    expect(most()).toBe(1);
    isCut = false;
    await clock.advance(LONG_ENOUGH_MS);
    expect([...working]).toEqual(['b']);
    await Promise.all([a[Symbol.asyncDispose](), b[Symbol.asyncDispose]()]);
  });

  it('one that the leases never answer stops as well', async () => {
    const { clock, lease, working, turnOf, most } = world();
    let isSilent = false;
    const through: Lease = {
      ...lease,
      take: (...asked) => (isSilent ? new Promise(() => undefined) : lease.take(...asked)),
    };
    turnOf('a', through);
    const b = turnOf('b');
    await clock.advance(1000);
    isSilent = true;
    await clock.advance(LONG_ENOUGH_MS);
    expect([...working]).toEqual(['b']);
    expect(most()).toBe(1);
    await b[Symbol.asyncDispose]();
  });
});
