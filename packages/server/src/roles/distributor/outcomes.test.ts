import { type JsonObject, parseJws, signatureCheck } from '@holdfast/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readable } from '../../../../core/test/readable.ts';
import { settle } from '../../../../verifier/test/manual-clock.ts';
import { createDistributorWorld, type DistributorWorld } from '../../../test/distributor-world.ts';
import { createOutboxMemory } from '../../adapters/memory/outbox.ts';
import type { Outbox } from '../../ports/outbox.ts';
import type { Distributor } from './distributor.ts';
import { DISTRIBUTOR_EVENTS } from './outcomes.ts';

const URL_OF_OFFICE = 'https://office.example/hook';

let world: DistributorWorld;
let distributor: Distributor;
let outbox: Outbox;
let tokens: string[];
let life: AbortController;

beforeEach(async () => {
  world = await createDistributorWorld();
  outbox = createOutboxMemory();
  tokens = [];
  life = new AbortController();
  distributor = start();
  await distributor.webhooks?.add(URL_OF_OFFICE, [...DISTRIBUTOR_EVENTS]);
});
afterEach(async () => {
  life.abort();
  await world[Symbol.asyncDispose]();
});

function start(changes: Partial<Outbox> = {}): Distributor {
  const send = async (_url: string, token: string) => void tokens.push(token);
  return world.restart({ outbox: { outbox: { ...outbox, ...changes }, send } });
}

/** What was told, by the name of each event. */
function told(): Map<string, JsonObject> {
  return new Map(
    tokens.map((token) => {
      const { jti, events } = parseJws(token).payload as { jti: string; events: Record<string, JsonObject> };
      return [jti, Object.values(events)[0] ?? {}];
    }),
  );
}

async function deliver(afterMs = 2000): Promise<void> {
  await settle();
  await world.verifiers.clock.advance(afterMs);
  await settle();
}

describe('outcomes of a program', () => {
  test('are told, signed by its organiser: taken, admitted or refused, paid, and each step that stands in the log', async () => {
    void distributor.runEvents(life.signal);
    const [one, two] = [world.person('R-1'), world.person('R-1')];
    const taken: string[] = [];
    for (const person of [one, two]) {
      taken.push((await distributor.apply('relief', world.sent(person))).application);
    }
    await deliver();
    expect([...told().keys()].sort()).toEqual(
      taken.map((digest) => `application.relief/${digest}/acknowledged`).sort(),
    );
    await world.close();
    await world.work(distributor);
    await deliver();
    const states = taken.map((digest) => told().get(`application.relief/${digest}/decided`)?.state);
    expect(states.sort()).toEqual(['admitted', 'refused']);
    const paid = [...told()].filter(([jti]) => jti.endsWith('/ended')).map(([, body]) => body);
    expect(paid).toMatchObject([
      { program: 'relief', state: 'admitted', payment: { state: 'carried', amount: '100' } },
    ]);
    const steps = ['intake', 'seal', 'draw'].map((step) => told().get(`program.relief/${step}`));
    expect(steps).toMatchObject([{ program: 'relief' }, {}, { entries: { draw: expect.any(Number) } }]);
    const jws = parseJws(tokens[0] ?? '');
    const key = world.verifiers.feed.log.signatures.key('distributor');
    expect(await world.verifiers.engine.verify([signatureCheck(jws, key.jwk)])).toEqual([true]);
    expect(jws).toMatchObject({
      header: { typ: 'secevent+jwt', kid: key.kid },
      payload: { iss: distributor.id, aud: URL_OF_OFFICE },
    });
    expect(readable(tokens.join())).not.toMatch(/\bR-1\b/);
  });

  test('are told once by whoever comes after a crash between the write and the word of it', async () => {
    // Whoever dies there hastens nothing, and what was announced is due all the same.
    const dying = start({ hasten: () => new Promise(() => undefined) });
    const { application } = await dying.apply('relief', world.sent(world.person()));
    await dying.apply('relief', world.sent(world.person())).then(() => undefined);
    const next = start();
    void next.runEvents(life.signal);
    await deliver();
    expect(tokens).toEqual([]);
    await deliver(120_000);
    expect(tokens).toHaveLength(2);
    expect(told().get(`application.relief/${application}/acknowledged`)).toMatchObject({ state: 'acknowledged' });
    await deliver(120_000);
    expect(tokens).toHaveLength(2);
  });

  test('that never came are told to nobody', async () => {
    const accept = () => Promise.reject(new Error('the database is away'));
    const send = async (_url: string, token: string) => void tokens.push(token);
    const failing = world.restart({ outbox: { outbox, send }, store: { ...world.store, accept } });
    await expect(failing.apply('relief', world.sent(world.person()))).rejects.toThrow('away');
    void distributor.runEvents(life.signal);
    await deliver(130_000);
    expect(tokens).toEqual([]);
    expect(await outbox.readEndpoints()).toMatchObject([{ waiting: 0, dead: 0 }]);
  });

  test('are nobody’s to be told of where nobody asked', async () => {
    const silent = world.restart();
    expect(silent.webhooks).toBeUndefined();
    await silent.runEvents(life.signal);
    await silent.apply('relief', world.sent(world.person()));
    expect(await outbox.readEndpoints()).toMatchObject([{ waiting: 0 }]);
  });
});
