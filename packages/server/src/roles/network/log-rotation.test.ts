import { encodeVkey, type LogTerms, parseNote, parseVkey, vkeyOf } from '@holdfast/core';
import { auditLog, openCheckpoint, readAudit } from '@holdfast/verifier';
import { describe, expect, it } from 'vitest';
import { amendment } from '../../../test/amendment.ts';
import { createTestSigner, startTestNetwork, TEST_TICK_MS, type TestNetwork } from '../../../test/test-network.ts';
import { createNetwork } from './network-role.ts';

const never = new AbortController().signal;
const DAY_MS = 86_400_000;

/** The two statements by which the quorum changes the terms of the log. */
async function rotation(network: TestNetwork, changes: Partial<LogTerms>): Promise<string[]> {
  const log = await network.sync();
  const before = log.state.rulebook?.body;
  if (before === undefined) throw new Error('a log begins with its rulebook');
  return amendment(log, { ...before, log: { ...before.log, ...changes } }, log.state.time);
}

async function signersOf(network: TestNetwork, atMost?: number): Promise<string[]> {
  return parseNote(await network.role.fetchCheckpoint(never, atMost)).signatures.map(({ keyId }) => keyId);
}

async function expectSound({ role, options, name }: TestNetwork): Promise<void> {
  const source = { ...role, fetchTile: role.readTile };
  const report = await readAudit(auditLog(source, { engine: options.engine, network: name, signal: never }));
  expect(report).toMatchObject({ holds: true, refused: {} });
}

const firstVkey = ({ role }: TestNetwork) => role.state.rulebook?.body.log.vkey ?? '';

describe('a network whose log gets another key', () => {
  it('signs by it from the epoch on that puts it in force, and not before', async () => {
    const network = await startTestNetwork();
    const first = firstVkey(network);
    const second = await network.role.createLogKey();
    // Nobody has decided anything yet: asking again makes no other key.
    expect(await network.role.createLogKey()).toBe(second);
    await network.tick();
    expect(await signersOf(network)).toEqual([parseVkey(first).keyId]);
    await network.role.append(await rotation(network, { vkey: second }));
    const before = network.role.health().size;
    expect(await signersOf(network)).toEqual([parseVkey(first).keyId]);
    await network.tick(200);
    expect(network.role.health().size).toBe(before + 3);
    expect(await signersOf(network)).toEqual([parseVkey(second).keyId]);
    expect(await signersOf(network, before)).toEqual([parseVkey(first).keyId]);
    expect(await network.role.createLogKey()).not.toBe(second);
    await expectSound(network);
  });

  it('signs by both for the overlap, so that who knows the old key alone can still read, and no longer', async () => {
    const network = await startTestNetwork();
    const [first, second] = [firstVkey(network), await network.role.createLogKey()];
    const until = network.role.state.time + 3 * TEST_TICK_MS;
    await network.role.append(await rotation(network, { vkey: second, previous: { vkey: first, until } }));
    await network.tick(200);
    expect(await signersOf(network)).toEqual([second, first].map((vkey) => parseVkey(vkey).keyId));
    const note = await network.role.fetchCheckpoint(never);
    for (const vkey of [first, second]) {
      expect(await openCheckpoint(note, parseVkey(vkey), network.options.engine)).toMatchObject({ note });
    }
    await network.tick(4 * TEST_TICK_MS);
    expect(await signersOf(network)).toEqual([parseVkey(second).keyId]);
    await expectSound(network);
  });

  it('goes on by it after a crash at any moment of the change', async () => {
    for (const moment of ['key made', 'decided', 'in force'] as const) {
      const network = await startTestNetwork();
      const second = await network.role.createLogKey();
      const statements = await rotation(network, { vkey: second });
      if (moment !== 'key made') await network.role.append(statements);
      if (moment === 'in force') await network.tick(200);
      network.stop.abort();
      const role = createNetwork(network.options);
      const again: TestNetwork = { ...network, role, stop: new AbortController() };
      await role.start(again.stop.signal);
      if (moment === 'key made') await role.append(statements);
      await again.tick(TEST_TICK_MS);
      expect(await signersOf(again)).toEqual([parseVkey(second).keyId]);
      await expectSound(again);
      again.stop.abort();
    }
  });

  it('takes no amendment that names a key it does not hold: the log would end with it', async () => {
    const network = await startTestNetwork();
    const elsewhere = await createTestSigner().signer.readPublicKey('log');
    const foreign = encodeVkey(vkeyOf('log.example/test', elsewhere));
    const append = network.role.append(await rotation(network, { vkey: foreign }));
    await expect(append).rejects.toMatchObject({ code: 'statement.refused', details: { why: 'log-key' } });
    await network.tick();
    await expectSound(network);
  });

  it('stops rather than sign by a key that a quorum has given up, where another process held the new one', async () => {
    const network = await startTestNetwork();
    const second = await network.role.createLogKey();
    await network.role.append(await rotation(network, { vkey: second }));
    await network.tick(200);
    network.stop.abort();
    const poorer = createNetwork({
      ...network.options,
      signer: { ...network.options.signer, readNames: async () => ['log'] },
    });
    await expect(poorer.start(never)).rejects.toMatchObject({ code: 'network.other-keys' });
  });

  it('keeps a stolen key from coming back with an amendment that had been announced', async () => {
    const network = await startTestNetwork();
    const first = firstVkey(network);
    const log = await network.sync();
    const effectiveAt = log.state.time + 8 * DAY_MS;
    await network.role.append(amendment(log, { ...log.rulebook, title: 'Announced' }, effectiveAt));
    const second = await network.role.createLogKey();
    const from = network.role.health().size;
    await network.role.append(await rotation(network, { vkey: second, compromised: [{ vkey: first, from }] }));
    await network.tick(200);
    // Time of the log follows a leap of the clock an hour at a time.
    network.stop.abort();
    network.clock.jump(9 * DAY_MS);
    const role = createNetwork(network.options);
    await role.start(never);
    expect(role.state.rulebook?.body).toMatchObject({ title: 'Announced', log: { vkey: second } });
    await expectSound({ ...network, role });
    await role[Symbol.asyncDispose]();
  });
});
