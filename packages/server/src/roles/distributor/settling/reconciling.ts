import { parseAttemptId, type SettlementEvent, settlementLineId, stateOfSettlement } from '@holdfast/core';
import type { Clock } from '../../../ports/clock.ts';
import {
  type LineOutcome,
  MAX_OUTCOMES_PER_READ,
  type OutcomePage,
  type RailNotice,
  type SettlementRail,
} from '../../../ports/settlement-rail.ts';
import {
  type KeptLine,
  type LineChange,
  MAX_LINES_PER_CALL,
  type SettlementStore,
} from '../../../ports/settlement-store.ts';
import { patienceOf, type SettlingBounds } from './bounds.ts';
import { applyEvents, type ChangedLine, changeOf, withRetries } from './line-change.ts';

export type ReconcilingPorts = {
  readonly clock: Clock;
  readonly store: SettlementStore;
  readonly bounds: SettlingBounds;
};

/**
 * Reads everything that the rail has said since the last time, and only then gives up on lines whose time is over: an
 * answer that is there already is never overtaken by its own silence.
 */
export async function reconcileRail(ports: ReconcilingPorts, rail: SettlementRail): Promise<readonly ChangedLine[]> {
  const changed: ChangedLine[] = [];
  for (let page = 0; page < ports.bounds.pagesPerCall; page += 1) {
    const read = await withRetries(() => readOnce(ports, rail));
    changed.push(...read.changed);
    if (!read.more) return [...changed, ...(await giveUp(ports, rail))];
  }
  return changed;
}

async function readOnce({ clock, store }: ReconcilingPorts, rail: SettlementRail) {
  const from = await store.readCursor(rail.id);
  const page = await rail.readOutcomes(from, MAX_OUTCOMES_PER_READ);
  // A rail that stands still says nothing new, whatever it promises.
  if (page.cursor === from) return { changed: [], more: false };
  const now = clock.now();
  const { events, strays } = await assign(store, rail.id, page.outcomes);
  const lines = (await store.read([...events.keys()])).filter((line) => line !== undefined);
  const changes = lines.flatMap(
    (line) => changeOf(line, applyEvents(line.settlement, eventsOf(events, line, now)), now) ?? [],
  );
  const notices = [...page.notices.map(bounded), ...strays].map((notice) => ({ ...notice, at: now }));
  await store.recordOutcomes(rail.id, { from, to: page.cursor }, changes, notices);
  return { changed: changedOf(lines, changes), more: page.more };
}

/** Outcomes by the lines that they are about; what is about no attempt on this rail is for somebody to look at. */
async function assign(store: SettlementStore, rail: string, outcomes: OutcomePage['outcomes']) {
  const named = outcomes.map((outcome) => ({ outcome, about: parseAttemptId(outcome.lineId) }));
  const ids = new Set(named.flatMap(({ about }) => (about === undefined ? [] : [about.lineId])));
  const known = new Map<string, KeptLine>();
  for (const line of await store.read([...ids])) if (line?.rail === rail) known.set(line.id, line);
  const events = new Map<string, { readonly attempt: number; readonly outcome: LineOutcome }[]>();
  const strays: RailNotice[] = [];
  for (const { outcome, about } of named) {
    const line = known.get(about?.lineId ?? '');
    if (line === undefined || about === undefined || about.attempt > line.settlement.attempts.length) {
      strays.push(strayOf(outcome));
      continue;
    }
    const list = events.get(line.id) ?? [];
    list.push({ attempt: about.attempt, outcome });
    events.set(line.id, list);
  }
  return { events, strays };
}

function eventsOf(
  events: ReadonlyMap<string, readonly { readonly attempt: number; readonly outcome: LineOutcome }[]>,
  line: KeptLine,
  at: number,
): readonly SettlementEvent[] {
  return (events.get(line.id) ?? []).map(({ attempt, outcome: { lineId: _, ...said } }) => {
    const code = printable(said.code);
    if (said.outcome === 'unknown') return { kind: 'silence', attempt, at };
    const { code: __, ...answer } = said;
    return { kind: 'answer', attempt, answer: code === undefined ? answer : { ...answer, code } };
  });
}

async function giveUp(
  { clock, store, bounds }: ReconcilingPorts,
  rail: SettlementRail,
): Promise<readonly ChangedLine[]> {
  const changed: ChangedLine[] = [];
  for (let page = 0; page < bounds.pagesPerCall; page += 1) {
    const [waited, given] = await withRetries(async () => {
      const now = clock.now();
      const lines = await store.readWaiting(rail.id, now - patienceOf(bounds, rail.id), MAX_LINES_PER_CALL);
      const changes = lines.flatMap((line) => {
        const attempt = line.settlement.attempts.length;
        return changeOf(line, applyEvents(line.settlement, [{ kind: 'silence', attempt, at: now }]), now) ?? [];
      });
      await store.change(changes);
      return [lines, changedOf(lines, changes)] as const;
    });
    changed.push(...given);
    if (waited.length < MAX_LINES_PER_CALL) break;
  }
  return changed;
}

function changedOf(lines: readonly KeptLine[], changes: readonly LineChange[]): readonly ChangedLine[] {
  const before = new Map(lines.map((line) => [line.id, line]));
  return changes.flatMap(({ id, settlement }) => {
    const line = before.get(id);
    const state = stateOfSettlement(settlement);
    if (line === undefined || stateOfSettlement(line.settlement) === state) return [];
    return [{ transferId: line.transferId, state }];
  });
}

/** What a rail sends is not trusted to be short or to be text. */
function printable(code: string | undefined): string | undefined {
  return code === undefined ? undefined : code.replace(/[^\x20-\x7e]/g, '?').slice(0, 35);
}

function bounded({ id, code, message }: RailNotice): RailNotice {
  return { id: id.slice(0, 100), code: code.slice(0, 100), message: message.slice(0, 500) };
}

/** The same stray again has the same id; its line is told by a digest, since it may be anybody's text. */
function strayOf({ lineId, outcome }: LineOutcome): RailNotice {
  return {
    id: `stray ${settlementLineId(lineId)} ${outcome}`,
    code: 'settlement.report-unknown-line',
    message: `The rail says ${outcome} of a payment that was not given to it.`,
  };
}
