import { CodedError, type Program, parseQuery } from '@holdfast/core';
import { RELIEF } from '../money/distributor-node.ts';
import { beaconOf } from '../money/relief-programs.ts';
import type { World } from '../world.ts';
import { MAX_PROGRAM_MS, type Scenario } from './scenario.ts';

const MINUTE_MS = 60_000;
/** What is rehearsed of a program that says more, where its scenario says nothing. */
const USUAL_MS = { window: 30 * MINUTE_MS, confirm: 10 * MINUTE_MS, appeal: 20 * MINUTE_MS } as const;
/** Longer promises of an intake are rehearsed as this. */
const INTAKE_MS = 10 * MINUTE_MS;

/** How much of a program's time is rehearsed, milliseconds. */
export type RehearsedTime = { readonly window: number; readonly confirm: number; readonly appeal: number };

/** Never more than the program says. Throws `scenario.time` where it would take more than a rehearsal does. */
export function timeOf({ window, confirm, appealMs }: Program, { time }: Pick<Scenario, 'time'>): RehearsedTime {
  const stated = { window: window.closesAt - window.opensAt, confirm: confirm.withinMs, appeal: appealMs };
  const asked = (part: keyof RehearsedTime) => Math.min(stated[part], time[part] ?? USUAL_MS[part]);
  const rehearsed = { window: asked('window'), confirm: asked('confirm'), appeal: asked('appeal') };
  const all = rehearsed.window + Math.max(rehearsed.confirm, rehearsed.appeal);
  if (all > MAX_PROGRAM_MS) {
    throw new CodedError('scenario.time', 'time: window and appeal together are at most 26 hours in a rehearsal.', {
      path: 'time',
    });
  }
  return rehearsed;
}

/**
 * The program as it is rehearsed: all of its rules, from now on, in so much time, under a key of the rehearsal's own. Whoever
 * organises it is the rehearsal's distributor, and the seed of a lottery comes from secrets of two parties who keep no secret.
 */
export function rehearsedProgram(world: World, program: Program, time: RehearsedTime, key: string): Program {
  const { now } = world.scheduler;
  const opensAt = now - (now % 1000);
  return {
    ...program,
    organiser: RELIEF,
    window: { opensAt, closesAt: opensAt + time.window },
    intakeWithinMs: Math.min(program.intakeWithinMs, INTAKE_MS),
    uniqueness: { ...program.uniqueness, key },
    confirm: { ...program.confirm, withinMs: time.confirm },
    appealMs: time.appeal,
    ...(program.beacon === undefined ? {} : { beacon: beaconOf(world) }),
  };
}

/** What people are asked to show: of which type of credential, and which claims of it. */
export type Asked = { readonly type: string; readonly claims: readonly string[] };

export function askedBy({ query, uniqueness }: Program): Asked {
  const [credential] = parseQuery(query).credentials;
  const [first = []] = credential?.claimSets ?? [];
  const names = first.flatMap(({ path: [name] }) => (typeof name === 'string' ? [name] : []));
  return { type: credential?.types[0] ?? '', claims: [...new Set([...uniqueness.claim.slice(0, 1), ...names])] };
}
