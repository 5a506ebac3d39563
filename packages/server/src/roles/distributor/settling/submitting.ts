import {
  CodedError,
  encodeHex,
  encodeUtf8,
  isCodedError,
  type SettlementBatch,
  settlementBatchDigest,
  sha256,
  stateOfAttempt,
} from '@holdfast/core';
import type { Clock } from '../../../ports/clock.ts';
import type { Sealer } from '../../../ports/sealer.ts';
import type { SettlementAcceptance, SettlementRail } from '../../../ports/settlement-rail.ts';
import type { KeptBatch, KeptLine, LineChange, SettlementStore } from '../../../ports/settlement-store.ts';
import type { SettlingBounds } from './bounds.ts';
import { applyEvents, changeOf, withRetries } from './line-change.ts';
import { openLine } from './sealed-line.ts';

export type SubmittingPorts = {
  readonly clock: Clock;
  readonly store: SettlementStore;
  readonly sealer: Sealer;
  readonly bounds: SettlingBounds;
};

/** What could not be done, and will be tried again at the next call. */
export type RailFailure = { readonly rail: string; readonly code: string; readonly batch?: string };

export type SubmittedToRail = { readonly accepted: number; readonly failures: readonly RailFailure[] };

/**
 * First every batch that the rail has not accepted goes out again, the same as before; then new ones are made. A rail that
 * cannot be reached is left alone until the next call; a batch that it refuses does not keep back those after it.
 */
export async function submitToRail(ports: SubmittingPorts, rail: SettlementRail): Promise<SubmittedToRail> {
  const { store, bounds } = ports;
  const failures: RailFailure[] = [];
  let accepted = 0;
  const isReached = async (batch: KeptBatch): Promise<boolean> => {
    try {
      await submitBatch(ports, rail, batch);
      accepted += 1;
      return true;
    } catch (error) {
      if (!isCodedError(error)) throw error;
      failures.push({ rail: rail.id, code: error.code, batch: batch.id });
      return !error.code.startsWith('settlement.rail-');
    }
  };
  for (const batch of await store.readUnaccepted(rail.id, bounds.batchesPerCall)) {
    if (!(await isReached(batch))) return { accepted, failures };
  }
  for (let made = 0; made < bounds.batchesPerCall; made += 1) {
    const batch = await createNextBatch(ports, rail);
    if (batch === undefined) break;
    if (batch !== 'nothing-sent' && !(await isReached(batch))) break;
  }
  return { accepted, failures };
}

/**
 * The next lines, written down as submitted before the rail hears of them. One that the rail does not carry, because what it
 * carries has changed since it was planned, is rejected here: a definite failure, since nothing was sent.
 */
async function createNextBatch(
  { clock, store, sealer, bounds }: SubmittingPorts,
  rail: SettlementRail,
): Promise<KeptBatch | 'nothing-sent' | undefined> {
  return withRetries(async () => {
    const planned = await store.readPlanned(rail.id, bounds.batchLines);
    if (planned.length === 0) return undefined;
    const now = clock.now();
    const lines = await Promise.all(planned.map((line) => openLine(line, line.settlement.attempts.length + 1, sealer)));
    const id = batchIdOf(lines.map(({ lineId }) => lineId));
    const refusals = lines.map((line) => rail.check(line));
    const changes = planned.flatMap((line, i) => changeOnSubmission(line, id, now, refusals[i]?.code));
    const carried = planned.filter((_, i) => refusals[i] === undefined);
    if (carried.length === 0) {
      await store.change(changes);
      return 'nothing-sent';
    }
    const batch = { id, rail: rail.id, createdAt: now, lines: carried.map((line) => line.id) };
    await store.createBatch(batch, changes);
    return batch;
  });
}

function changeOnSubmission(line: KeptLine, batch: string, at: number, refusal: string | undefined): LineChange[] {
  const attempt = line.settlement.attempts.length + 1;
  const settlement = applyEvents(line.settlement, [
    { kind: 'submit', batch, at },
    ...(refusal === undefined
      ? []
      : [{ kind: 'answer', attempt, answer: { outcome: 'rejected', code: refusal } } as const]),
  ]);
  const change = changeOf(line, settlement, at);
  return change === undefined ? [] : [change];
}

