import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { atLeast, atMost, createFigure, type Figure, median, within } from './figure.ts';
import { startBenchEngine } from './load/bench-engine.ts';
import { type Generator, startGenerator } from './load/generator.ts';
import { COMMIT_MS, WRITER_MS } from './load/hold-writer.ts';
import { encodeLoadReport } from './load/load-report.ts';
import { startNetworkUnderLoad } from './load/network-under-load.ts';
import { startPeer } from './load/peer.ts';
import { type LoadTarget, MIX, type OverloadRun, REVOKED, type StretchReport } from './load/plan.ts';

export type OverloadOptions = {
  readonly database?: string;
  readonly seeds?: number;
  /** Of one level. */
  readonly seconds?: number;
  /** Where a page with the courses goes. */
  readonly report?: string;
  readonly say?: (words: string) => void;
};

const LEVELS = [1, 2, 5, 10] as const;
const LEVEL_SECONDS = 12;
const AFTER_SECONDS = 30;
const AFTER_LEVEL = 0.8;
const REST_SECONDS = 4;
const CLOSED_CLIENTS = 16;
const MAX_LAG_MS = 100;
const SEEDS = 3;
/** Of revocations at the pace of ten times the load, with nobody else there. */
const IDLE_SECONDS = 5;
/** Of what the generator asks for: applications, and what comes beside it as revocations. */
const APPLY_SHARE = MIX.apply / (100 - REVOKED);
const REVOKED_SHARE = REVOKED / (100 - REVOKED);

/**
 * `holdfast bench overload`: a whole network and the endpoint as it is mostly written, each at multiples of its own capacity,
 * on the same engine under the same artificial capacity; half of the clients give up after a second and come again at once.
 */
export async function benchOverload(options: OverloadOptions): Promise<Figure[]> {
  const { seeds = SEEDS, say = () => undefined } = options;
  say(`artificial capacity: ${WRITER_MS} ms of the writer for each row, ${COMMIT_MS} ms more for each commit`);
  const ours: OverloadRun[] = [];
  const naive: OverloadRun[] = [];
  for (let seed = 1; seed <= seeds; seed += 1) {
    await using engine = await startBenchEngine(options.database);
    using generator = startGenerator();
    {
      await using network = await startNetworkUnderLoad(join(engine.folder, 'network'), engine.url, true);
      ours.push(await runLevels(generator, { ...options, target: network.target, seed, revoke: network.revoke }));
    }
    using peer = await startPeer(engine.url, true);
    naive.push(await runLevels(generator, { ...options, target: { shape: 'claims', port: peer.naive }, seed }));
  }
  if (options.report !== undefined) await writeFile(options.report, encodeLoadReport(ours, naive));
  return figuresOf(ours, naive);
}

type Levels = OverloadOptions & {
  readonly target: LoadTarget;
  readonly seed: number;
  readonly revoke?: () => Promise<number>;
};

async function runLevels(generator: Generator, asked: Levels): Promise<OverloadRun> {
  const { target, seed, revoke, seconds = LEVEL_SECONDS, say = () => undefined } = asked;
  await generator.aim(target);
  await generator.closed(CLOSED_CLIENTS, 3);
  const { perSecond: capacity } = await generator.closed(CLOSED_CLIENTS, 6);
  // Only applications pass the writer; of the mix as many come as make it full.
  const isMixed = target.shape === 'holdfast';
  const full = capacity / (isMixed ? APPLY_SHARE : 1);
  say(`${isMixed ? 'ours' : 'naive'}, seed ${seed}: ${capacity.toFixed(0)} applications/s when nobody hurries it`);
  const revokeIdleMs = revoke === undefined ? undefined : await revokeIdly(revoke, full * Math.max(...LEVELS));
  const levels: { level: number; report: StretchReport }[] = [];
  let revokeLoadedMs: number | undefined;
  let after: StretchReport | undefined;
  for (const level of LEVELS) {
    const running = generator.open({ perSecond: full * level, seconds, seed: seed * 100 + level });
    const revoking = revoke === undefined ? [] : revokeThroughout(revoke, full * level * REVOKED_SHARE, seconds);
    const report = await running;
    const times = await Promise.all(await revoking);
    if (times.length > 0) revokeLoadedMs = median(times);
    levels.push({ level, report });
    say(wordsOf(level, report));
    // After the highest there is no rest: whoever came last still comes again while the next begin to come.
    if (level !== LEVELS.at(-1)) await rest(REST_SECONDS);
    else after = await generator.open({ perSecond: full * AFTER_LEVEL, seconds: AFTER_SECONDS, seed: seed * 100 });
  }
  if (after === undefined) throw new Error('nothing was measured');
  const backAfter = findBack(after, isMixed ? APPLY_SHARE : 1);
  if (revokeIdleMs !== undefined && revokeLoadedMs !== undefined)
    say(`  a revocation: ${revokeLoadedMs.toFixed(0)} ms, ${revokeIdleMs.toFixed(0)} ms where nobody else is there`);
  say(`  after it: ${backAfter === undefined ? `not back within ${AFTER_SECONDS} s` : `back after ${backAfter} s`}`);
  const revoking = revokeIdleMs === undefined || revokeLoadedMs === undefined ? {} : { revokeIdleMs, revokeLoadedMs };
  return { seed, capacity, levels, after, backAfter, ...revoking };
}

