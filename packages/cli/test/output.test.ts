import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const OUTPUT = fileURLToPath(new URL('../src/output.ts', import.meta.url));
/** More than a pipe holds. */
const LENGTH = 1_000_000;

function startTalker() {
  const program = `
    const { endProcess } = await import(${JSON.stringify(OUTPUT)});
    process.stdout.write('x'.repeat(${LENGTH}));
    process.stderr.write('y'.repeat(${LENGTH}));
    endProcess(3);
    setInterval(() => undefined, 1000);`;
  const flags = ['--conditions=@holdfast/source', '--input-type=module', '-e', program];
  return spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'pipe'] });
}

test('a process that is ended by force ends when all it has said was taken', async () => {
  const child = startTalker();
  let [said, complained] = [0, 0];
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.length;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    complained += chunk.length;
  });
  const [code] = await once(child, 'close');
  expect({ code, said, complained }).toEqual({ code: 3, said: LENGTH, complained: LENGTH });
});

test('and though nobody takes it', async () => {
  const child = startTalker();
  const [code] = await once(child, 'exit');
  expect(code).toBe(3);
});
