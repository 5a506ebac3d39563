import { beforeEach, describe, expect, it } from 'vitest';
import { createManualClock, type ManualClock } from '../../../verifier/test/manual-clock.ts';
import { createCountingEntropy } from '../../test/verifier-world.ts';
import { createOutboxMemory } from '../adapters/memory/outbox.ts';
import { createWebhooks, type Webhooks } from './webhooks.ts';

const outbox = createOutboxMemory();
let clock: ManualClock;
let webhooks: Webhooks;
let woken = 0;
let hook: string;

beforeEach(async () => {
  for (const { id } of await outbox.readEndpoints()) await outbox.removeEndpoint(id);
  clock = createManualClock(1000);
  woken = 0;
  const wake = () => {
    woken += 1;
  };
  webhooks = createWebhooks({ outbox, clock, entropy: createCountingEntropy(), owner: 'north', wake });
  hook = (await webhooks.add('https://shop.example/hook/secret?token=1', ['presentation'])).id;
  const events = [1, 2, 3].map((i) => ({ id: `e${i}`, kind: 'presentation', subject: `p${i}`, at: i }));
  await outbox.append(events, 100);
});

describe('what a receiver does not take', () => {
  it('is nobody’s matter while it only waits for its time', async () => {
    expect(await webhooks.handoffs()).toEqual({ handoffs: [], more: 0 });
  });

  it('is owned by whoever tells it, is asked again while there is hope, and needs somebody once it is given up', async () => {
    await outbox.settle('e1', hook, { state: 'failed', nextAt: 5000, failure: 'fetch.status' });
    const common = { what: 'event', of: hook, giver: 'north', receiver: 'https://shop.example', owner: 'north' };
    expect((await webhooks.handoffs()).handoffs).toEqual([{ ...common, count: 3, since: 1, next: 'taken' }]);
    for (const id of ['e1', 'e2']) await outbox.settle(id, hook, { state: 'dead', failure: 'fetch.timeout' });
    await outbox.settle('e3', hook, { state: 'sent' });
    const { handoffs } = await webhooks.handoffs();
    expect(handoffs).toEqual([{ ...common, count: 2, since: 1, next: 'sent-again' }]);
    expect(JSON.stringify(handoffs)).not.toMatch(/secret|token/);
  });

  it('is sent again at once when somebody says so, and is no handoff any more', async () => {
    await outbox.settle('e1', hook, { state: 'dead', failure: 'fetch.timeout' });
    expect([await webhooks.resend(hook), woken]).toEqual([1, 1]);
    expect((await outbox.readDue(1000, 10)).map(({ event }) => event.id)).toContain('e1');
    await expect(webhooks.resend('nobody')).rejects.toMatchObject({ code: 'webhook.not-found' });
  });
});
