import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import { isCodedError } from '@holdfast/core';
import { afterAll, expect, it } from 'vitest';
import { describeSigner } from '../../ports/signer.contract.ts';
import { createKeyPair } from './key-pair.ts';
import { createPassphrase, readOrCreatePassphrase, readPassphrase } from './passphrase.ts';
import { readSealedKey, sealKey, unsealKey, writeSealedKey } from './sealed-key.ts';
import { createKeyFilesSigner } from './signer.ts';

const folders: string[] = [];
async function createFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-keys-'));
  folders.push(folder);
  return folder;
}
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

const data = new TextEncoder().encode('data');
const codeOf = async (work: Promise<unknown>) => {
  const outcome = await work.then(undefined, (error: unknown) => error);
  return isCodedError(outcome) ? outcome.code : `gave ${typeof outcome}`;
};

describeSigner('the signer of sealed key files', async () => {
  const directory = join(await createFolder(), 'keys');
  return {
    signer: await createKeyFilesSigner({ directory }),
    reopen: () => createKeyFilesSigner({ directory }),
  };
});

it('keeps one file per key for its owner alone, and the passphrase beside them, not among them', async () => {
  const folder = await createFolder();
  const signer = await createKeyFilesSigner({ directory: join(folder, 'keys') });
  await signer.create('log', 'EdDSA');
  await signer.sign('log', data);
  expect((await readdir(folder, { recursive: true })).sort()).toEqual(['keys', 'keys/log.jwe', 'passphrase']);
  for (const [path, mode] of [
    ['keys', 0o700],
    ['keys/log.jwe', 0o600],
    ['passphrase', 0o600],
  ] as const) {
    expect([path, (await stat(join(folder, path))).mode & 0o777]).toEqual([path, mode]);
  }
});

it('writes the key nowhere in the clear, and says in the header what it takes to open it', async () => {
  const key = createKeyPair('ES256');
  const text = await sealKey(key, 'passphrase', 12_345);
  const secret = String(key.exportPrivate().d);
  const [header = '', ...rest] = text.split('.');
  expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({
    alg: 'PBES2-HS512+A256KW',
    enc: 'A256GCM',
    p2c: 12_345,
    cty: 'jwk+json',
    kid: key.kid,
  });
  for (const part of [header, ...rest]) expect(Buffer.from(part, 'base64url').toString('latin1')).not.toContain(secret);
  expect(inspect(key, { depth: 9, showHidden: true }) + JSON.stringify(key)).not.toContain(secret);
  expect((await unsealKey(text, 'passphrase')).exportPrivate()).toEqual(key.exportPrivate());
});

it('names what is wrong with a file: open to others, cut short, changed, another passphrase, no key at all', async () => {
  const folder = await createFolder();
  const directory = join(folder, 'keys');
  const file = join(directory, 'a.jwe');
  await (await createKeyFilesSigner({ directory })).create('a', 'ES256');
  const whole = await readFile(file, 'utf8');
  const attempt = async () => codeOf((await createKeyFilesSigner({ directory })).sign('a', data));
  expect(await attempt()).toBe('gave object');

  for (const mode of [0o604, 0o640, 0o620, 0o644]) {
    await chmod(file, mode);
    expect(await attempt()).toBe('key.file-mode');
  }
  await chmod(file, 0o600);
  for (let length = 0; length < whole.length - 1; length += 37) {
    await writeFile(file, whole.slice(0, length));
    expect([length, await attempt()]).toEqual([length, 'key.file-malformed']);
  }
  for (const text of ['x'.repeat(20_000), '{}', 'a.b.c.d.e', whole.replace('.', '..')]) {
    await writeFile(file, text);
    expect(await attempt()).toBe('key.file-malformed');
  }
  const at = whole.length - 30;
  await writeFile(file, whole.slice(0, at) + (whole[at] === 'A' ? 'B' : 'A') + whole.slice(at + 1));
  expect(await attempt()).toBe('key.passphrase-wrong');
  await writeFile(file, whole);
  await writeFile(join(folder, 'passphrase'), createPassphrase());
  expect(await attempt()).toBe('key.passphrase-wrong');
});

it('does not make a new key where the one it has cannot be opened', async () => {
  const directory = join(await createFolder(), 'keys');
  await (await createKeyFilesSigner({ directory })).create('a', 'ES256');
  const file = join(directory, 'a.jwe');
  await truncate(file, 100);
  const before = await readFile(file, 'utf8');
  expect(await codeOf((await createKeyFilesSigner({ directory })).create('a', 'ES256'))).toBe('key.file-malformed');
  expect(await readFile(file, 'utf8')).toBe(before);
});

it('reads a repaired file again without a restart', async () => {
  const directory = join(await createFolder(), 'keys');
  await (await createKeyFilesSigner({ directory })).create('a', 'ES256');
  const file = join(directory, 'a.jwe');
  const signer = await createKeyFilesSigner({ directory });
  await chmod(file, 0o644);
  expect(await codeOf(signer.sign('a', data))).toBe('key.file-mode');
  await chmod(file, 0o600);
  expect(await signer.sign('a', data)).toHaveLength(64);
});

