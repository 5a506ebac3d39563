import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { keysInForce } from '@holdfast/core';
import { createPlatformClock } from '@holdfast/verifier';
import { afterEach, describe, expect, it } from 'vitest';
import { verificationUnderTest } from '../../../test/verification-world.ts';
import { createVerifierWorld, type VerifierWorld } from '../../../test/verifier-world.ts';
import { hashOperatorKey } from '../../http/operators.ts';
import { createHttpServer } from '../../http/server.ts';
import { verifierRoutes } from '../../http/verifier/verifier-routes.ts';
import { verificationContract } from '../../ports/verification.contract.ts';
import { createVerifierRole, type VerifierRole } from '../../roles/verifier/verifier-role.ts';
import { createHttpVerification, type HttpVerificationOptions } from './http-verifier.ts';

const KEY = 'operator-key-of-this-test';
const PAY = { class: 'pay', freshness: { mode: 'any' } } as const;

const closing: (() => PromiseLike<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function createWorld(): Promise<VerifierWorld> {
  const world = await createVerifierWorld();
  closing.push(() => world[Symbol.asyncDispose]());
  return world;
}

async function serve(role: VerifierRole): Promise<string> {
  const app = await createHttpServer(false);
  verifierRoutes(app, { verifiers: [role], operators: { admin: [hashOperatorKey(KEY)] } });
  closing.push(() => app.close());
  return app.listen({ port: 0, host: '127.0.0.1' });
}

/** Somebody who listens where the verifier should be. */
async function impersonate(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function connect(world: VerifierWorld, url: string, changes: Partial<HttpVerificationOptions> = {}) {
  return createHttpVerification({
    url,
    verifier: 'north',
    operatorKey: KEY,
    verdictKeys: () => keysOf(world, 'north'),
    engine: world.engine,
    ...changes,
  });
}

function keysOf(world: VerifierWorld, party: string) {
  const view = world.follower.view() ?? expect.fail('it has read');
  return keysInForce(view.parties.get(party), 'verdict', view.position.time);
}

describe('a verifier over HTTP', () => {
  verificationContract(async () => {
    const world = await createWorld();
    return verificationUnderTest(world, async (role) => connect(world, await serve(role)));
  });
});

describe('a verifier over HTTP that does not answer', () => {
  it('is unreachable when nobody listens, and when it is silent for too long or breaks off', async () => {
    const world = await createWorld();
    const silent = await impersonate(() => undefined);
    const broken = await impersonate((request) => request.socket.destroy());
    const down = await impersonate((_, response) => response.writeHead(502).end('<html>'));
    for (const url of ['http://127.0.0.1:1', silent, broken, down]) {
      const verification = connect(world, url, { timeoutMs: 50, clock: createPlatformClock() });
      const question = { presentation: world.credential(), want: PAY };
      await expect(verification.verify(question)).rejects.toMatchObject({ code: 'verifier.unreachable' });
      const position = world.follower.position ?? expect.fail('it has read');
      await expect(verification.confirm('v', position)).rejects.toMatchObject({ code: 'verifier.unreachable' });
      await expect(verification.settled('v')).rejects.toMatchObject({ code: 'verifier.unreachable' });
    }
  });

  it('is not asked more at once than it may be', async () => {
    const world = await createWorld();
    const url = await impersonate(() => undefined);
    const verification = connect(world, url, { maxUnderWay: 1, timeoutMs: 50, clock: createPlatformClock() });
    const first = verification.settled('v');
    await expect(verification.settled('w')).rejects.toMatchObject({ code: 'verify.overloaded' });
    await expect(first).rejects.toMatchObject({ code: 'verifier.unreachable' });
    await expect(verification.settled('w')).rejects.toMatchObject({ code: 'verifier.unreachable' });
  });

  it('says why it refuses, in its own words', async () => {
    const world = await createWorld();
    const role = createVerifierRole(await world.role('north', { bounds: { maxUnderWay: 0, maxWaiting: 0 } }));
    const url = await serve(role);
    const question = { presentation: world.credential(), want: PAY, keepStanding: true };
    await expect(connect(world, url).verify(question)).rejects.toMatchObject({ code: 'verify.overloaded' });
    const stranger = connect(world, url, { operatorKey: 'another-key-of-this-test' });
    await expect(stranger.verify(question)).rejects.toMatchObject({ code: 'operator.unauthorized' });
    const elsewhere = connect(world, url, { verifier: 'south', party: 'north' });
    await expect(elsewhere.settled('v')).rejects.toMatchObject({ code: 'verifier.not-found' });
  });
});

describe('an answer that a verifier would not have given', () => {
  const answer = (text: string, status = 200): Promise<string> =>
    impersonate((_, response) => response.writeHead(status, { 'content-type': 'application/json' }).end(text));

  it('is refused when it is no verdict, or longer than any', async () => {
    const world = await createWorld();
    const long = JSON.stringify({ signed: 'x'.repeat(1_100_000) });
    const texts = ['', '[]', '{', '{"signed":7}', '{"signed":"a.b.c"}', long];
    for (const text of texts) {
      const asked = connect(world, await answer(text)).verify({ presentation: world.credential(), want: PAY });
      await expect(asked, text.slice(0, 20)).rejects.toMatchObject({ code: 'verifier.answer' });
    }
    const moved = connect(world, await answer('{"code":"feed.fork"}', 404)).settled('v');
    await expect(moved).rejects.toMatchObject({ code: 'verifier.answer' });
  });

  it('is refused when another verifier signed it, nobody did, or a key that is accredited no more', async () => {
    const world = await createWorld();
    const role = createVerifierRole(await world.role('north'));
    const south = createVerifierRole(await world.role('south'));
    const question = { presentation: world.credential(), want: PAY };
    const [ours, theirs] = [(await role.verify(question)).jws, (await south.verify(question)).jws];
    const forged = `${ours.slice(0, ours.lastIndexOf('.') + 1)}${theirs.slice(theirs.lastIndexOf('.') + 1)}`;
    const cases: readonly [string, string, Partial<HttpVerificationOptions>][] = [
      [theirs, 'issuer', {}],
      [theirs, 'key', { party: 'south' }],
      [forged, 'signature', {}],
      [ours, 'key', { verdictKeys: () => [] }],
      [ours, 'key', { verdictKeys: () => keysOf(world, 'south') }],
    ];
    for (const [signed, what, changes] of cases) {
      const verification = connect(world, await answer(JSON.stringify({ signed })), changes);
      const expected = { code: 'verifier.answer', details: { what } };
      await expect(verification.verify(question), what).rejects.toMatchObject(expected);
    }
    const both = { verdictKeys: () => [...keysOf(world, 'south'), ...keysOf(world, 'north')] };
    const verification = connect(world, await answer(JSON.stringify({ signed: ours })), both);
    expect((await verification.verify(question)).jws).toBe(ours);
  });

  it('is refused when it is a recording of another question, or of another confirmation', async () => {
    const world = await createWorld();
    const role = createVerifierRole(await world.role('north'));
    const position = world.follower.position ?? expect.fail('it has read');
    const question = { presentation: world.credential(), want: PAY, keepStanding: true };
    const given = await role.verify(question);
    const url = await answer(JSON.stringify({ signed: given.jws }));
    const recording = { code: 'verifier.answer', details: { what: 'question' } };
    for (const other of [
      { presentation: world.credential() },
      { nonce: 'n' },
      { want: { ...PAY, amount: '1' } },
      { want: { ...PAY, freshness: { mode: 'at', position } } as const },
    ]) {
      await expect(connect(world, url).verify({ ...question, ...other })).rejects.toMatchObject(recording);
    }
    const second = await role.verify(question);
    const confirmed = await role.confirm(second.id, { atLeast: position });
    const replayed = connect(world, await answer(JSON.stringify({ signed: confirmed.jws })));
    await expect(replayed.confirm(given.id, position)).rejects.toMatchObject(recording);
    const later = { ...position, size: position.size + 1 };
    await expect(replayed.confirm(second.id, later)).rejects.toMatchObject(recording);
    await expect(replayed.verify(question)).rejects.toMatchObject(recording);
    await expect(connect(world, url).confirm(given.id, position)).rejects.toMatchObject(recording);
    expect((await replayed.confirm(second.id, position)).id).toBe(confirmed.id);
  });
});
