import type { Verification } from '@holdfast/server/roles';
import { createIssuerStoreMemory } from '@holdfast/server/roles';
import { afterEach, expect, test } from 'vitest';
import { composePeople } from '../../server/src/compose/people.ts';
import { distributorRoutes } from '../../server/src/http/distributor/distributor-routes.ts';
import { caseRoutes } from '../../server/src/http/governor/case-routes.ts';
import { handoffRoutes } from '../../server/src/http/handoffs.ts';
import { hashOperatorKey } from '../../server/src/http/operators.ts';
import { createHttpServer } from '../../server/src/http/server.ts';
import { createDistributorWorld } from '../../server/test/distributor-world.ts';
import { createFilingGovernor, quickCasesByHand } from '../../server/test/filing-governor.ts';
import { mattersIn } from '../../server/test/matters-world.ts';
import { createCountingEntropy } from '../../server/test/verifier-world.ts';
import { fetchCase, fetchCases, fetchFiles } from '../src/cases/case-answers.ts';
import { targetOf } from '../src/cases/case-target.ts';
import { wordsOfCase } from '../src/cases/case-words.ts';
import { signStep } from '../src/cases/sign-step.ts';
import { createNetworkClient } from '../src/network-client.ts';

const KEY = 'the-key-of-an-operator';
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

/** One program whose verifier doubts, its governor and its doors, over HTTP. */
async function serve() {
  const world = await createDistributorWorld({
    verification: doubting,
    rules: quickCasesByHand('residence-ended'),
  });
  opened.push(world);
  const governor = createFilingGovernor(world);
  opened.push(governor.cases);
  const { clock, follower, feed } = world.verifiers;
  const distributor = world.restart({ filings: governor.filings });
  const operators = { admin: [hashOperatorKey(KEY)] };
  const nothing = () => Promise.reject(new Error('nobody reveals anything here'));
  const app = await createHttpServer(false);
  const matters = mattersIn({
    cases: { desk: governor.cases, clock },
    money: { distributor },
    offers: createIssuerStoreMemory(),
  });
  distributorRoutes(app, { distributor, operators, reveal: nothing, reveals: nothing });
  caseRoutes(app, { desk: governor.cases, filings: { file: nothing }, operators });
  handoffRoutes(app, { sources: [() => distributor.handoffs()], operators });
  app.get('/rulebook', async () => ({ network: feed.log.state.name }));
  await composePeople(
    app,
    { clock, entropy: createCountingEntropy('page') },
    {
      ...{ origin: 'https://network.example', verifier: 'north', matters },
      state: () => follower.state,
      readEntries: async (from, to) => feed.log.entries.slice(from, to),
      ask: () => Promise.reject(new Error('away')),
    },
  );
  // Time stands still but for what a door waits for.
  const ticking = setInterval(() => void clock.advance(1), 2);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  opened.push({
    async [Symbol.asyncDispose]() {
      clearInterval(ticking);
      await app.close();
    },
  });
  const client = createNetworkClient({ url, adminKey: KEY });
  const page = async (path: string) => (await fetch(`${url}${path}`, { headers: { 'accept-language': 'en' } })).text();
  const officerOf = (id: string) => {
    const key = feed.log.signatures.key(id);
    const signer = {
      create: async () => key.jwk,
      readNames: async () => ['approval'],
      readPublicKey: async () => key.jwk,
      sign: async (_: string, bytes: Uint8Array) => key.sign(Buffer.from(bytes).toString()),
    };
    return { signer, name: 'approval' };
  };
  return { world, governor, distributor, client, page, officerOf };
}

test('somebody in doubt has a case by itself, and is paid once officers admit them; their page says so at each step', async () => {
  const { world, governor, distributor, client, page, officerOf } = await serve();
  const sent = await client.post('/programs/relief/applications', world.sent(world.person()));
  const [application, me] = [String(sent.application), String(sent.me)];
  await world.close();
  await world.work(distributor, 4);
  const path = `/programs/relief/applications/${application}`;
  expect(await client.get(path)).toMatchObject({ payment: { state: 'reserved' }, review: { state: 'filed' } });

  await governor.send();
  const [opened_, ...others] = await fetchCases(client, false);
  expect(others).toEqual([]);
  const id = opened_?.id ?? '';
  const said = wordsOfCase(await fetchCase(client, id), world.verifiers.clock.now());
  expect(said.join('\n')).toMatch(
    /about an application, .*; asks .*\n.*\n {2}The next step is for an officer with the role revoker/,
  );
  expect(await client.get(path)).toMatchObject({ review: { state: 'open', case: id } });
  const waiting = await page(me);
  expect(waiting).toContain('is set aside for you.');
  expect(waiting).toContain(`People look at your case.</p><p>Your case has the number ${id}.`);

  // What officers read is what names it for them; they sign what they have computed themselves.
  const words = (await fetchFiles(client, id)).map(({ opened: file }) => file?.statement).join('\n');
  const [, program = '', digest = ''] = /--program (\S+) --digest (\S+)/.exec(words) ?? [];
  expect([program, digest]).toEqual(['relief', application]);
  const target = await targetOf(client, id, { program, digest, issuer: 'civic' });
  const step = await signStep(client, id, { act: 'triage', admit: true, target }, officerOf('officer-a'));
  expect(step).toMatchObject({ state: 'recorded' });
  for (let epochs = 0; epochs < 10 && (await fetchCase(client, id)).stage !== 'final'; epochs += 1) await world.epoch();
  expect(await fetchCase(client, id)).toMatchObject({ stage: 'final', finding: { upheld: true } });

  await world.work(distributor, 3);
  expect(await client.get(path)).toMatchObject({ payment: { state: 'carried' }, review: { state: 'over', case: id } });
  const paid = await page(me);
  expect(paid).toContain('from Winter relief was sent to you.');
  expect(paid).toContain('People looked at your case. They decided that you get it.');
  expect(await client.get('/handoffs')).toMatchObject({ count: 0 });
});