/** Follows from what is in it, so that two processes that make the same batch make one. */
function batchIdOf(lineIds: readonly string[]): string {
  return encodeHex(sha256(encodeUtf8(lineIds.join('\n'))).slice(0, 16));
}

async function submitBatch(ports: SubmittingPorts, rail: SettlementRail, kept: KeptBatch): Promise<void> {
  const { store, sealer } = ports;
  const lines = (await store.read(kept.lines)).filter((line) => line !== undefined);
  if (isRuledOn(lines, kept.id)) return withdraw(store, lines, kept.id);
  // Only what was paid is erased, and a rail that has paid of a batch has it: it need not go out again, nor could it.
  if (lines.some(({ sealed }) => sealed === undefined)) {
    return handOver(ports, kept, { batch: kept.id, digest: '', receipt: 'paid before it was accepted' });
  }
  const batch: SettlementBatch = {
    id: kept.id,
    createdAt: kept.createdAt,
    lines: await Promise.all(lines.map((line) => openLine(line, attemptIn(line, kept.id), sealer))),
  };
  const acceptance = await submitInTime(ports, rail, batch);
  if (acceptance.batch !== batch.id || acceptance.digest !== settlementBatchDigest(batch)) {
    throw new CodedError(
      'settlement.acceptance-differs',
      'The rail accepted something else than it was given; the batch is not handed over.',
      { rail: rail.id, batch: batch.id },
    );
  }
  await handOver(ports, kept, acceptance);
}

/** Writes the acceptance down: from then on the rail answers for each line. */
async function handOver(
  { store, clock }: SubmittingPorts,
  kept: KeptBatch,
  acceptance: SettlementAcceptance,
): Promise<void> {
  await withRetries(async () => {
    const current = (await store.read(kept.lines)).filter((line) => line !== undefined);
    const now = clock.now();
    const changes = current.flatMap((line) => {
      const settlement = applyEvents(line.settlement, [{ kind: 'hand-over', batch: kept.id, at: now }]);
      return changeOf(line, settlement, now) ?? [];
    });
    await store.recordAcceptance(acceptance, changes);
  });
}

function isRuledOn(lines: readonly KeptLine[], batch: string): boolean {
  return lines.some((line) => line.settlement.attempts[attemptIn(line, batch) - 1]?.ruling !== undefined);
}

/**
 * What officers took for not paid must not go out again, and a batch goes out whole or not at all: it is over once they
 * have ruled on each of its lines.
 */
async function withdraw(store: SettlementStore, lines: readonly KeptLine[], batch: string): Promise<void> {
  const isOpen = lines.some((line) => {
    const attempt = line.settlement.attempts[attemptIn(line, batch) - 1];
    return attempt !== undefined && ['submitted', 'unknown'].includes(stateOfAttempt(attempt));
  });
  if (isOpen) {
    throw new CodedError(
      'settlement.batch-withheld',
      'Officers have ruled on a payment of a batch that was not accepted; it stays here until they have ruled on all of it.',
      { batch },
    );
  }
  await store.recordAcceptance({ batch, digest: '', receipt: 'withdrawn: ruled on by officers' }, []);
}

function attemptIn({ settlement }: KeptLine, batch: string): number {
  return settlement.attempts.findIndex((attempt) => attempt.batch === batch) + 1;
}

/** A rail that is waited for no longer may have taken the batch: the same one goes out again and gets the same answer. */
async function submitInTime(
  { clock, bounds }: SubmittingPorts,
  rail: SettlementRail,
  batch: SettlementBatch,
): Promise<SettlementAcceptance> {
  const slow = new CodedError('settlement.rail-slow', `The rail ${rail.id} did not accept a batch in time.`, {
    rail: rail.id,
    batch: batch.id,
  });
  const over = new AbortController();
  const waiting = new AbortController();
  const timeout = clock.sleep(bounds.submitTimeoutMs, waiting.signal).then(() => {
    over.abort(slow);
    throw slow;
  });
  const submitting = rail.submit(batch, over.signal);
  // Whichever comes second has nobody who listens.
  timeout.catch(() => undefined);
  submitting.catch(() => undefined);
  try {
    return await Promise.race([submitting, timeout]);
  } finally {
    waiting.abort();
  }
}