function wordsOf(
  level: number,
  { came, sent, served, graded, told, left, lagMs, cameBySecond, appliedBySecond, ...report }: StretchReport,
) {
  const perSecond = (count: number) => (count / cameBySecond.length).toFixed(0);
  const load = `${perSecond(came)} clients/s, ${perSecond(sent)} requests/s`;
  const good = `${appliedPerSecond({ appliedBySecond }).toFixed(0)} applications/s and ${perSecond(served.verify)} verifications/s in time`;
  const rest = `${graded} answered from local evidence, ${told} told when to come, ${left} left`;
  const meter = `p99 ${report.p99Ms} ms; generator ${report.costMs.toFixed(2)} ms a request, lag ${lagMs} ms`;
  return `  ${level}x: ${load}: ${good}; ${rest}; ${meter}${lagMs > MAX_LAG_MS ? ' VOID' : ''}\n     ${endsOf(report.statuses)}`;
}

function endsOf(statuses: StretchReport['statuses']): string {
  const ends = Object.entries(statuses).sort(([, a], [, b]) => b - a);
  return ends.map(([end, count]) => `${count} ${end.trim()}`).join(', ');
}

/** At the same pace as beside so many: an epoch is so long after the one before, whoever else comes. */
async function revokeIdly(revoke: () => Promise<number>, perSecond: number): Promise<number> {
  return median(await Promise.all(await revokeThroughout(revoke, perSecond * REVOKED_SHARE, IDLE_SECONDS)));
}

/** Open as well: so many a second, whatever became of those before. One that failed took for ever. */
async function revokeThroughout(revoke: () => Promise<number>, perSecond: number, seconds: number) {
  const under: Promise<number>[] = [];
  for (let i = 0; i < Math.max(1, Math.floor(perSecond * seconds)); i += 1) {
    under.push(revoke().catch(() => Number.POSITIVE_INFINITY));
    await rest(1 / perSecond);
  }
  return under;
}

/** The first second from which on, three seconds together, 95 of 100 applications that came were accepted in time. */
function findBack({ appliedBySecond, cameBySecond }: StretchReport, share: number): number | undefined {
  const wide = 3;
  const sum = (of: readonly number[], from: number) => of.slice(from, from + wide).reduce((a, b) => a + b, 0);
  for (let second = 0; second + wide <= cameBySecond.length; second += 1) {
    if (sum(appliedBySecond, second) >= 0.95 * share * sum(cameBySecond, second)) return second;
  }
  return undefined;
}

function rest(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

function appliedPerSecond({ appliedBySecond }: Pick<StretchReport, 'appliedBySecond'>): number {
  return appliedBySecond.reduce((a, b) => a + b, 0) / appliedBySecond.length;
}

/** A run whose generator was late shows the generator: its levels count for nothing. */
function isVoid(report: StretchReport): boolean {
  return report.lagMs > MAX_LAG_MS;
}

function figuresOf(ours: readonly OverloadRun[], naive: readonly OverloadRun[]): Figure[] {
  const shareAt = (run: OverloadRun, level: number): number => {
    const at = (wanted: number) => run.levels.find((each) => each.level === wanted)?.report;
    const [one, other] = [at(1), at(level)];
    if (one === undefined || other === undefined || isVoid(other) || isVoid(one)) return Number.NaN;
    return appliedPerSecond(other) / Math.max(run.capacity, appliedPerSecond(one));
  };
  const valid = (values: readonly number[]) => values.filter((value) => !Number.isNaN(value));
  const levels = LEVELS.filter((level) => level > 1).map((level) => {
    const [kept, fell] = [ours, naive].map((runs) => valid(runs.map((run) => shareAt(run, level))));
    const runs = `${kept?.length ?? 0} of ${ours.length} runs, the others void`;
    const measured = { ours: median(kept ?? []), name: 'the naive endpoint', other: median(fell ?? []) };
    const what = `applications accepted in time at ${level} times capacity, of the peak (${runs})`;
    return createFigure(what, 'of the peak', SHARE, { ...measured, ratio: measured.ours });
  });
  const revokes = ours.map((run) => [run.revokeLoadedMs ?? Number.NaN, run.revokeIdleMs ?? Number.NaN]);
  const [loaded, idle] = [0, 1].map((at) => median(revokes.map((pair) => pair[at] ?? Number.NaN)));
  const back = (runs: readonly OverloadRun[]) => median(runs.map(({ backAfter }) => backAfter ?? 999));
  const cost = Math.max(...ours.flatMap((run) => run.levels.map(({ report }) => report.costMs)));
  const requestMs = 1000 / median(ours.map(({ capacity }) => capacity / APPLY_SHARE));
  return [
    ...levels,
    createFigure('seconds until all is as before, once ten times the load is gone', 's', within(30, 's'), {
      ours: back(ours),
      name: 'the naive endpoint (999: not in that time)',
      other: back(naive),
    }),
    createFigure('a revocation by two officers at ten times the load', 'ms', atMost(2), {
      ours: loaded ?? Number.NaN,
      name: 'at the same pace, nobody else there',
      other: idle ?? Number.NaN,
    }),
    createFigure('processor time of the generator for a request', 'ms', atMost(0.1), {
      ours: cost,
      name: 'what one costs the server, under its artificial capacity',
      other: requestMs,
    }),
  ];
}

const SHARE = atLeast(0.95);
