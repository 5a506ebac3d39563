import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { witnessesFrom } from '../src/witness-desk.ts';
import { createDataFolder, holdfast } from './running-network.ts';

type Vector = { readonly name: string; readonly input: { readonly proof: string; readonly vkeys: readonly string[] } };

const FILE = new URL('../../../spec/vectors/log/valid/tlog-proofs.json', import.meta.url);
const vectors = JSON.parse(readFileSync(FILE, 'utf8')) as Vector[];
const { proof, vkeys } = vectors.find(({ name }) => name === 'an entry with two cosignatures')?.input ??
  vectors[0]?.input ?? { proof: '', vkeys: [] };
const [log = '', ...witnesses] = vkeys;

let folder: Awaited<ReturnType<typeof createDataFolder>>;
const place = (name: string) => join(folder.path, name);

beforeAll(async () => {
  folder = await createDataFolder();
  await writeFile(place('proof'), proof);
  await writeFile(place('entry'), 'entry 4\n');
  await writeFile(place('other'), 'entry 5\n');
  const lines = witnesses.map((vkey, i) => `witness w${i + 1} ${vkey}\n`).join('');
  await writeFile(place('two'), `${lines}group g 2 w1 w2 w3\nquorum g\n`);
  await writeFile(place('three'), `log ${log}\n${lines}group g all w1 w2 w3\nquorum g\n`);
});
afterAll(() => folder.remove());

describe('log check', () => {
  test('says yes to what the log has signed, a quorum has seen, and holds this entry', async () => {
    const flags = ['--vkey', log, '--witnesses', place('two'), '--entry', place('entry'), '--json'];
    const { code, stdout } = await holdfast('log', 'check', place('proof'), ...flags);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ signedByLog: true, included: true, witnessedAt: 1_700_000_000_000 });
  });

  test('says no when the quorum is larger, the entry another, or the key of somebody else', async () => {
    const answers = [
      ['--witnesses', place('three'), '--entry', place('entry')],
      ['--vkey', log, '--entry', place('other')],
      ['--vkey', witnesses[0] ?? ''],
    ].map((flags) => holdfast('log', 'check', place('proof'), ...flags));
    const said = await Promise.all(answers);
    expect(said.map(({ code }) => code)).toEqual([1, 1, 1]);
    expect(said.map(({ stdout }) => /NOT/.test(stdout))).toEqual([true, true, true]);
  });

  test('asks by whose key, and tells what is no proof', async () => {
    expect((await holdfast('log', 'check', place('proof'))).code).toBe(64);
    expect((await holdfast('log', 'check', place('entry'), '--vkey', log)).stderr).toContain('not a proof');
  });
});

describe('witnesses named in a command', () => {
  const named = witnesses.map((vkey, i) => `${vkey} https://w${i}.example/x`);

  test('are more than half for a quorum unless another number is said', () => {
    expect(witnessesFrom(named)).toMatchObject({ quorum: 2, members: [{ url: 'https://w0.example/x' }, {}, {}] });
    expect(witnessesFrom(named, 3).quorum).toBe(3);
    expect(witnessesFrom(witnesses.slice(0, 1))).toEqual({ quorum: 1, members: [{ vkey: witnesses[0] }] });
  });

  test.each([
    ['nobody', []],
    ['the key of a log', [log]],
    ['one twice', [named[0] ?? '', named[0] ?? '']],
    ['too many words', [`${named[0]} more`]],
    ['no address', [`${witnesses[0]} somewhere`]],
  ])('are refused: %s', (_, texts) => {
    expect(() => witnessesFrom(texts)).toThrow(expect.objectContaining({ code: 'usage.witness' }));
  });
});
