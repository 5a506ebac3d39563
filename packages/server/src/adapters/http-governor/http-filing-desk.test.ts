import { encodeJws, partyFilingSigningInput } from '@holdfast/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LIST_URI } from '../../../../core/test/log-builder.ts';
import { createCaseWorld } from '../../../test/case-world.ts';
import { caseRoutes } from '../../http/governor/case-routes.ts';
import { createHttpServer } from '../../http/server.ts';
import { describeFilingDesk, filingAbout } from '../../ports/filing.contract.ts';
import { createPartyFilings } from '../../roles/governor/cases/party-filings.ts';
import { createHttpFilingDesk } from './http-filing-desk.ts';

const NEVER = new AbortController().signal;

/** A governor behind its door, as a role in another process reaches it; `answer` changes what comes back. */
async function openDoor(answer: (text: string) => string = (text) => text) {
  const world = await createCaseWorld();
  const { engine, signer, follower } = world.ports;
  const filings = createPartyFilings({ clock: world.clock, engine, signer, follower, desk: world.desk });
  const app = await createHttpServer(false);
  onTestFinished(() => app.close());
  caseRoutes(app, { desk: world.desk, filings, operators: { admin: [] } });
  await app.ready();
  const asked: typeof fetch = async (input, init) => {
    const { pathname } = new URL(String(input));
    const sent = { method: 'POST', url: pathname, headers: { 'content-type': 'application/json' } } as const;
    const { statusCode, body } = await app.inject({ ...sent, payload: String(init?.body) });
    return new Response(answer(body), { status: statusCode });
  };
  const state = () => follower.state;
  const desk = createHttpFilingDesk({ url: 'https://governor.example', state, engine, fetch: asked });
  const key = world.signatures.key('civic statement');
  const sign = async ({
    id,
    index,
    network = world.log.state.name,
  }: {
    id: string;
    index: number;
    network?: string;
  }) => {
    const filing = filingAbout({ network, party: 'https://civic.example', id, subject: { list: LIST_URI, index } });
    const input = partyFilingSigningInput(filing, key.jwk);
    return encodeJws(input, key.sign(input));
  };
  return { desk, sign };
}

describeFilingDesk('a governor over HTTP', openDoor);

describe('whoever files over HTTP', () => {
  it('is told what the governor refuses, with its code', async () => {
    const { desk, sign } = await openDoor();
    const signed = await sign({ id: 'one', index: 7, network: 'another' });
    await expect(desk.file(signed, NEVER)).rejects.toMatchObject({ code: 'case.party' });
    await expect(desk.file('no JWS', NEVER)).rejects.toMatchObject({ code: 'filing.unreachable' });
  });

  it.each([
    ['is about something else', (text: string) => text.replace(/"id":"[^"]*"/, '"id":"another"')],
    ['promises another date', (text: string) => text.replace(/"promisedBy":\d+/, '"promisedBy":9999999999999')],
    ['is no receipt', () => '{}'],
    ['is not JSON', () => '<html>'],
  ])('believes no answer that %s: it has not been filed as far as it knows', async (_, answer) => {
    const { desk, sign } = await openDoor(answer);
    const refused = desk.file(await sign({ id: 'one', index: 7 }), NEVER);
    await expect(refused).rejects.toMatchObject({ code: 'filing.unreachable' });
  });
});
