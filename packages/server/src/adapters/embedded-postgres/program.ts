import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { CodedError } from '@holdfast/core';
import type { Account } from './account.ts';
import { takeCharge } from './backstop.ts';

export type ProgramResult = {
  /** Null when a signal ended it. */
  readonly code: number | null;
  /** Standard output and error as they came, at most the last 16 KiB. */
  readonly output: string;
};

export type ProgramOptions = {
  readonly account: Account | undefined;
  /** The account must be able to stand here: PostgreSQL's programs ask where they are. */
  readonly cwd: string;
  readonly input?: string;
  readonly timeoutMs: number;
};

const OUTPUT_LENGTH = 16_384;

/**
 * Runs a program of PostgreSQL to its end. A program that cannot even be started, or does not end in time, has `code`
 * null and says so in `output`. Throws `engine.no-account` when this root may not become another user.
 */
export function runProgram(file: string, args: readonly string[], options: ProgramOptions): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: programEnvironment(file),
      stdio: 'pipe',
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
      ...identity(options.account),
    });
    // SIGTERM lets initdb take back what it has made.
    const release = takeCharge({ signal: () => child.kill('SIGTERM'), ended: () => once(child, 'close') });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-OUTPUT_LENGTH);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    // A program that ends without reading its input is judged by how it ended, not by the broken pipe.
    child.stdin.on('error', () => undefined);
    child.on('error', (error: NodeJS.ErrnoException) => {
      release();
      if (isForbiddenIdentity(error, options.account)) reject(noAccount(options.account, error));
      else resolve({ code: null, output: error.message });
    });
    child.on('close', (code, signal) => {
      release();
      resolve({ code, output: signal === null ? output : `${output}\nended by ${signal}` });
    });
    child.stdin.end(options.input ?? '');
  });
}

/** The uid and gid for `spawn`; libuv drops root's supplementary groups as well. */
export function identity(account: Account | undefined): { uid?: number; gid?: number } {
  return account === undefined ? {} : { uid: account.uid, gid: account.gid };
}

/**
 * What PostgreSQL's programs are told of the world: nothing of the user's (`PGDATA`, `PGOPTIONS`, `PGPORT` would
 * redirect them), and where their own libraries lie, because some of those find each other by no path of their own.
 */
export function programEnvironment(file: string): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { LC_ALL: 'C', TZ: 'UTC' };
  const folder = /^(.+)[\\/]bin[\\/][^\\/]+$/.exec(file)?.[1];
  if (folder !== undefined) environment.LD_LIBRARY_PATH = `${folder}/lib`;
  for (const name of ['PATH', 'TMPDIR', 'SystemRoot']) {
    if (process.env[name] !== undefined) environment[name] = process.env[name];
  }
  return environment;
}

/** Whether spawn failed because of whom it should become: containers may forbid it or not know the number. */
export function isForbiddenIdentity(error: NodeJS.ErrnoException, account: Account | undefined): boolean {
  return account !== undefined && (error.code === 'EPERM' || error.code === 'EINVAL');
}

export function noAccount(account: Account | undefined, cause?: unknown): CodedError {
  return new CodedError(
    'engine.no-account',
    `PostgreSQL does not run as root, and this root may not become ${account?.name}. ` +
      'Start Holdfast as an ordinary user, or give it a PostgreSQL of yours with --database URL.',
    { account: account?.name },
    cause,
  );
}
