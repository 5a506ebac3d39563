import {
  type ChecksReport,
  type ClientsReport,
  type LoadReport,
  type RehearsalReport,
  rehearseChecks,
  rehearseClients,
  rehearseCore,
  rehearseDoubts,
  rehearseGovernance,
  rehearseLoad,
  rehearseNetworks,
  rehearseNetworksOfRoles,
  rehearseOrders,
  rehearsePowers,
  rehearsePruned,
  rehearseRefreshing,
  rehearseRoles,
  rehearseSplit,
  rehearseSuccession,
  type WatchedLaw,
} from '@holdfast/rehearsal';
import { EXIT, type Output } from './output.ts';

export const REHEARSED = [
  'core',
  'roles',
  'networks',
  'split',
  'succession',
  'checks',
  'powers',
  'governance',
  'load',
  'clients',
  'orders',
  'doubts',
  'refreshing',
] as const;
export type Rehearsed = (typeof REHEARSED)[number];

export type Rehearsing = {
  readonly seed: number;
  readonly events: number;
  /** Virtual minutes. */
  readonly minutes: number;
  readonly isWitnessed: boolean;
  readonly step: (done: number, total?: number) => void;
};

/** Those of two networks or of a checker need no more to come to everything. */
const NETWORK_EVENTS = 5000;
/** So many virtual minutes are enough where keys of logs, witnesses and other networks are what it is about. */
const ENOUGH_MINUTES = 6;

export type Reported = RehearsalReport | ChecksReport | ClientsReport | LoadReport;

/** Rehearses what is asked for, one after the other. */
export async function rehearseAll(modes: readonly Rehearsed[], rehearsing: Rehearsing): Promise<Reported[]> {
  const { seed, events, minutes, isWitnessed, step } = rehearsing;
  const reports: Reported[] = [];
  if (modes.includes('core')) reports.push(rehearseCore({ seed, events }));
  const fewer = Math.min(minutes, ENOUGH_MINUTES);
  if (modes.includes('networks')) {
    reports.push(rehearseNetworks({ seed, events: Math.min(events, NETWORK_EVENTS) }));
    reports.push(await rehearseNetworksOfRoles({ seed, minutes: fewer, isLying: true, progress: step }));
  }
  if (modes.includes('split')) {
    for (const isTold of [false, true]) reports.push(await rehearseSplit({ seed, isWitnessed: isTold }));
  }
  if (modes.includes('succession')) {
    for (const ending of ['lost', 'sealed', 'forked'] as const)
      reports.push(await rehearseSuccession({ seed, ending }));
    for (const rules of ['denied', 'retained'] as const) reports.push(await rehearsePruned({ seed, rules }));
  }
  if (modes.includes('powers')) reports.push(rehearsePowers({ seed, events: Math.min(events, NETWORK_EVENTS) }));
  if (modes.includes('governance')) reports.push(rehearseGovernance({ seed }));
  if (modes.includes('load')) reports.push(await rehearseLoad({ seed }));
  if (modes.includes('clients')) reports.push(await rehearseClients({ seed }));
  if (modes.includes('refreshing')) {
    reports.push(rehearseRefreshing({ seed, events: Math.min(events, NETWORK_EVENTS) }));
  }
  if (modes.includes('orders')) reports.push(await rehearseOrders({ seed }));
  if (modes.includes('doubts')) reports.push(await rehearseDoubts({ seed }));
  if (modes.includes('checks')) reports.push(await rehearseChecks({ seed }));
  if (modes.includes('roles')) {
    reports.push(await rehearseRoles({ seed, minutes, money: true, isWitnessed, progress: step }));
    // Witnesses and keys of the log that change: what the rehearsal of programs has not.
    const keys = { isWitnessed: true, isRotating: true } as const;
    reports.push(await rehearseRoles({ seed, minutes: fewer, ...keys, progress: step }));
  }
  return reports;
}

/** Yes where every law held and was met, no where one was broken, unknown where one was never come to. */
export function exitOf(
  isHeld: boolean,
  { isWhole, laws }: { readonly isWhole: boolean; readonly laws: readonly Pick<WatchedLaw, 'isMet'>[] },
): number {
  if (!isHeld) return EXIT.no;
  return isWhole && laws.some(({ isMet }) => !isMet) ? EXIT.unknown : EXIT.yes;
}

/** Each law with how often it had something to judge. */
export function tellLaws(output: Output, laws: readonly WatchedLaw[]): void {
  for (const { id, says, oracles, isMet } of laws) {
    output.say(`${id}  ${isMet ? '' : 'NOT MET  '}${says}`);
    output.say(`    ${oracles.map(({ name, judged }) => `${name} ${judged === 0 ? 'not met' : judged}`).join(', ')}`);
  }
}
