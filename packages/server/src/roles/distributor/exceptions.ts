import {
  assert,
  bindingDigest,
  type Handoff,
  type Instruction,
  instructionOn,
  isCodedError,
  type ProgramRecord,
  payoutTransfer,
  type Rulings,
  rulingsOf,
} from '@holdfast/core';
import { type KeptApplication, PAYMENT_STATES, type Payment, settledByEntry } from '../../ports/distributor-store.ts';
import type { DistributorBounds } from './config.ts';
import { candidateIn, serve } from './instant.ts';
import { type Bench, judgeOne } from './judging.ts';
import { createLateAdmissions, type LateAdmissionsPorts } from './late-admissions.ts';
import type { Settling } from './settling/settling.ts';

/** `too-late`: the lists are made, or the money has gone the other way. `refused`: what no ruling stands in for is missing. */
export const EXCEPTION_STATES = ['waiting', 'carried-out', 'too-late', 'refused', 'unknown'] as const;

/** What became of one act that the log allows beside the program's rules. `unknown`: nothing here is what it names, yet. */
export type ExceptionView = {
  /** Of the log. */
  readonly entry: number;
  readonly kind: 'admission' | 'payment';
  readonly state: (typeof EXCEPTION_STATES)[number];
  readonly why?: string;
};

export interface Exceptions {
  /** Does what is due of them, a few at a time; says whether anything moved. */
  carryOut(bench: Bench): Promise<boolean>;
  /** The part of it that an ended program still has: acts on money that has left. */
  actOutside(record: ProgramRecord): Promise<boolean>;
  /** The newest `MAX_SHOWN`. */
  read(record: ProgramRecord): Promise<readonly ExceptionView[]>;
  handoffs(record: ProgramRecord): Promise<readonly Handoff[]>;
}

const MAX_SHOWN = 100;
/** An act on a payment that is not there yet, or cannot be done yet, is tried again after this. */
const LOOK_AGAIN_MS = 60_000;

type Ports = LateAdmissionsPorts & {
  readonly settling: Pick<Settling, 'find'>;
  readonly act: (instruction: Instruction) => Promise<void>;
};
type Known = Pick<ExceptionView, 'state' | 'why'>;
type Paid = KeptApplication & { readonly payment: Payment };
/** Where the search for what instructions are about has come to: the log has only their digests. */
type Search = { state: number; after: string | undefined; size: number; againMs: number };

