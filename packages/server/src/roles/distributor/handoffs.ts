import { type Handoff, type ProgramRecord, phaseOf } from '@holdfast/core';
import { lastRoundEnd, readChance } from './chance.ts';
import { isEnded } from './closing.ts';
import type { DistributorConfig } from './config.ts';
import type { Exceptions } from './exceptions.ts';
import type { DistributorPorts } from './neighbours.ts';
import { defaultAt } from './paying.ts';
import type { Programs } from './programs.ts';

/** What of this program waits for somebody, by kind. */
export async function readHandoffs(
  ports: DistributorPorts,
  config: DistributorConfig,
  programs: Programs,
  exceptions: Pick<Exceptions, 'handoffs'>,
): Promise<Handoff[]> {
  const found = await Promise.all(
    programs
      .list()
      .flatMap((record) => [handoffsOf(ports, config, record, programs.now()), exceptions.handoffs(record)]),
  );
  return found.flat().sort((a, b) => a.since - b.since);
}

async function handoffsOf(
  ports: DistributorPorts,
  config: DistributorConfig,
  record: ProgramRecord,
  now: number,
): Promise<Handoff[]> {
  const { program, judgedAt } = record;
  const { store } = ports;
  const counts = await store.countApplications(program.id);
  const of = program.id;
  const { closesAt } = program.window;
  const phase = phaseOf(record, now);
  const own = { of, giver: config.id, owner: config.id };
  const found: Handoff[] = [];
  if (counts.all > 0 && phase === 'closing') {
    const dueBy = closesAt + program.intakeWithinMs;
    found.push({
      ...own,
      what: 'application',
      receiver: 'network',
      count: counts.all,
      since: closesAt,
      dueBy,
      next: 'taken-in',
    });
  }
  const isInstant = program.allocation.mode === 'instant';
  if (isInstant && counts.unjudged > 0 && (phase === 'open' || phase === 'closing')) {
    const [oldest] = await store.readUnjudged(program.id, 1);
    const since = oldest?.receivedAt ?? now;
    const count = counts.unjudged;
    found.push({ ...own, what: 'verification', receiver: config.verifier, count, since, next: 'judged' });
  }
  if (phase === 'judging' && judgedAt !== undefined) {
    const waiting = counts.unjudged > 0;
    const count = waiting ? counts.unjudged : counts.all;
    const receiver = waiting ? config.verifier : 'network';
    const next = waiting ? 'judged' : 'sealed';
    if (count > 0) found.push({ ...own, what: 'verification', receiver, count, since: judgedAt.time, next });
  }
  if (phase === 'drawing') found.push(...(await drawHandoffs(ports, config, record, counts.admitted)));
  return [...found, ...(await moneyHandoffs(store, config, record))];
}

/** A draw waits for the parties that are to reveal their secrets; when none is left to come, for the money to go back. */
async function drawHandoffs(
  ports: DistributorPorts,
  config: DistributorConfig,
  record: ProgramRecord,
  count: number,
): Promise<Handoff[]> {
  const { program, sealedAt } = record;
  const { beacon, budget } = program;
  if (sealedAt === undefined || (beacon === undefined && count === 0)) return [];
  const own = { what: 'application' as const, of: program.id, giver: config.id, count, since: sealedAt.time };
  if (beacon === undefined) return [{ ...own, receiver: 'network', owner: config.id, next: 'drawn' }];
  // A stranger's beacon is not asked just because somebody looks.
  const chance = beacon.kind === 'commit-reveal' ? await readChance(ports, record) : undefined;
  if (chance?.state === 'waiting' && chance.missing !== undefined) {
    return [{ ...own, receiver: 'beacon', owner: chance.missing.join(', '), dueBy: chance.until, next: 'drawn' }];
  }
  if (chance?.state !== 'exhausted') return [{ ...own, receiver: 'beacon', owner: config.id, next: 'drawn' }];
  if (await isEnded(ports, record)) return [];
  const dueBy = Math.max(lastRoundEnd(record), sealedAt.time + program.appealMs);
  const money = { amount: BigInt(budget), dueBy, next: 'returned' } as const;
  return [{ ...own, ...money, receiver: 'ledger', owner: chance.missing.join(', ') }];
}

async function moneyHandoffs(
  store: DistributorPorts['store'],
  config: DistributorConfig,
  record: ProgramRecord,
): Promise<Handoff[]> {
  const { program } = record;
  const sums = await store.sumPayments(program.id);
  const own = { what: 'transfer' as const, of: program.id, giver: config.id };
  const steps = [
    { state: 'planned', receiver: 'ledger', owner: config.id, next: 'reserved' },
    // Set aside until the verifier has read far enough: reading on is up to it.
    { state: 'reserved', receiver: config.verifier, owner: config.verifier, next: 'confirmed' },
    { state: 'posted', receiver: 'settlement', owner: config.id, next: 'handed-over' },
  ] as const;
  const found: Handoff[] = [];
  for (const { state, ...step } of steps) {
    const sum = sums[state];
    if (sum === undefined || sum.count === 0) continue;
    // One of them, whichever: looking for the oldest would be reading them all.
    const [one] = await store.readPayments(program.id, state, 1);
    const due = state === 'reserved' && one !== undefined ? { dueBy: defaultAt(record, one.payment) } : {};
    found.push({ ...own, ...step, ...due, count: sum.count, amount: sum.total, since: one?.payment.at ?? 0 });
  }
  return found;
}
