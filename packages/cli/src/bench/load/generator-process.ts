import { setPriority } from 'node:os';
import { cpuMs } from '../cpu-time.ts';
import { comeHonestly, comeImpatiently, type Ending } from './clients.ts';
import { createOrders, type Order, wireOf } from './orders.ts';
import {
  type ClosedReport,
  type GeneratorOrder,
  type Kind,
  type LoadTarget,
  MIX,
  type Stretch,
  type StretchReport,
} from './plan.ts';
import { createRawClient } from './raw-client.ts';

// A process of its own, so that what it costs is not paid by what it measures.
process.on('disconnect', () => process.exit());
try {
  // A generator that waits for the processor is late for reasons of its own. Only root may say so.
  setPriority(-15);
} catch {
  // Then its lag tells.
}

let target: LoadTarget = { shape: 'claims', port: 0 };

process.on('message', (order: GeneratorOrder) => {
  if (order.do === 'aim') {
    target = order.target;
    process.send?.({ done: {} });
    return;
  }
  const work = order.do === 'open' ? runOpen(order.stretch) : runClosed(order.clients, order.seconds);
  work.then(
    (done) => process.send?.({ done }),
    (error: unknown) => process.send?.({ failed: String(error) }),
  );
});

/** The same seed, the same comings. */
function createChance(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

function kindOf(at: number): Kind {
  const all = MIX.apply + MIX.verify + MIX.transfer;
  if (at < MIX.apply / all) return 'apply';
  return at < (MIX.apply + MIX.verify) / all ? 'verify' : 'transfer';
}

type Coming = { readonly atMs: number; readonly order: Order; readonly isHonest: boolean };

/** Everything is made before the first second: signing is not what is measured. */
function prepare({ perSecond, seconds, seed, isApplyOnly = false }: Stretch): Coming[] {
  const chance = createChance(seed);
  const orders = createOrders(target);
  const comings: Coming[] = [];
  for (let atMs = 0; ; ) {
    atMs += (-Math.log(1 - chance()) * 1000) / perSecond;
    if (atMs >= seconds * 1000) return comings;
    const kind = isApplyOnly ? 'apply' : kindOf(chance());
    comings.push({ atMs, order: orders.make(kind), isHonest: chance() < 0.5 });
  }
}

async function runOpen(stretch: Stretch): Promise<StretchReport> {
  const comings = prepare(stretch);
  const client = createRawClient(target.port);
  const tally = createTally(stretch.seconds);
  const [cpu, start] = [process.cpuUsage(), performance.now()];
  const under: Promise<void>[] = [];
  for (let next = 0; next < comings.length; ) {
    const passed = performance.now() - start;
    for (; next < comings.length && (comings[next]?.atMs ?? 0) <= passed; next += 1) {
      const { atMs, order, isHonest } = comings[next] as Coming;
      tally.came(atMs, performance.now() - start - atMs);
      const cameAt = performance.now();
      const come = isHonest ? comeHonestly : comeImpatiently;
      under.push(
        come(client, order, tally.sent).then((end) => tally.ended(order.kind, atMs, end, performance.now() - cameAt)),
      );
    }
    // Until the next one comes, and no oftener: where few come, looking at the clock would be most of what one costs.
    const restMs = Math.max(1, Math.ceil((comings[next]?.atMs ?? 0) - (performance.now() - start)));
    await new Promise((resolve) => setTimeout(resolve, restMs));
  }
  await Promise.all(under);
  client.close();
  return tally.report(cpuMs(cpu));
}

function createTally(seconds: number) {
  const served: Record<Kind, number> = { apply: 0, verify: 0, transfer: 0 };
  const ends: Record<Ending['kind'], number> = { served: 0, graded: 0, told: 0, left: 0 };
  const statuses: Record<string, number> = {};
  const appliedBySecond = Array.from({ length: seconds }, () => 0);
  const cameBySecond = Array.from({ length: seconds }, () => 0);
  const times: number[] = [];
  let [came, sent, lagMs] = [0, 0, 0];
  return {
    sent: () => {
      sent += 1;
    },
    came(atMs: number, lateMs: number) {
      came += 1;
      lagMs = Math.max(lagMs, lateMs);
      const second = Math.floor(atMs / 1000);
      cameBySecond[second] = (cameBySecond[second] ?? 0) + 1;
    },
    ended(kind: Kind, atMs: number, { kind: end, status }: Ending, tookMs: number) {
      ends[end] += 1;
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (end !== 'served') return;
      served[kind] += 1;
      times.push(tookMs);
      // When it was served: whoever was let in after the load was gone is none of what was done under it.
      const second = Math.floor((atMs + tookMs) / 1000);
      if (kind === 'apply' && second < seconds) appliedBySecond[second] = (appliedBySecond[second] ?? 0) + 1;
    },
    report(costMs: number): StretchReport {
      const sorted = times.sort((a, b) => a - b);
      const at = (part: number) => Math.round(sorted[Math.floor((sorted.length - 1) * part)] ?? 0);
      const { graded, told, left } = ends;
      const counts = { came, sent, served, graded, told, left };
      const course = { appliedBySecond, cameBySecond, p50Ms: at(0.5), p99Ms: at(0.99) };
      return { ...counts, ...course, lagMs: Math.round(lagMs), costMs: costMs / Math.max(1, sent), statuses };
    },
  };
}

const MAX_PREPARED = 40_000;

/** So many clients that each ask again once they are answered: what a target can do when nobody hurries it. */
async function runClosed(clients: number, seconds: number): Promise<ClosedReport> {
  const orders = createOrders(target);
  const ready = Array.from({ length: clients * 20 }, () => orders.make('apply'));
  const client = createRawClient(target.port);
  const statuses: Record<string, number> = {};
  const times: number[] = [];
  const start = performance.now();
  const endAt = start + seconds * 1000;
  let count = 0;
  const work = async () => {
    while (performance.now() < endAt && count < MAX_PREPARED) {
      const order = ready.pop() ?? orders.make('apply');
      const askedAt = performance.now();
      const { status } = await client.send(wireOf(order, { 'idempotency-key': `closed-${Math.random()}` }));
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status !== 200 && status !== 201) continue;
      times.push(performance.now() - askedAt);
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, work));
  client.close();
  const sorted = times.sort((a, b) => a - b);
  const perSecond = count / ((performance.now() - start) / 1000);
  return { perSecond, p50Ms: Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0), statuses };
}