/** Only what follows from the log is done: whatever is remembered here is found again by a process that begins anew. */
export function createExceptions(ports: Ports, { maxPerRound }: Pick<DistributorBounds, 'maxPerRound'>): Exceptions {
  const { store, follower, clock } = ports;
  const late = createLateAdmissions(ports);
  /** By program and digest: what has been found out of it. */
  const known = new Map<string, Known>();
  const searches = new Map<string, Search>();

  const isOver = (key: string) => !['waiting', 'unknown', undefined].includes(known.get(key)?.state);

  async function admitDue(bench: Bench, { admissions }: Rulings): Promise<boolean> {
    const { program } = bench.record;
    let moved = false;
    for (const [application, entry] of admissions) {
      const key = `${program.id} ${application}`;
      if (isOver(key)) continue;
      const kept = await store.read(program.id, application);
      const seen = seenOf(kept);
      known.set(key, seen);
      if (kept === undefined || seen.state !== 'waiting') continue;
      if (bench.record.seal !== undefined) {
        const { isPlanned = false, ...next } = await late.admit(bench.record, kept, entry);
        known.set(key, next);
        moved = isPlanned || moved;
      } else if (!isInstant(bench)) {
        // It is judged by the exception where that stood in the log in time, and else paid once the lists are made.
      } else if (kept.admitted === false) {
        const next = await readmit(bench, kept, entry);
        known.set(key, next);
        moved = next.state === 'waiting' || moved;
      } else if (kept.payment === undefined) {
        await serveAgain(bench, kept);
      }
    }
    return moved;
  }

  /** A process before this one, or a store that did not answer, left it between being a candidate and being paid. */
  async function serveAgain({ record }: Bench, kept: KeptApplication): Promise<void> {
    if (kept.judgement?.exception !== undefined) await serve(ports, record, candidateIn(kept));
  }

  /** Makes it a candidate again, and serves it as money lasts; or says why it cannot be admitted even so. */
  async function readmit(bench: Bench, kept: KeptApplication, entry: number): Promise<Known> {
    const { record } = bench;
    const { judgement } = await judgeOne(ports, { ...bench, admittedBy: () => entry }, kept, undefined, { attempt: 0 });
    if (!('candidacy' in judgement)) return { state: 'refused', why: judgement.refused };
    // Closed by now: it is admitted once the lists are made.
    if (!(await store.readmit(record.program.id, { ...judgement, exception: entry }))) return { state: 'waiting' };
    await serveAgain(bench, { ...kept, judgement: { ...judgement, exception: entry } });
    return { state: 'waiting' };
  }

  async function searchOn({ program }: ProgramRecord, rulings: Rulings): Promise<boolean> {
    const { payments } = rulings;
    const open = new Set([...payments.keys()].filter((digest) => !isOver(`${program.id} ${digest}`)));
    const search = searches.get(program.id) ?? { state: 0, after: undefined, size: 0, againMs: 0 };
    searches.set(program.id, search);
    if (open.size === 0) return false;
    if (search.size === payments.size && clock.monotonic() < search.againMs) return false;
    const state = PAYMENT_STATES[search.state];
    assert(state !== undefined, 'a search ends with the last state');
    const page = await store.readPayments(program.id, state, maxPerRound, search.after);
    for (const one of page) await actOn(one, rulings, open);
    search.after = page.at(-1)?.application;
    if (page.length === maxPerRound) return true;
    search.after = undefined;
    search.state = (search.state + 1) % PAYMENT_STATES.length;
    if (search.state !== 0) return true;
    search.size = payments.size;
    search.againMs = clock.monotonic() + LOOK_AGAIN_MS;
    return false;
  }

  async function actOn(one: Paid, { payments }: Rulings, open: ReadonlySet<string>): Promise<void> {
    const { program, application, payment } = one;
    for (const act of ['settle', 'cancel'] as const) {
      const digest = instructionOn(program, application, act);
      if (open.has(digest)) known.set(`${program} ${digest}`, insideOf(payment, act));
    }
    if (payment.state !== 'posted' && payment.state !== 'carried') return;
    const attempts = (await ports.settling.find(payoutTransfer(program, application)))?.attempts ?? [];
    const due = attempts
      .flatMap(({ decision }, i) => outsideOf(program, application, i + 1, decision))
      .map((instruction) => ({ instruction, digest: bindingDigest(instruction) }))
      .filter(({ digest }) => open.has(digest));
    // The last word first: what it overrules is then known to be overruled, and no money leaves by it.
    due.sort((x, y) => (payments.get(y.digest)?.entry ?? 0) - (payments.get(x.digest)?.entry ?? 0));
    for (const { instruction, digest } of due) {
      const { attempt, act } = instruction;
      const isDone = attempts[attempt - 1]?.decision === digest || (act === 'retry' && attempts.length > attempt);
      known.set(`${program} ${digest}`, isDone ? { state: 'carried-out' } : await tryOut(instruction));
    }
  }

  async function tryOut(instruction: Instruction): Promise<Known> {
    try {
      await ports.act(instruction);
      return { state: 'carried-out' };
    } catch (error) {
      if (!isCodedError(error) || !error.code.startsWith('settlement.')) throw error;
      return { state: error.code === 'settlement.decision-used' ? 'too-late' : 'waiting', why: error.code };
    }
  }

  async function read(record: ProgramRecord): Promise<readonly ExceptionView[]> {
    const { program } = record;
    const { admissions, payments } = rulingsOf(follower.state, program.id);
    const all = [
      ...[...admissions].map(([digest, entry]) => ({ digest, entry, kind: 'admission' as const })),
      ...[...payments].map(([digest, { entry }]) => ({ digest, entry, kind: 'payment' as const })),
    ];
    const newest = all.sort((a, b) => b.entry - a.entry).slice(0, MAX_SHOWN);
    return Promise.all(
      newest.map(async ({ digest, entry, kind }): Promise<ExceptionView> => {
        const found = known.get(`${program.id} ${digest}`);
        if (kind === 'payment') return { entry, kind, ...(found ?? { state: 'waiting' }) };
        if (found?.state === 'refused') return { entry, kind, ...found };
        const seen = seenOf(await store.read(program.id, digest));
        const why = seen.state === 'waiting' && found?.why !== undefined ? { why: found.why } : {};
        return { entry, kind, ...seen, ...why };
      }),
    );
  }

  return {
    async carryOut(bench) {
      const rulings = rulingsOf(follower.state, bench.record.program.id);
      const admitted = await admitDue(bench, rulings);
      return (await searchOn(bench.record, rulings)) || admitted;
    },
    actOutside: (record) => searchOn(record, rulingsOf(follower.state, record.program.id)),
    read,
    async handoffs(record) {
      const { program } = record;
      const since = record.sealedAt?.time ?? program.window.opensAt;
      const views = await read(record);
      const open = (states: readonly ExceptionView['state'][], next: Handoff['next']): Handoff[] => {
        const count = views.filter(({ state }) => states.includes(state)).length;
        const crossing = { what: 'exception', of: program.id, giver: 'governor', receiver: program.organiser } as const;
        return count === 0 ? [] : [{ ...crossing, owner: program.organiser, count, since, next }];
      };
      return [...open(['waiting'], 'carried-out'), ...open(['too-late', 'refused', 'unknown'], 'ruled-otherwise')];
    },
  };
}

