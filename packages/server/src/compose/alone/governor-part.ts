import { caseRoutes } from '../../http/governor/case-routes.ts';
import { governorRoutes } from '../../http/governor/governor-routes.ts';
import { joiningRoutes } from '../../http/governor/joining-routes.ts';
import { decisionHandoffs, incidentHandoffs } from '../../http/handoffs.ts';
import { mattersRoutes } from '../../http/parts/matters-routes.ts';
import { GOVERNOR_KEY } from '../../roles/network/genesis.ts';
import { composeGovernor, GOVERNOR_KEYS } from '../governing.ts';
import { caseMatters } from '../people.ts';
import { openHandlesOf } from '../seeing.ts';
import { assertOwnKeys } from './own-keys.ts';
import type { Part, PartPlace } from './part.ts';

/** The governor alone: it collects what officers sign, wherever the log is. */
export async function startGovernorPart(place: PartPlace): Promise<Part> {
  const { platform, app, operators, logins, stop, started, keysFolder } = place;
  await assertOwnKeys(keysFolder, GOVERNOR_KEYS, [GOVERNOR_KEY]);
  const databaseUrl = await logins.of('governor');
  const composed = started.use(await composeGovernor(platform, { ...place, databaseUrl }, stop));
  const { governor, joining, desk, filings, follower, erasables } = composed;
  governorRoutes(app, { governor, operators });
  joiningRoutes(app, { joining, operators, clock: platform.clock });
  mattersRoutes(app, { matters: caseMatters(desk), operators });
  openHandlesOf(app, { platform, operators }, '/handles/governor', [composed]);
  caseRoutes(app, { desk, filings, operators });
  return {
    name: 'governor',
    erasables,
    readiness: async () => (follower.position === undefined ? 'has read nothing yet' : 'ready'),
    state: () => follower.state,
    handoffs: async () => {
      const { handoffs, more } = incidentHandoffs(follower.state);
      return { handoffs: [...decisionHandoffs(await governor.list()), ...handoffs], more };
    },
  };
}
