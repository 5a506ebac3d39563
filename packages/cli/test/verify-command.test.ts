import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { holdfastWith } from './running-network.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

type Ran = { readonly exit: number | null; readonly said: string; readonly complained: string };

/** Runs the command that a person types, in the folder they type it in; whatever happens, there is no stack trace. */
async function holdfast(args: readonly string[], input = ''): Promise<Ran> {
  const { code, stdout, stderr } = await holdfastWith({ input }, ...args);
  expect(`${stdout}${stderr}`).not.toMatch(/\n\s+at |node:internal/);
  return { exit: code, said: stdout, complained: stderr };
}

const verify = (...args: string[]) => holdfast(['verify', ...args]);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-verify-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe('the examples that ship', () => {
  test('a stranger whose key cannot be had is unknown, named, and told how to be trusted', async () => {
    const { exit, said } = await verify('examples/stranger.txt');
    expect(exit).toBe(2);
    expect(said).toContain('UNKNOWN  urn:eudi:pid:de:1');
    expect(said).toContain('https://pid-issuer.bund.de.example');
    expect(said).toContain('trust.key_unavailable');
    expect(said).toContain('npx holdfast verify examples/stranger.txt --trust policy.json');
  });

  test('the same stranger is valid for who has their key, with the proof of possession checked', async () => {
    const trust = ['--trust', 'examples/stranger-policy.json'];
    const bound = [
      '--nonce',
      '1234567890',
      '--audience',
      'https://verifier.example.org',
      '--at',
      '2025-05-29T16:50:00Z',
    ];
    expect(await verify('examples/stranger.txt', ...trust)).toMatchObject({ exit: 0 });
    const whenPresented = await verify('examples/stranger.txt', ...trust, ...bound);
    expect(whenPresented).toMatchObject({ exit: 0 });
    expect(whenPresented.said).not.toContain('That whoever presents it is its holder');
    const replayed = await verify('examples/stranger.txt', ...trust, '--nonce', 'another');
    expect(replayed.exit).toBe(1);
    expect(replayed.said).toContain('holder.nonce');
  });

  test('a certificate nobody is said to trust: integrity is told, and the line that would trust it works', async () => {
    const { exit, said } = await verify('examples/x5c.txt');
    expect(exit).toBe(2);
    expect(said).toMatch(/yes +issuer-signature/);
    const policy = /echo '(\{.*\})' > policy\.json/.exec(said)?.[1] ?? '';
    expect(await verify('examples/x5c.txt', '--trust', await file('policy.json', policy))).toMatchObject({ exit: 0 });
    expect(await verify('examples/x5c.txt', '--trust', 'examples/x5c-ca.pem')).toMatchObject({ exit: 0 });
  });

  test.each(['did-jwk', 'did-key', 'vc-jwt'])(
    '%s: the key is in the name, and whom to trust is left to the reader',
    async (name) => {
      const { exit, said } = await verify(`examples/${name}.txt`);
      expect(exit).toBe(2);
      expect(said).toMatch(/yes +issuer-signature/);
      const policy = /echo '(\{.*\})' > policy\.json/.exec(said)?.[1] ?? '';
      expect(await verify(`examples/${name}.txt`, '--trust', await file(`${name}.json`, policy))).toMatchObject({
        exit: 0,
      });
    },
  );

  test('an expired one is a no, with its reason', async () => {
    const { exit, said } = await verify('examples/expired.txt');
    expect(exit).toBe(1);
    expect(said).toContain('time.expired');
    expect((await verify('examples/expired.txt', '--at', '2021-06-01T00:00:00Z')).exit).toBe(2);
  });

  test('a format that is not supported is named, and is not called a fault of the holder', async () => {
    const { exit, said } = await verify('examples/w3c-vc.txt');
    expect(exit).toBe(2);
    expect(said).toContain('W3C VC JWT');
    expect(said).not.toContain('damaged');
  });

  test('as data: one line, with the verdict', async () => {
    const { said } = await verify('examples/x5c.txt', '--trust', 'examples/x5c-ca.pem', '--json');
    expect(said.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(said)).toMatchObject({ verdict: { outcome: 'valid', issuer: { source: 'x5c' } } });
  });
});

describe('what is no credential', () => {
  test('a file that is missing, empty, a folder or endless is a wrong use of the command', async () => {
    const wrong = [join(folder, 'nowhere'), await file('empty', ' \n'), folder, '/dev/zero'];
    for (const path of wrong) {
      const { exit, said, complained } = await verify(path);
      expect([path, exit, said]).toEqual([path, 64, '']);
      expect(complained.trim().split('\n')).toHaveLength(1);
    }
    expect((await verify()).exit).toBe(64);
    expect((await verify('examples/x5c.txt', '--trust', 'package.json')).exit).not.toBe(0);
    expect((await verify('examples/x5c.txt', '--at', 'yesterday')).exit).toBe(64);
  });

  test('binary and two megabytes of text are read as what they are: not valid', async () => {
    const binary = Uint8Array.from({ length: 3000 }, (_, i) => (i * 131) % 256);
    expect((await verify(await file('binary', binary))).exit).toBe(1);
    const { exit, said } = await verify(await file('big', 'a'.repeat(2_097_152)));
    expect(exit).toBe(1);
    expect(said).toContain('format.too_long');
  });

  test('standard input is a file like any other', async () => {
    const args = ['verify', '-', '--trust', 'examples/x5c-ca.pem'];
    const text = await readFile(join(ROOT, 'examples/x5c.txt'), 'utf8');
    expect((await holdfast(args, text)).exit).toBe(0);
    expect((await holdfast(args, '')).exit).toBe(64);
  });

  test('what a stranger names does not become a command, nor moves our cursor', async () => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const iss = "https://a.example/'; touch pwned; echo '";
    const payload = { iss, vct: 'type\u001b[2J\u202e', iat: 1_767_225_600 };
    const text = `${part({ alg: 'ES256', typ: 'dc+sd-jwt' })}.${part(payload)}.${'A'.repeat(86)}~`;
    const { said } = await verify(await file('hostile', text));
    expect(said).not.toContain('\u001b');
    expect(said).not.toContain('\u202e');
    const [line = ''] = said.split('\n').filter((words) => words.includes('echo {') || words.includes("echo '{"));
    expect(line).toContain("'\\''; touch pwned; echo '\\''");
    expect(line.replaceAll("'\\''", '').match(/'/g)).toHaveLength(2);
  });
});
