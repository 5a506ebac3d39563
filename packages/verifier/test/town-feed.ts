import { encodeVkey, type Recognition } from '@holdfast/core';
import { civicParty, DAY_MS } from '../../core/test/log-builder.ts';
import { createLogKey, createTestFeed, type TestFeed } from './test-feed.ts';
import { issue } from './verify-world.ts';

/** A second network: its log, its one issuer, and the list of that one. */
export const TOWN_ORIGIN = 'log.example/other';
export const TOWN = 'https://town.example';
export const TOWN_LIST = 'https://town.example/lists/1';

/** Founded a minute before `start`; its last epoch is of then. */
export function createTownFeed(start: number): TestFeed {
  const feed = createTestFeed({ key: createLogKey(TOWN_ORIGIN), log: { until: 'genesis' } });
  const { log } = feed;
  log.epoch(start - 60_000);
  const inhabitant = { action: 'issue', type: 'inhabitant', assurance: 'high', from: 0 } as const;
  log.accredit(civicParty(log.signatures, { id: TOWN, accreditations: [inhabitant] }));
  log.epoch(start - 30_000);
  log.list({ list: TOWN_LIST, issuer: TOWN });
  log.epoch(start);
  return feed;
}

/** What another network says of this one: the type `inhabitant` counts as `residence` there, for thirty days. */
export function townRecognition(town: TestFeed, start: number, changes: Partial<Recognition> = {}): Recognition {
  return {
    network: town.network,
    log: { origin: TOWN_ORIGIN, vkey: encodeVkey(town.key.vkey) },
    types: [{ type: 'inhabitant', as: 'residence', maxAssurance: 'substantial' }],
    until: start + 30 * DAY_MS,
    ...changes,
  };
}

/** A credential of the second network's issuer, whose place is index 7 of its list. */
export function inhabitant(town: TestFeed, start: number, network = { log: TOWN_ORIGIN, size: 6 }): string {
  const key = town.log.signatures.key('civic credential');
  const seconds = start / 1000;
  const claims = { iss: TOWN, vct: 'inhabitant', iat: seconds - 60, exp: seconds + 400 * 86_400 };
  return issue({ key, header: { kid: key.kid }, status: { uri: TOWN_LIST, index: 7 }, network, claims });
}
