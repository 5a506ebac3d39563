import {
  assert,
  encodeJws,
  encodeSigningInput,
  encodeUtf8,
  type Party,
  STATEMENT_TYP,
  thumbprint,
} from '@holdfast/core';
import { createApproval, type Governor } from '@holdfast/server/roles';
import type { World } from './world.ts';

const LIST_SIZE = 131_072;
const FOUNDING_MS = 120_000;
const POLL_MS = 250;

/** Accredits the issuer and opens its list by the roles' own ways, in calm weather. Runs the scheduler meanwhile. */
export function foundRehearsed(world: World): Promise<{ opened: { log: string; size: number } }> {
  return runUntilDone(world, found(world));
}

/** Runs the scheduler until the work is done, which in calm weather takes less than two minutes. */
export async function runUntilDone<Result>(
  { scheduler }: Pick<World, 'scheduler'>,
  work: Promise<Result>,
): Promise<Result> {
  let done: { readonly result: Result } | undefined;
  let fault: unknown;
  work.then(
    (result) => {
      done = { result };
    },
    (error: unknown) => {
      fault = error;
    },
  );
  for (let waited = 0; done === undefined && fault === undefined && waited < FOUNDING_MS; waited += POLL_MS) {
    await scheduler.run(scheduler.now + POLL_MS);
  }
  if (fault !== undefined) throw fault;
  assert(done !== undefined, 'what is founded in calm weather is founded within two minutes');
  return done.result;
}

async function found(world: World): Promise<{ opened: { log: string; size: number } }> {
  await until(world, () => world.governor().governor !== undefined && position(world) > 0);
  await accredit(world, civic(world));
  await until(world, () => world.network().role !== undefined);
  const receipt = await world.network().role?.append([await listStatement(world)]);
  assert(receipt !== undefined, 'the network runs');
  await until(world, () => position(world) > receipt.index + 1);
  return { opened: { log: world.place.origin, size: receipt.index + 1 } };
}

type Request = Parameters<Governor['propose']>[0];

/** As many officers as it takes decide it at once, as they do in calm weather. */
export async function decideAtOnce(world: World, key: string, request: Request): Promise<void> {
  const { governor } = world.governor();
  assert(governor !== undefined, 'the governor runs');
  const { id, digest, needed } = await governor.propose({ ...request, reason: 'rehearsal' }, key);
  for (const officer of world.officers.slice(0, needed))
    await governor.approve(id, await createApproval(world.signer, officer, digest));
}

export async function accredit(world: World, party: Party): Promise<void> {
  await decideAtOnce(world, `accredit ${party.id}`, { power: 'accredit', class: 'founding', party });
  await until(world, () => world.governor().follower?.state.parties.has(party.id) === true);
}

function position({ governor }: World): number {
  return governor().follower?.position?.size ?? 0;
}

export async function until({ scheduler }: World, holds: () => boolean): Promise<void> {
  while (!holds()) await scheduler.clock().sleep(POLL_MS);
}

export function civic({ keys, place }: World): Party {
  const { issuer, type, assurance } = place;
  return {
    id: issuer,
    kind: 'issuer',
    keys: [
      { use: 'statement', key: keys.civic },
      { use: 'credential', key: keys.credential },
    ],
    accreditations: [{ action: 'issue', type, assurance, from: 0 }],
  };
}

async function listStatement({ keys, signer, place }: World): Promise<string> {
  const header = { alg: 'ES256', kid: thumbprint(keys.civic), typ: STATEMENT_TYP };
  const list = { list: place.list, issuer: place.issuer, bits: 2, size: LIST_SIZE, key: thumbprint(keys.credential) };
  const input = encodeSigningInput(header, { type: 'list', v: 1, ...list });
  return encodeJws(input, await signer.sign('civic', encodeUtf8(input)));
}
