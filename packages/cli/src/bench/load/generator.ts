import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ClosedReport, GeneratorOrder, LoadTarget, Stretch, StretchReport } from './plan.ts';

/** The generator, in a process of its own. One order at a time. */
export type Generator = Disposable & {
  readonly aim: (target: LoadTarget) => Promise<void>;
  readonly open: (stretch: Stretch) => Promise<StretchReport>;
  readonly closed: (clients: number, seconds: number) => Promise<ClosedReport>;
};

export function startGenerator(): Generator {
  const child = forkBeside('generator-process');
  const order = (what: GeneratorOrder) =>
    new Promise<unknown>((resolve, reject) => {
      const ended = () => reject(new Error('the generator ended'));
      child.once('exit', ended);
      child.once('message', (message: { readonly done?: unknown; readonly failed?: string }) => {
        child.off('exit', ended);
        if (message.failed === undefined) resolve(message.done);
        else reject(new Error(message.failed));
      });
      child.send(what);
    });
  return {
    aim: async (target) => void (await order({ do: 'aim', target })),
    open: async (stretch) => (await order({ do: 'open', stretch })) as StretchReport,
    closed: async (clients, seconds) => (await order({ do: 'closed', clients, seconds })) as ClosedReport,
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}

/** Starts a file of this folder as a process of its own. */
export function forkBeside(name: string, ...parameters: readonly string[]): ChildProcess {
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fork(fileURLToPath(new URL(`./${name}.${ending}`, import.meta.url)), parameters);
}
