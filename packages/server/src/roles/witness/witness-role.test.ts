import { addSignatures, judgeNote, noteChecks, parseFraudProof, parseNote, parseSignatureLines } from '@holdfast/core';
import { createNodeEngine } from '@holdfast/verifier/node';
import { expect, it } from 'vitest';
import { createAskingLogs, createSmallLog, createTestWitness } from '../../../test/witness-world.ts';
import { createWitnessStoreMemory } from '../../adapters/memory/witness-store.ts';
import { describeWitness } from '../../ports/witness.contract.ts';

const log = createSmallLog('log.example/a');
const fork = createSmallLog('log.example/a', { turns: 2 });

describeWitness('the witness itself', createAskingLogs(), async (logs) => {
  const { role, vkey } = await createTestWitness('witness.example/w', logs);
  return { witness: role, vkey };
});

it('says the time at which it looked, in the format of C2SP, and not the time of the log', async () => {
  let now = 1_700_000_000_999;
  const { role, vkey } = await createTestWitness('witness.example/w', [log.vkey], { now: () => now });
  const timeOf = async (old: number, size: number) => {
    const answer = await role.addCheckpoint(log.ask(old, size));
    const note = parseNote(
      addSignatures(log.checkpoint(size), parseSignatureLines(answer.cosigned ? answer.lines : '')),
    );
    const { checks } = noteChecks(note, [vkey]);
    const judged = judgeNote(note, [vkey], await createNodeEngine().verify(checks));
    return judged.accepted ? judged.signers[0]?.timeSeconds : undefined;
  };
  expect(await timeOf(0, 3)).toBe(1_700_000_000);
  now += 60_000;
  expect(await timeOf(3, 3)).toBe(1_700_000_060);
});

it('keeps both checkpoints of a log that signed two trees of one size, and tells of it, whatever was asked', async () => {
  const { role, events } = await createTestWitness('witness.example/w', [log.vkey]);
  await role.addCheckpoint(log.ask(0, 7));
  await role.addCheckpoint(fork.ask(0, 7));
  expect(events).toMatchObject([{ code: 'witness.forked' }]);
  const [proof] = await role.readFrauds();
  expect(proof?.checkpoints).toEqual([log.checkpoint(7), fork.checkpoint(7)]);
  const fraud = proof === undefined ? undefined : parseFraudProof(proof, [log.vkey]);
  expect(fraud?.holds(await createNodeEngine().verify(fraud.checks))).toBe(true);
  expect(await role.addCheckpoint(log.ask(7, 9))).toMatchObject({ cosigned: true });
});

it('signs one history of two that are asked for at once, also with two processes at one store', async () => {
  const store = createWitnessStoreMemory();
  const [one, two] = [
    await createTestWitness('witness.example/w', [log.vkey], { store }),
    await createTestWitness('witness.example/w', [log.vkey], { store }),
  ];
  await one.role.addCheckpoint(log.ask(0, 1));
  for (let round = 0; round < 20; round += 1) {
    const { size = 0 } = (await store.read('log.example/a')) ?? {};
    const from = Math.max(1, size);
    const asked = [one, two, one, two].map(({ role }, i) => {
      const side = i < 2 ? log : fork;
      return role.addCheckpoint(side.ask(from, from + 1 + (i % 2))).then((answer) => answer.cosigned && side);
    });
    const sides = new Set((await Promise.all(asked)).filter((side) => side !== false));
    expect(sides.size).toBeLessThanOrEqual(1);
  }
});

it('does not sign what it could not keep', async () => {
  const whole = createWitnessStoreMemory();
  const store = { ...whole, advance: () => Promise.reject(new Error('disk full')) };
  const { role, events } = await createTestWitness('witness.example/w', [log.vkey], { store });
  await expect(role.addCheckpoint(log.ask(0, 3))).rejects.toThrow('disk full');
  expect(events).toHaveLength(1);
});

it('lets only so many wait', async () => {
  const { role } = await createTestWitness('witness.example/w', [log.vkey]);
  const answers = await Promise.all(Array.from({ length: 200 }, () => role.addCheckpoint(log.ask(0, 3))));
  const busy = answers.filter((answer) => !answer.cosigned && answer.why === 'busy');
  expect(busy.length).toBeGreaterThanOrEqual(200 - 64);
  expect(answers.filter(({ cosigned }) => cosigned)).toHaveLength(1);
});

it('takes a second key of a log it knows, and no key of a witness', async () => {
  const { role, vkey } = await createTestWitness('witness.example/w', [log.vkey]);
  const rotated = createSmallLog('log.example/a', { seed: 'next' });
  await role.addCheckpoint(log.ask(0, 3));
  expect(await role.addCheckpoint(rotated.ask(3, 7))).toMatchObject({ why: 'not-signed' });
  role.addLog(rotated.vkey);
  expect(await role.addCheckpoint(rotated.ask(3, 7))).toMatchObject({ cosigned: true });
  expect(() => role.addLog(vkey)).toThrow(expect.objectContaining({ code: 'witness.log' }));
});
