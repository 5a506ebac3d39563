// The repository brings its own Node 24: npm's platform package holds the binary. Plain JavaScript, because
// this file must run under whatever Node (20.19 or newer) started npm.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

const LEAST_MAJOR = 24;
const LEAST_MINOR = 12;

/** The Node binary to run Holdfast with, or undefined when neither the bundled nor the present one will do. */
export function findNode() {
  const name = `node-${process.platform}-${process.arch}`;
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
    const binary = join(folder, 'bin', 'node');
    if (existsSync(binary)) return binary;
  } catch {
    // Not installed for this platform: the user's own Node may be new enough.
  }
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > LEAST_MAJOR || (major === LEAST_MAJOR && minor >= LEAST_MINOR) ? process.execPath : undefined;
}

/**
 * Where Node keeps what it has compiled, or undefined for nowhere: beside the packages, so that only who may change the
 * code may write there; in the folder for temporary files anybody could. Loading then takes half as long.
 */
function findCompileCache(node) {
  if (process.env.NODE_COMPILE_CACHE !== undefined) return process.env.NODE_COMPILE_CACHE;
  const modules = join(dirname(node), '..', '..');
  return basename(modules) === 'node_modules' ? join(modules, '.cache', 'holdfast') : undefined;
}

/** Runs `args` under Node 24 with our source condition, passing signals on, and ends as it ended. */
export function runUnderNode(args) {
  const node = findNode();
  if (node === undefined) {
    process.stderr.write(
      `Holdfast needs Node ${LEAST_MAJOR}.${LEAST_MINOR} or newer; npm has no bundled one for ${process.platform}-${process.arch}. Install it and try again.\n`,
    );
    process.exit(69);
  }
  const cache = findCompileCache(node);
  const child = spawn(node, ['--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning', ...args], {
    stdio: 'inherit',
    env: { ...process.env, HOLDFAST_NODE: node, ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }) },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`Could not start ${node}: ${error.message}\n`);
    process.exit(69);
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143);
  });
}
