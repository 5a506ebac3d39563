import { assert, type Position, sha256Base64url, type Verdict } from '@holdfast/core';
import { expect, test } from 'vitest';
import { createDistributorWorld } from '../../../test/distributor-world.ts';
import { createDistributorStoreMemory } from '../../adapters/memory/distributor-store.ts';
import { type DistributorStore, MAX_APPLICATIONS_PER_READ } from '../../ports/distributor-store.ts';
import { MAX_LEDGER_BATCH } from '../../ports/ledger.ts';
import { sealApplication } from './kept-application.ts';

const COUNT = 2_500;
const nameOf = (i: number) => sha256Base64url(`${i}`);

/** A store that tells of each call that asks for more rows than one may, and counts those it gives. */
function watched(store: DistributorStore) {
  const seen = { rows: 0 };
  const counted = async <Row>(rows: Promise<readonly Row[]>) => {
    const read = await rows;
    assert(read.length <= MAX_APPLICATIONS_PER_READ, 'a page is bounded');
    seen.rows += read.length;
    return read;
  };
  const watching: DistributorStore = {
    ...store,
    readLeaves: (...asked) => counted(store.readLeaves(...asked)),
    readUnjudged: (...asked) => counted(store.readUnjudged(...asked)),
    readJudged: (...asked) => counted(store.readJudged(...asked)),
    readPayments: (...asked) => counted(store.readPayments(...asked)),
  };
  return { seen, watching };
}

test('more people than one call names are sealed, drawn and paid, and whoever looks reads no list for it', async () => {
  const { seen, watching } = watched(createDistributorStoreMemory());
  await using world = await createDistributorWorld({
    store: watching,
    program: (program) => ({
      ...program,
      budget: `${COUNT * 100}`,
      reserveMax: `${COUNT * 100}`,
      maxApplications: COUNT,
    }),
    verification: (verification) => ({
      ...verification,
      confirm: async (id: string, position: Position) => {
        const basis = { positions: [position] };
        const verdict = { outcome: 'valid', allows: { effect: 'final' }, basis } as unknown as Verdict;
        return { id, jws: '', verdict };
      },
      settled: async () => undefined,
    }),
  });
  const bounds = { maxPerRound: MAX_LEDGER_BATCH };
  const distributor = world.restart({ config: { ...world.options.config, bounds } });
  await distributor.step();
  // Taken in and judged before: what is looked at here is what follows.
  for (let from = 0; from < COUNT; from += MAX_LEDGER_BATCH) {
    const numbers = Array.from({ length: MAX_LEDGER_BATCH }, (_, i) => from + i);
    const applications = numbers.map(async (i) => {
      const name = nameOf(i);
      const sent = {
        application: world.application({ destination: { kind: 'internal', account: `a${i}` } }),
        presentation: '',
      };
      const place = { program: 'relief', application: name };
      const sealed = await sealApplication(world.options.sealer, place, sent);
      const holder = `h${i}`;
      const salt = sent.application.salt;
      return { ...place, holder, receivedAt: 1, salt, sealed, acknowledgement: name, maxApplications: COUNT };
    });
    await watching.accept(await Promise.all(applications));
    // Every fifth comes twice, as a person who is counted already.
    const judgements = numbers.map((i) => {
      const candidacy = {
        issuer: 'https://civic.example',
        nullifier: `n${i % 5 === 4 ? i - 1 : i}`,
        held: false,
        want: '100',
      };
      return { application: nameOf(i), verdict: `v${i}`, candidacy };
    });
    await watching.judge('relief', judgements);
  }
  await world.close();
  await world.work(distributor, 8);
  const paid = (COUNT * 4) / 5;
  const view = await distributor.find('relief');
  expect(view).toMatchObject({ phase: 'paying', applications: { all: COUNT, admitted: paid, refused: COUNT - paid } });
  expect(view.payments).toEqual({ carried: { count: paid, total: BigInt(paid) * 100n } });
  expect(world.events).toEqual([]);
  const first = nameOf(0);
  await distributor.proof('relief', first);
  seen.rows = 0;
  for (let i = 0; i < 5; i += 1) {
    await distributor.proof('relief', nameOf(i));
    await distributor.find('relief');
    await distributor.application('relief', first);
  }
  await distributor.handoffs();
  // The list of the refused is made once, for the first of them who asks.
  expect(seen.rows).toBeLessThanOrEqual(COUNT);
  expect(await distributor.step()).toBe(false);
  expect(seen.rows).toBeLessThanOrEqual(COUNT);
});
