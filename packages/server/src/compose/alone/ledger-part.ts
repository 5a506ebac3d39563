import { jwkSchema } from '@holdfast/core';
import { z } from 'zod';
import { callRoutes } from '../../http/ledger/call-routes.ts';
import { ledgerRoutes } from '../../http/ledger/ledger-routes.ts';
import { orderRoutes } from '../../http/ledger/order-routes.ts';
import { roleKeysRoutes } from '../../http/role-keys-routes.ts';
import { createCashier } from '../../roles/cashier/cashier.ts';
import { LEDGER_KEY } from '../../roles/ledger/signed-acceptance.ts';
import { ledgerSources, sourcesBy } from '../facts.ts';
import { ledgerGauges } from '../gauges.ts';
import { LEDGER_KEYS } from '../ledger.ts';
import { composeSharedLedger } from '../ledger-in-turns.ts';
import { moneyNumbers } from '../seeing.ts';
import { readDescription } from './description.ts';
import { assertOwnKeys } from './own-keys.ts';
import type { Part, PartPlace } from './part.ts';

/** `ledger.json`: whose ledger it is, and whose signed calls it takes. */
export const ledgerDescriptionSchema = z.strictObject({
  party: z.string().min(1).max(500),
  callers: z.array(jwkSchema).min(1).max(16),
});

/** The ledger alone; several processes of it take turns to write. */
export async function startLedgerPart(place: PartPlace): Promise<Part> {
  const { platform, app, operators, logins, started, keysFolder, by } = place;
  const readOwn = () => readDescription(place.dataFolder, 'ledger.json', ledgerDescriptionSchema);
  const { party } = await readOwn();
  // Read with every call: whoever takes a stolen key out of the file has shut its thief out with that.
  const callers = async () => (await readOwn()).callers;
  await assertOwnKeys(keysFolder, LEDGER_KEYS, [LEDGER_KEY]);
  const shared = started.use(
    await composeSharedLedger(platform, { databaseUrl: await logins.of('ledger'), keysFolder, party, callers, by }),
  );
  ledgerRoutes(app, { ledger: shared.ledger, party, operators });
  const { clock, engine } = platform;
  const numbers = [async () => ledgerGauges(await shared.health()), moneyNumbers(clock, shared.ledger)];
  const { ledger, accountKeys } = shared;
  orderRoutes(app, createCashier({ clock, engine, ledger, accountKeys, ledgerKeys: ledger.readKeys, party }));
  roleKeysRoutes(app, { path: '/keys/ledger', keys: shared.ledger.keys, operators });
  callRoutes(app, shared);
  return {
    name: 'ledger',
    readiness: shared.readiness,
    yieldTurn: shared.yieldTurn,
    numbers,
    facts: ledgerSources(sourcesBy(party), { health: shared.health, audit: () => shared.ledger.audit() }, party),
  };
}
