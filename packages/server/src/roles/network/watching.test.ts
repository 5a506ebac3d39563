import { expect, it } from 'vitest';
import { appendAndTick, startTestNetwork } from '../../../test/test-network.ts';
import { createNetwork } from './network-role.ts';

const TICKS = 20;

it('two networks on one store mint each tick once, and each shows what the other has recorded before its own tick', async () => {
  const bounds = { watchMs: 100 };
  const first = await startTestNetwork({ bounds });
  const { clock } = first;
  const second = createNetwork({ ...first.options, bounds });
  await second.start(new AbortController().signal);
  const sizes = () => [first.role, second].map((role) => role.health().size);
  const before = Math.max(...sizes());
  const tickMs = first.role.state.rulebook?.body.tickMs ?? 0;
  await clock.advance(TICKS * tickMs);
  expect(Math.max(...sizes()) - before).toBeLessThanOrEqual(TICKS + 1);
  expect(Math.max(...sizes()) - before).toBeGreaterThan(TICKS / 2);

  const size = Math.max(...sizes());
  await appendAndTick(first, await first.write.revoke(3));
  await clock.advance(200);
  expect(second.health().size).toBeGreaterThan(size + 1);
  expect(second.state.decided.size).toBe(first.role.state.decided.size);
  await second[Symbol.asyncDispose]();
  await first.role[Symbol.asyncDispose]();
});
