import {
  ASSURANCE_LEVELS,
  type Assurance,
  type Basis,
  homePosition,
  type Outcome,
  otherPosition,
  type Position,
  type Recognition,
} from '@holdfast/core';
import { type Holder, type NetworkPlace, outcomeOf, RESIDENCE } from '../holders.ts';
import type { LogTruth } from '../log-truth.ts';
import type { World } from '../world.ts';
import { isOver } from './recognition-laws.ts';

/** Another network, with a log, rules, officers and an issuer of its own. */
export const TOWN: NetworkPlace = {
  origin: 'town.test/log',
  issuer: 'https://town.test/i/hall',
  list: 'https://town.test/status/hall/1',
  type: 'https://town.test/vct/hall/inhabitant/1',
  assurance: 'high',
};
/** How the oracles call its credentials. */
export const TOWN_PREFIX = 'town';

/** The jurisdiction that asks less than the rest. */
export const EASY = { id: 'easy', appliesTo: ['nothing of itself'], minAssurance: 'low' } as const;

/** What the first network would take of the town: its inhabitants as residents, at most at some level, until some moment. */
export function recognitionOf(town: World, most: Assurance, until: number, isEnded: boolean): Recognition {
  const types = isEnded ? [] : [{ type: TOWN.type, as: RESIDENCE, maxAssurance: most }];
  return { network: town.name, log: { origin: TOWN.origin, vkey: 'as its own log says' }, types, until };
}

/** What the first network had said of the town where a verdict stood. */
export function recognisedAt(home: World, town: World, basis: Basis): Recognition | undefined {
  return home.truth.recognitionAt(town.name, homePosition(basis)?.size ?? 0);
}

/** What is so in the history of the town that a position is of. */
export function historyOf({ truth, split }: World, position: Position | undefined): LogTruth {
  return split?.holds(position) === true && !truth.holds(position) ? split : truth;
}

/** The right answer about an inhabitant, from the bytes of both logs. */
export function townOutcome(home: World, town: World, holder: Holder, basis: Basis): Outcome {
  const recognised = recognisedAt(home, town, basis);
  if (recognised !== undefined && isOver(recognised, basis)) return 'invalid';
  const least = basis.profile === EASY.id ? 'low' : 'substantial';
  const most = recognised?.types[0]?.maxAssurance ?? 'high';
  if (recognised !== undefined && ASSURANCE_LEVELS.indexOf(most) < ASSURANCE_LEVELS.indexOf(least)) return 'invalid';
  const other = otherPosition(basis);
  const status = outcomeOf({ ...holder, list: TOWN.list }, historyOf(town, other), {
    ...basis,
    positions: other === undefined ? [] : [other],
  });
  return recognised === undefined && status === 'valid' ? 'unknown' : status;
}
