import {
  addSignatures,
  encodeAddCheckpoint,
  encodeNote,
  encodeVkey,
  noteMessage,
  parseCheckpoint,
  parseNote,
  parseSignatureLines,
  parseVkey,
} from '@holdfast/core';
import { createHttpFeed, foundingOf, type LearningFrom, learnLogKey } from '@holdfast/verifier';
import { afterEach, describe, expect, it } from 'vitest';
import { amendment } from '../../../test/amendment.ts';
import { startTestNetwork, type TestNetwork } from '../../../test/test-network.ts';
import { createSmallLog, createTestWitness, type SmallLog } from '../../../test/witness-world.ts';
import { networkRoutes } from '../../http/network/network-routes.ts';
import { createHttpServer } from '../../http/server.ts';

const never = new AbortController().signal;
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A network over HTTP, and a witness that may ask it which key it has in force. */
async function witnessed(change: (source: LearningFrom) => LearningFrom = (source) => source) {
  const network = await startTestNetwork();
  const app = await createHttpServer(false);
  networkRoutes(app, { network: network.role });
  closing.push(() => app.close());
  const source = change(createHttpFeed({ url: await app.listen({ port: 0, host: '127.0.0.1' }) }));
  const { engine } = network.options;
  const founding = await foundingOf(network.genesis, { network: network.name, engine });
  let now = 1_700_000_000_000;
  let asked = 0;
  const witness = await createTestWitness('witness.example/w', [founding.first], {
    now: () => now,
    learnKey: async (_origin, held) => {
      asked += 1;
      const learned = await learnLogKey(source, { founding, held, engine }, never);
      const former = (learned?.log.compromised ?? []).map(({ vkey }) => parseVkey(vkey));
      return learned === undefined ? undefined : { vkey: learned.vkey, former };
    },
  });
  let cosigned = 0;
  /** Asks as the network does, or as somebody else who shows another note of the same tree. */
  async function ask(change: (note: string) => string | Promise<string> = (note) => note) {
    now += 5000;
    const note = await network.role.fetchCheckpoint(never);
    const { size } = parseCheckpoint(parseNote(note).text);
    const proof = cosigned === 0 || cosigned === size ? [] : await network.role.readConsistencyProof(cosigned, size);
    const answer = await witness.role.addCheckpoint(encodeAddCheckpoint(cosigned, proof, await change(note)));
    if (answer.cosigned) cosigned = size;
    return answer;
  }
  return { network, witness, ask, asked: () => asked };
}

async function rotate({ role, sync, tick }: TestNetwork, isStolen: boolean): Promise<void> {
  const { state } = await sync();
  const before = state.rulebook?.body;
  if (before === undefined) return expect.fail('a log begins with its rulebook');
  const { vkey: old } = before.log;
  const vkey = await role.createLogKey();
  const change = isStolen
    ? { compromised: [{ vkey: old, from: state.tree.size }] }
    : { previous: { vkey: old, until: state.time + 86_400_000 } };
  await role.append(amendment(await sync(), { ...before, log: { ...before.log, vkey, ...change } }, state.time));
  await tick();
}

/** What whoever holds the first key can make of a checkpoint. */
async function byFirstKey({ options, genesis, name }: TestNetwork, note: string): Promise<string> {
  const { text } = parseNote(note);
  const { first } = await foundingOf(genesis, { network: name, engine: options.engine });
  const signature = await options.signer.sign('log', noteMessage(text));
  return encodeNote({ text, signatures: [{ name: first.name, keyId: first.keyId, signature }] });
}

