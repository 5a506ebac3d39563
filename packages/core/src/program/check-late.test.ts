import { expect, test } from 'vitest';
import { buildLog } from '../../test/log-builder.ts';
import { testProgram } from '../../test/test-program.ts';
import type { NetworkState, ProgramRecord } from '../fold/state.ts';
import { allocate } from './allocation.ts';
import { type Application, applicationDigest } from './application.ts';
import { checkAdmission } from './check-late.ts';
import type { ResultQuestion } from './check-result.ts';
import { programDigest } from './program.ts';

const PRESENTED = 'p'.repeat(43);
const ISSUER = 'https://civic.example';

/** Everybody was given what they wanted, at most 25; 60 of 100 were given. */
function world(want = '50') {
  const allocation = { mode: 'sealed', rule: 'equal-capped', cap: '90' } as const;
  const program = { ...testProgram(buildLog()), budget: '100', allocation, issuerCaps: [] };
  const application: Application = {
    ...{ v: 1, program: programDigest(program), destination: { kind: 'internal', account: 'ada' } },
    ...{ salt: 's'.repeat(22), want },
  };
  const candidates = [10n, 40n, 40n].map((amount, i) => ({ key: `${i}`, issuer: ISSUER, want: amount }));
  const { result, total } = allocate({ candidates, terms: allocation, budget: 60n, issuerCaps: [] });
  const draw = { entry: 9, seal: 'r', result, allocated: { root: 'r', count: 3, total: `${total}` } };
  const sealedAt = { log: 'l', size: 8, root: 'r', time: 5000 };
  const record = { program, digest: programDigest(program), entry: 1, draw, sealedAt } as ProgramRecord;
  const question: ResultQuestion = { record, time: 6000, application, presented: PRESENTED, own: { issuer: ISSUER } };
  const digest = applicationDigest(application, PRESENTED);
  const state = (program_ = program.id) =>
    ({
      exceptions: new Map([[digest, { kind: 'admission', program: program_, entry: 12 }]]),
      docket: { cases: new Map([['case-1', { id: 'case-1', entry: 12, stage: 'final' }]]) },
    }) as unknown as NetworkState;
  return { program, question, state };
}

test('names the case, what the draw would have given, what it has left for all, and until when', () => {
  const { question, state, program } = world();
  expect(checkAdmission(state(), question)).toEqual({
    ...{ entry: 12, case: 'case-1', due: 25n, left: 40n, endsAt: 5000 + program.appealMs },
  });
  const modest = world('20');
  expect(checkAdmission(modest.state(), modest.question)).toMatchObject({ due: 20n });
});

test('says no amount where there is no draw, or the files do not say who attested', () => {
  const { question, state } = world();
  const { draw: _draw, ...undrawn } = question.record;
  const { own: _own, ...without } = question;
  for (const asked of [{ ...question, record: undrawn }, without]) {
    const said = checkAdmission(state(), asked);
    expect(said).toMatchObject({ entry: 12 });
    expect(said).not.toHaveProperty('due');
  }
});

test('is nothing for an application that the log does not admit, or admits to another program', () => {
  const { question, state } = world();
  expect(checkAdmission(state('other'), question)).toBeUndefined();
  expect(checkAdmission(state(), { ...question, presented: 'q'.repeat(43) })).toBeUndefined();
});
