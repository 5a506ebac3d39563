import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export type ListRun = {
  readonly workMs: number;
  readonly limitMs?: number;
  readonly count?: number;
  readonly peakMb: number;
};

/** Runs `list-process` to its end. */
export function runListProcess(what: 'merkle' | 'import', argument: string): Promise<ListRun> {
  const file = import.meta.url.endsWith('.ts') ? './list-process.ts' : './list-process.js';
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [what, argument], { silent: true });
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(said) as ListRun);
      else reject(new Error(`the measured process ended with ${code}`));
    });
  });
}
