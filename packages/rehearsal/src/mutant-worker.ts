import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { MutantAnswer, MutantTask } from './mutant-run.ts';

/** A process that has loaded the product once and rehearses one wrong version of it after the other. */
export type MutantWorker = AsyncDisposable & {
  /** Undefined when it did not answer in time, or died of it: then it is of no use any more. */
  readonly ask: (task: MutantTask) => Promise<MutantAnswer | undefined>;
};

const FLAGS = ['--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning'];

export function startMutantWorker(timeoutMs: number): MutantWorker {
  const child = fork(join(import.meta.dirname, 'mutant-run.ts'), [], {
    execArgv: FLAGS,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const gone = once(child, 'exit').then(() => undefined);
  return {
    ask: async (task) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
      const answered = once(child, 'message').then(([answer]) => answer as MutantAnswer);
      // Who has died already is not asked; what is said to them meets nobody.
      if (child.connected) child.send(task, () => undefined);
      try {
        return await Promise.race([answered, gone]);
      } finally {
        clearTimeout(timer);
      }
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