describe('a witness of a log that changes its key', () => {
  it.each([false, true])(
    'goes on by the new one, and gives the old one no cosignature (stolen: %s)',
    async (isStolen) => {
      const { network, witness, ask, asked } = await witnessed();
      expect(await ask()).toMatchObject({ cosigned: true });
      expect(asked()).toBe(0);
      await rotate(network, isStolen);
      expect(await ask()).toMatchObject({ cosigned: true });
      expect(asked()).toBe(1);
      await network.tick();
      expect(await ask((note) => byFirstKey(network, note))).toEqual({ cosigned: false, why: 'not-signed' });
      expect(await ask()).toMatchObject({ cosigned: true });
      expect(witness.events).toEqual([]);
    },
  );

  it('asks the log no more often for everybody who writes a line in its name', async () => {
    const { network, witness, asked } = await witnessed();
    const note = await network.role.fetchCheckpoint(never);
    const strange = parseSignatureLines(`— log.example/test ${Buffer.alloc(68, 7).toString('base64')}\n`);
    const body = encodeAddCheckpoint(0, [], addSignatures(note, strange));
    expect((await witness.role.addCheckpoint(body)).cosigned).toBe(true);
    for (let i = 0; i < 5; i += 1) await witness.role.addCheckpoint(body);
    expect(asked()).toBe(1);
  });

  it.each([
    ['cannot be reached', { fetchKeys: () => Promise.reject(new Error('gone')) }],
    ['proves nothing about what the witness has seen', { fetchConsistencyProof: async () => [new Uint8Array(32)] }],
  ])('answers by the key it knows where the network %s', async (_, change) => {
    const { network, ask, witness } = await witnessed((source) => ({ ...source, ...change }));
    await ask();
    await rotate(network, true);
    expect(await ask()).toEqual({ cosigned: false, why: 'not-signed' });
    expect(witness.events.length).toBe(1);
    expect(await ask((note) => byFirstKey(network, note))).toMatchObject({ cosigned: true });
  });

  it('takes no key that the network has not signed for, nor one from another place of the log', async () => {
    for (const lie of ['epoch', 'key', 'place'] as const) {
      const { network, ask, witness } = await witnessed((source) => ({
        ...source,
        fetchKeys: async (signal) => {
          const shown = await source.fetchKeys(signal);
          if (lie === 'epoch') return { ...shown, epoch: `${shown.epoch.slice(0, -20)}${'A'.repeat(20)}` };
          if (lie === 'place') return { ...shown, inclusion: shown.inclusion.slice(1) };
          const stolen = encodeVkey(
            (await foundingOf(network.genesis, { network: network.name, engine: network.options.engine })).first,
          );
          return {
            ...shown,
            rulebook: shown.rulebook.map((leaf) => leaf.replace(/(test","vkey":")[^"]+/, `$1${stolen}`)),
          };
        },
      }));
      await ask();
      await rotate(network, true);
      expect(await ask()).toEqual({ cosigned: false, why: 'not-signed' });
      expect(witness.events).toMatchObject([{ code: expect.stringMatching(/^(log.keys-unproved|feed.unproved)$/) }]);
    }
  });
});

describe('a witness of a log that another one succeeds', () => {
  const [old, next, other] = ['a', 'b', 'c'].map((name) => createSmallLog(`log.example/${name}`)) as [
    SmallLog,
    SmallLog,
    SmallLog,
  ];

  it('looks at the next one once that is proved, gives the old one nothing more, and asks about strangers seldom', async () => {
    let now = 1_700_000_000_000;
    const asked: string[] = [];
    const { role } = await createTestWitness('witness.example/w', [old.vkey], {
      now: () => now,
      learnLog: async (origin) => {
        asked.push(origin);
        return origin === next.vkey.name ? { vkey: next.vkey, ended: old.vkey.name } : undefined;
      },
    });
    expect(await role.addCheckpoint(old.ask(0, 3))).toMatchObject({ cosigned: true });
    for (let i = 0; i < 5; i += 1)
      expect(await role.addCheckpoint(other.ask(0, 3))).toMatchObject({ why: 'unknown-log' });
    expect(asked).toEqual([other.vkey.name]);
    now += 5000;
    expect(await role.addCheckpoint(next.ask(0, 3))).toMatchObject({ cosigned: true });
    expect(await role.addCheckpoint(old.ask(3, 5))).toMatchObject({ why: 'unknown-log' });
    expect(await role.readLogs()).toEqual([{ origin: next.vkey.name, size: 3 }]);
  });

  it('knows no log that nobody answers for', async () => {
    const failing = { learnLog: () => Promise.reject(new Error('gone')) };
    const { role, events } = await createTestWitness('witness.example/w', [old.vkey], failing);
    expect(await role.addCheckpoint(next.ask(0, 3))).toMatchObject({ why: 'unknown-log' });
    expect(await role.addCheckpoint(old.ask(0, 3))).toMatchObject({ cosigned: true });
    expect(events).toMatchObject([{ code: 'witness.fault' }]);
  });
});
