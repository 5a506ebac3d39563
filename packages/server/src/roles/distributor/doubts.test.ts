import { CodedError, type Program } from '@holdfast/core';
import { afterEach, describe, expect, test } from 'vitest';
import { caseStep } from '../../../../core/test/case-log.ts';
import { createDistributorWorld, type DistributorWorld } from '../../../test/distributor-world.ts';
import { createFilingGovernor, quickCasesByHand } from '../../../test/filing-governor.ts';
import type { FilingDesk } from '../../ports/filing.ts';
import type { Verification } from '../../ports/verification.ts';
import { createPromises } from './promises.ts';

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

/** A verifier that can neither confirm nor refuse anybody. */
function doubting(verification: Verification): Verification {
  const doubt = <Given extends { readonly verdict: object }>(given: Given): Given => ({
    ...given,
    verdict: { ...given.verdict, outcome: 'unknown' },
  });
  return {
    ...verification,
    verify: async (question) => doubt(await verification.verify(question)),
    confirm: async (...asked) => doubt(await verification.confirm(...asked)),
  };
}

type Options = { readonly reason?: string; readonly desk?: (desk: FilingDesk) => FilingDesk };

/** An applicant in doubt, whose money is set aside, and the governor that the distributor files with. */
async function createWorld({ reason = 'residence-ended', desk }: Options = {}, changes: Partial<Program> = {}) {
  const world = await createDistributorWorld({
    verification: doubting,
    rules: quickCasesByHand(reason),
    program: (program) => ({ ...program, ...changes }),
  });
  opened.push(world);
  const { cases, filings, send } = createFilingGovernor(world, desk);
  opened.push(cases);
  const distributor = world.restart({ filings });
  const { application } = await distributor.apply('relief', world.sent(world.person()));
  await world.close();
  await world.work(distributor, 4);
  const stateOf = async () => (await distributor.application('relief', application)).payment?.state;
  return { ...world, distributor, application, filings, cases, send, stateOf };
}
type World = Awaited<ReturnType<typeof createWorld>>;

const caseIn = ({ verifiers }: Pick<DistributorWorld, 'verifiers'>) => [
  ...verifiers.follower.state.docket.cases.values(),
];

async function triage(world: World, admit: boolean): Promise<void> {
  const { log } = world.verifiers.feed;
  const [{ id = '' } = {}] = caseIn(world);
  const target = { of: 'application', program: 'relief', digest: world.application } as const;
  log.append(caseStep(log, id, { act: 'triage', admit, ...(admit ? { target } : {}) }, ['officer-a']));
  while (log.state.docket.cases.get(id)?.stage !== 'final') await world.epoch();
}

describe('an applicant in doubt', () => {
  test('is a case by itself, named with its date to whoever asks; what officers admit is paid', async () => {
    const world = await createWorld();
    const { distributor, application, cases } = world;
    expect(await world.stateOf()).toBe('reserved');
    expect(await distributor.application('relief', application)).toMatchObject({ review: { state: 'filed' } });
    await world.send();
    const [record] = caseIn(world);
    expect(record).toMatchObject({ about: 'application', class: 'residence-ended', remedy: 'admit', role: 'revoker' });
    expect(await distributor.application('relief', application)).toMatchObject({
      review: { state: 'open', case: record?.id, dueAt: record?.dueAt },
    });
    const [file] = await cases.files(record?.id ?? '');
    expect(file?.opened?.statement).toContain(`--program relief --digest ${application}`);
    // Nothing in the log says whom it is about, until officers do.
    expect(JSON.stringify(record)).not.toContain(application);
    await triage(world, true);
    await world.work(distributor, 3);
    expect(await world.stateOf()).toBe('carried');
    expect(await distributor.application('relief', application)).toMatchObject({ review: { state: 'over' } });
    expect(caseIn(world)).toHaveLength(1);
  });

  test('has the money sent back when officers find that there is nothing to it, and the log says by what', async () => {
    const world = await createWorld();
    await world.send();
    const [record] = caseIn(world);
    await triage(world, false);
    await world.work(world.distributor, 3);
    expect(await world.stateOf()).toBe('voided');
    const kept = await world.store.read('relief', world.application);
    expect(kept?.payment?.settledBy).toBe(`entry-${record?.entry}`);
  });

  test('is told by what it went back, also by a process that died when the money had gone', async () => {
    const world = await createWorld();
    await world.send();
    await triage(world, false);
    const dying = { ...world.store, advance: () => Promise.reject(new Error('killed')) };
    await world.restart({ store: dying, filings: world.filings }).step();
    const [reserve] = await world.ledger.readTransfers([`reserve.relief.${world.application}` as never]);
    expect([reserve?.state, await world.stateOf()]).toEqual(['voided', 'reserved']);
    await world.work(world.distributor, 2);
    const kept = await world.store.read('relief', world.application);
    expect(kept?.payment?.settledBy).toBe(`entry-${caseIn(world)[0]?.entry}`);
  });

  test('loses nothing by the program’s default while the case is open', async () => {
    const world = await createWorld({}, { confirm: { withinMs: 30_000, otherwise: 'return' } });
    await world.send();
    await world.epoch(world.verifiers.clock.now() + 60_000);
    await world.distributor.step();
    expect(await world.stateOf()).toBe('reserved');
    expect(caseIn(world)[0]?.stage).not.toBe('final');
  });

  test('is decided by the default where the governor does not answer, and the payment waits for nobody', async () => {
    const away = () => Promise.reject(new CodedError('filing.unreachable', 'Nobody is there.'));
    const world = await createWorld({ desk: () => ({ file: away }) });
    await world.send();
    expect(await world.filings.find(`doubt.relief.${world.application}`)).toBe('waiting');
    await world.epoch(world.verifiers.clock.now() + 3_700_000);
    await world.work(world.distributor, 2);
    expect(await world.stateOf()).toBe('voided');
  });

  test('is no case where the rulebook does not say for which reason', async () => {
    const world = await createWorld({ reason: '' });
    await world.send();
    expect(caseIn(world)).toEqual([]);
    expect(await world.distributor.application('relief', world.application)).not.toHaveProperty('review');
  });
});

describe('a date that an acknowledgement named', () => {
  test('that passed is an incident in the organiser’s name, once, and only when the log itself is past it', async () => {
    const world = await createWorld();
    const { filings } = world;
    const promises = createPromises(
      { ...world.options, store: { ...world.store, countApplications: async () => COUNTS } },
      filings,
    );
    const { program } = world;
    const record = { ...world.record(), intake: undefined, seal: undefined, draw: undefined } as never;
    const by = program.window.closesAt + program.intakeWithinMs;
    if (world.verifiers.follower.state.time <= by) {
      await promises.look(record);
      expect(await filings.find('late.intake.relief')).toBeUndefined();
      await world.epoch(by + 1_000);
    }
    await world.verifiers.clock.advance(20_000);
    await promises.look(record);
    await promises.look(record);
    await world.send();
    await world.send();
    const incidents = [...world.verifiers.follower.state.docket.incidents.values()];
    expect(incidents.filter((one) => one.class === 'promise-missed')).toMatchObject([
      { owner: world.options.config.id, stage: 'reported' },
    ]);
  });
});

const COUNTS = { all: 3, unjudged: 0, admitted: 0, refused: 0 };
