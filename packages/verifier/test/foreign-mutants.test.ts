import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PATIENCE_MS } from '../../core/test/patience.ts';

// Each guard about strangers' lists, taken away in a copy of the sources: the law that says what it is for must notice.
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const FOREIGN = 'packages/verifier/src/foreign';

type Mutant = { readonly file: string; readonly find: string; readonly replace: string; readonly law: string };

const MUTANTS: readonly Mutant[] = [
  {
    file: 'packages/core/src/status/bitstring.ts',
    find: '>>> (7 - (index % 8))',
    replace: '>>> (index % 8)',
    law: 'bits of a Bitstring list are read with the most significant first',
  },
  {
    file: `${FOREIGN}/bitstring-source.ts`,
    find: '...{ uri, packed, iat, ttlMs, issuer, purposes },',
    replace: '...{ uri, packed, iat, ttlMs: ttlMs * 1000, issuer, purposes },',
    law: 'the ttl of a Bitstring list is in milliseconds',
  },
  {
    file: `${FOREIGN}/fetched-list.ts`,
    find: 'ttlMs: ttl * 1000',
    replace: 'ttlMs: ttl',
    law: 'the ttl of a Token Status List is in seconds',
  },
  {
    file: `${FOREIGN}/evidence-cache.ts`,
    find: 'if (failed !== undefined && time < failed.retryAt)',
    replace: 'if (failed !== undefined && time < 0)',
    law: 'who fails is left alone for a while, not for the same while by everybody',
  },
  {
    file: `${FOREIGN}/evidence-cache.ts`,
    find: 'Math.floor((RETRY_SPREAD_MS * (256 * high + low)) / 65_536)',
    replace: '0 * (high + low)',
    law: 'who fails is left alone for a while, not for the same while by everybody',
  },
  {
    file: `${FOREIGN}/list-source.ts`,
    find: "if (list.iat < (seen.get(uri) ?? 0)) return { ok: false, why: 'status.rollback' };",
    replace: '',
    law: 'a list is never exchanged for an older one',
  },
  {
    file: `${FOREIGN}/evidence-cache.ts`,
    find: 'if (joined !== undefined) return joined;',
    replace: '',
    law: 'many who ask at once ask once',
  },
  {
    file: `${FOREIGN}/evidence-cache.ts`,
    find: 'underWay.size >= MAX_UNDER_WAY',
    replace: 'underWay.size < 0',
    law: 'strangers are fetched from in bounded number',
  },
  {
    file: `${FOREIGN}/bitstring-source.ts`,
    find: 'if (((lost >>> (7 - bit)) & 1) === 1) reversed.add',
    replace: 'if (bit > 7) reversed.add',
    law: 'a revocation that is taken back is a conflict',
  },
  {
    file: `${FOREIGN}/bitstring-source.ts`,
    find: "if (list.uri !== uri) return 'status.wrong_subject';",
    replace: '',
    law: 'a list speaks for its address, its purpose and its issuer alone',
  },
  {
    file: `${FOREIGN}/bitstring-source.ts`,
    find: '!evidence.purposes.includes(purpose)',
    replace: 'purpose === undefined',
    law: 'a list speaks for its address, its purpose and its issuer alone',
  },
  {
    file: `${FOREIGN}/list-source.ts`,
    find: 'if (!(await verify(evidence, key)))',
    replace: 'if (key === undefined)',
    law: 'a list speaks for its address, its purpose and its issuer alone',
  },
  {
    file: `${FOREIGN}/inflate.ts`,
    find: "if (length > maxBytes) return 'too-large';",
    replace: '',
    law: 'a bomb is not inflated, and a list too short to hide anybody is none',
  },
  {
    file: 'packages/core/src/verdict/judge.ts',
    find: "if (list.ok) dated.push({ asOf: list.asOf, source: 'foreign' });",
    replace: "if (list.ok) dated.push({ asOf: list.asOf, source: 'network' });",
    law: 'a stranger’s list ages by the rules for strangers',
  },
  {
    file: 'packages/core/src/verdict/foreign-lists.ts',
    find: "code !== 'status.revoked' && isExpired",
    replace: 'isExpired',
    law: 'old news is no good news, while a revocation stays one',
  },
];

let copies: string[];
beforeAll(() => {
  copies = [createCopy(), createCopy()];
});
afterAll(() => {
  for (const copy of copies) rmSync(copy, { recursive: true, force: true });
});

it('what we ship breaks no law about lists of strangers, and every wrong version of it breaks the one it should', async () => {
  const left = [...MUTANTS];
  const noticed = new Map<Mutant, string>();
  expect(await brokenIn(copies[0] ?? '')).toBe('');
  const work = async (copy: string) => {
    for (let mutant = left.shift(); mutant !== undefined; mutant = left.shift()) {
      noticed.set(mutant, await brokenBy(mutant, copy));
    }
  };
  await Promise.all(copies.map(work));
  expect(MUTANTS.map((mutant) => [mutant.find, noticed.get(mutant)])).toEqual(
    MUTANTS.map(({ find, law }) => [find, law]),
  );
});

async function brokenBy({ file, find, replace }: Mutant, copy: string): Promise<string> {
  const text = readFileSync(join(ROOT, file), 'utf8');
  expect([find, text.split(find).length]).toEqual([find, 2]);
  writeFileSync(
    join(copy, file),
    text.replace(find, () => replace),
  );
  try {
    return await brokenIn(copy);
  } finally {
    writeFileSync(join(copy, file), text);
  }
}

/** The law that is broken first; a version that is not even a program breaks none. */
function brokenIn(copy: string): Promise<string> {
  const flags = ['--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning'];
  const script = join(copy, 'packages/verifier/test/foreign-laws.ts');
  // What Node compiles of the copy goes with it.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(copy, 'compiled') };
  return new Promise((resolve) => {
    execFile(process.execPath, [...flags, script], { timeout: PATIENCE_MS, env }, (_error, stdout, stderr) =>
      resolve(stderr === '' ? stdout : stderr),
    );
  });
}

function createCopy(): string {
  const copy = mkdtempSync(join(tmpdir(), 'holdfast-foreign-'));
  const modules = join(copy, 'node_modules');
  mkdirSync(join(modules, '@holdfast'), { recursive: true });
  for (const name of ['core', 'verifier']) {
    for (const part of ['package.json', 'src']) {
      cpSync(join(ROOT, 'packages', name, part), join(copy, 'packages', name, part), { recursive: true });
    }
    symlinkSync(join(copy, 'packages', name), join(modules, '@holdfast', name));
  }
  for (const entry of readdirSync(join(ROOT, 'node_modules'))) {
    if (entry !== '@holdfast') symlinkSync(join(ROOT, 'node_modules', entry), join(modules, entry));
  }
  mkdirSync(join(copy, 'packages/verifier/test'));
  cpSync(join(ROOT, 'packages/verifier/test/foreign-laws.ts'), join(copy, 'packages/verifier/test/foreign-laws.ts'));
  return copy;
}