function isInstant({ record: { program } }: Bench): boolean {
  return program.allocation.mode === 'instant';
}

/** What an application shows of its admission. */
function seenOf(kept: KeptApplication | undefined): Known {
  if (kept === undefined) return { state: 'unknown' };
  const { judgement, admitted, payment } = kept;
  if (payment?.state === 'voided') return { state: 'too-late', why: 'payment.returned' };
  if (payment?.state === 'posted' || payment?.state === 'carried') return { state: 'carried-out' };
  const isOver = kept.sealed === undefined;
  // Its program has ended, or its applicant has left it: nothing more comes back that it could be paid from.
  if (admitted === true && isOver && judgement?.sealedAs !== undefined) {
    return { state: 'refused', why: 'application.budget_spent' };
  }
  if (judgement === undefined || admitted !== false) return { state: 'waiting' };
  const why = 'refused' in judgement ? judgement.refused : undefined;
  const named = why === undefined ? {} : { why };
  if (judgement.exception !== undefined) return { state: 'refused', ...named };
  return isOver ? { state: 'too-late', ...named } : { state: 'waiting' };
}

/** What a payment that never left shows of an act on it: while it is set aside, the next round does it. */
function insideOf({ state, settledBy }: Payment, act: 'settle' | 'cancel'): Known {
  if (state === 'planned' || state === 'reserved') return { state: 'waiting' };
  const isReturned = state === 'voided';
  if (isReturned === (act === 'cancel')) return { state: 'carried-out' };
  return { state: 'too-late', why: settledBy?.startsWith(settledByEntry(0).slice(0, -1)) ? 'ruled-since' : state };
}

/** Every act on an attempt that officers can have decided, by what is known of it now. */
function outsideOf(
  program: string,
  application: string,
  attempt: number,
  after: string | undefined,
): readonly Instruction[] {
  const payment = payoutTransfer(program, application);
  return (['retry', 'cancel', 'settle'] as const).flatMap((act): Instruction[] => {
    const first = { program, act, payment, attempt };
    return after === undefined ? [first] : [first, { ...first, after }];
  });
}