it('refuses a file that would keep it busy for hours, or asks for another kind of seal', async () => {
  const text = await sealKey(createKeyPair('EdDSA'), 'p', 1000);
  const [header = '', ...rest] = text.split('.');
  const members = JSON.parse(Buffer.from(header, 'base64url').toString());
  const withHeader = (changes: object) =>
    [Buffer.from(JSON.stringify({ ...members, ...changes })).toString('base64url'), ...rest].join('.');
  for (const changes of [{ p2c: 2_000_000_000 }, { p2c: '1000' }, { alg: 'dir' }, { enc: 'A128CBC-HS256' }]) {
    expect([changes, await codeOf(unsealKey(withHeader(changes), 'p'))]).toEqual([changes, 'key.file-malformed']);
  }
  expect(await codeOf(unsealKey(withHeader({ kid: 'another' }), 'p'))).toBe('key.passphrase-wrong');
});

it('knows a passphrase that is missing, empty or open to others, and makes one of 256 bits once', async () => {
  const folder = await createFolder();
  const path = join(folder, 'passphrase');
  expect(await codeOf(readPassphrase(path))).toBe('key.passphrase-missing');
  const made = await Promise.all([1, 2, 3, 4].map(() => readOrCreatePassphrase(path)));
  expect(new Set(made).size).toBe(1);
  expect(Buffer.from(made[0] ?? '', 'base64url')).toHaveLength(32);
  expect(await readPassphrase(path)).toBe(made[0]);
  await chmod(path, 0o640);
  expect(await codeOf(readPassphrase(path))).toBe('key.file-mode');
  await writeFile(path, 'x'.repeat(16_385));
  await chmod(path, 0o600);
  expect(await codeOf(readPassphrase(path))).toBe('key.file-malformed');
  await writeFile(path, '\n');
  await chmod(path, 0o600);
  expect(await codeOf(readPassphrase(path))).toBe('key.passphrase-malformed');
});

it('hands an officer a key in a file of its own, and never overwrites one', async () => {
  const path = join(await createFolder(), 'officer-a.jwe');
  const key = createKeyPair('ES256');
  await writeSealedKey(path, key, 'words of the officer', { iterations: 2000 });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const read = await readSealedKey(path, 'words of the officer');
  expect(read.publicKey).toEqual(key.publicKey);
  expect(read.kid).toBe(key.kid);
  expect(await codeOf(readSealedKey(path, 'other words'))).toBe('key.passphrase-wrong');
  expect(await codeOf(readSealedKey(`${path}.gone`, 'x'))).toBe('key.unknown');
  expect(await codeOf(writeSealedKey(path, createKeyPair('ES256'), 'x'))).toBe('key.exists');
  expect((await readSealedKey(path, 'words of the officer')).kid).toBe(key.kid);
});

it('adopts a key made elsewhere, once, under a name that is free', async () => {
  const directory = join(await createFolder(), 'keys');
  const signer = await createKeyFilesSigner({ directory });
  const key = createKeyPair('ES256');
  expect(await signer.adopt('leaf', key)).toEqual(key.publicKey);
  expect(await signer.adopt('leaf', key)).toEqual(key.publicKey);
  expect(await codeOf(signer.adopt('leaf', createKeyPair('ES256')))).toBe('key.exists');
  expect(await codeOf(signer.adopt('../leaf', key))).toBe('key.name-malformed');
  expect(await (await createKeyFilesSigner({ directory })).readPublicKey('leaf')).toEqual(key.publicKey);
});

it('makes a key while others keep asking whether it is there', async () => {
  const signer = await createKeyFilesSigner({ directory: join(await createFolder(), 'keys') });
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
    let isMade = false;
    const ask = async () => {
      while (!isMade) {
        await signer.readPublicKey(name).catch(() => {});
        // A key that is held in memory answers without letting anybody else have a turn.
        await setImmediate();
      }
    };
    const asking = [ask(), ask(), ask()];
    const made = await codeOf(signer.create(name, 'EdDSA'));
    isMade = true;
    await Promise.all(asking);
    expect(made).toBe('gave object');
  }
});

it('takes no file for a key that could not be one', async () => {
  const directory = join(await createFolder(), 'keys');
  const signer = await createKeyFilesSigner({ directory });
  await signer.create('a', 'EdDSA');
  for (const name of ['README.jwe', '.jwe', 'a.jwe.bak', 'a.jwe.0a1b.tmp', 'notes.txt'])
    await writeFile(join(directory, name), '');
  expect(await signer.readNames()).toEqual(['a']);
});

it('says that it cannot read or write, as something that may pass', async () => {
  const folder = await createFolder();
  await writeFile(join(folder, 'file'), '');
  expect(await codeOf(createKeyFilesSigner({ directory: join(folder, 'file', 'keys') }))).toBe('key.unavailable');
  const directory = join(folder, 'keys');
  const signer = await createKeyFilesSigner({ directory });
  await rm(directory, { recursive: true });
  expect(await codeOf(signer.create('a', 'ES256'))).toBe('key.unavailable');
  expect(await codeOf(signer.readNames())).toBe('key.unavailable');
});

it('has every key it answered with, and no half of one, when its process is killed in the middle', async () => {
  const directory = join(await createFolder(), 'keys');
  const maker = new URL('../../../test/key-maker.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--conditions=@holdfast/source', maker, directory]);
  const answered: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    answered.push(...text.split('\n').filter((name) => name !== ''));
    if (answered.length >= 5) child.kill('SIGKILL');
  });
  await once(child, 'close');
  const signer = await createKeyFilesSigner({ directory });
  const names = await signer.readNames();
  expect(answered.length).toBeGreaterThanOrEqual(5);
  expect(answered.filter((name) => !names.includes(name))).toEqual([]);
  for (const name of names) expect(await signer.sign(name, data)).toHaveLength(64);
});
