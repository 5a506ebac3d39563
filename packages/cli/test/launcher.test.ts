import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

// Every other test of commands starts them without the launcher: a process less for each.
const LAUNCHER = fileURLToPath(new URL('../bin/holdfast.js', import.meta.url));
const RUNTIME = new URL('../bin/runtime.js', import.meta.url).href;

function start(...args: readonly string[]) {
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return { child, ended };
}

test('what is said to the command and what it says goes through, and how it ended', async () => {
  const wrong = start(LAUNCHER, 'verify', 'there-is-no-such-file');
  expect(await wrong.ended).toMatchObject({ code: 64, stdout: '', stderr: expect.stringContaining('no-such-file') });
  const piped = start(LAUNCHER, 'verify', '-', '--json');
  piped.child.stdin.end('no credential');
  const { code, stdout } = await piped.ended;
  expect({ code, said: JSON.parse(stdout) as object }).toMatchObject({ code: 1, said: expect.any(Object) });
});

test('a signal reaches the command, whose own end is the end', async () => {
  const work = "process.on('SIGTERM', () => process.exit(7)); setInterval(() => 0, 1000); console.log('works');";
  const { child, ended } = start(
    '-e',
    `import(${JSON.stringify(RUNTIME)}).then(({ runUnderNode }) => runUnderNode(${JSON.stringify(['-e', work])}))`,
  );
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 7, stdout: 'works\n' });
  const cut = start(
    '-e',
    `import(${JSON.stringify(RUNTIME)}).then(({ runUnderNode }) => runUnderNode(['-e', "console.log('works'); setInterval(() => 0, 1000)"]))`,
  );
  await once(cut.child.stdout, 'data');
  cut.child.kill('SIGINT');
  expect(await cut.ended).toMatchObject({ code: 130 });
});
