import { grantOf, isCodedError, type NetworkState, type ProgramRecord, phaseOf } from '@holdfast/core';
import { decisionHandoffs, type HandoffSource, readHandoffs } from '../http/handoffs.ts';
import type { Money, ProgramCard } from '../http/page/money-state.ts';
import { groupHandoffs } from '../http/page/waiting.ts';
import { programOfTransfer } from '../roles/distributor/accounts.ts';
import type { Distributor } from '../roles/distributor/distributor.ts';
import type { Governor } from '../roles/governor/governor.ts';

/** Where everything that is on its way is asked for. */
export function handoffSources(distributor: Distributor, governor: Governor): readonly HandoffSource[] {
  return [() => distributor.handoffs(), async () => ({ handoffs: decisionHandoffs(await governor.list()), more: 0 })];
}

/** Programs shown, and those looked at to choose them: what waits comes before what rests. */
const SHOWN = 3;
const LOOKED_AT = 6;

type MoneySources = {
  readonly state: Readonly<NetworkState>;
  readonly distributor: Distributor;
  readonly handoffs: readonly HandoffSource[];
  /** Ids of parties and roles, for people. */
  readonly names: Readonly<Record<string, string>>;
  /** Whom the distributor asks, as people know it. */
  readonly verifier: string;
};

/** What the page says of money. Where there is no program nobody is asked anything. */
export async function readMoney({ state, distributor, handoffs, names, verifier }: MoneySources): Promise<Money> {
  const rulebook = state.rulebook?.body;
  if (rulebook === undefined || grantOf(rulebook, 'release') === undefined) return { state: 'not-granted' };
  const records = [...state.programs.values()].filter(({ program }) => program.organiser === distributor.id);
  const logTime = state.time;
  if (records.length === 0) return { state: 'read', logTime, verifier, programs: [], more: 0, waiting: [] };
  const candidates = newest(records, logTime).slice(0, LOOKED_AT);
  const [cards, open] = await Promise.all([
    Promise.all(candidates.map((record) => readCard(distributor, record))),
    readHandoffs(handoffs),
  ]);
  const known = cards.filter((card) => card !== undefined);
  const programs = known.toSorted((a, b) => restOf(a) - restOf(b)).slice(0, SHOWN);
  const waiting = groupHandoffs(open.handoffs, {
    assetOf: (id) => state.programs.get(id)?.program.asset,
    programOf: ({ what, of }) => {
      const id = what === 'settlement' ? programOfTransfer(of) : of;
      return state.programs.has(id) ? id : undefined;
    },
    // The governor names the roles that may sign; for people they are all officers.
    nameOf: (owner) => names[owner.startsWith('officers') ? 'officers' : owner] ?? 'An operator',
  });
  return { state: 'read', logTime, verifier, programs, more: records.length - programs.length, waiting };
}

/** Those that still take or judge first, then the last to be released. */
function newest(records: readonly ProgramRecord[], logTime: number): readonly ProgramRecord[] {
  const isPaying = (record: ProgramRecord) => (phaseOf(record, logTime) === 'paying' ? 1 : 0);
  return records.toSorted((a, b) => isPaying(a) - isPaying(b) || b.entry - a.entry);
}

/** 0 where money waits for somebody, 1 where people apply or are judged, 2 where all is done. */
function restOf({ phase, payments }: ProgramCard): number {
  if (phase !== 'paying') return 1;
  return payments.planned?.count || payments.reserved?.count || payments.posted?.count ? 0 : 2;
}

/** Undefined while the distributor has not read of its program. */
async function readCard(
  distributor: Distributor,
  { program, judgedAt, sealedAt }: ProgramRecord,
): Promise<ProgramCard | undefined> {
  const positions = {
    ...(judgedAt === undefined ? {} : { judgedAt }),
    ...(sealedAt === undefined ? {} : { sealedAt }),
  };
  try {
    return { ...(await distributor.find(program.id)), ...positions };
  } catch (error) {
    if (isCodedError(error) && error.code === 'program.unknown') return undefined;
    throw error;
  }
}
