import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readScenario } from './read-scenario.ts';

const EXAMPLES = fileURLToPath(new URL('../../../../examples/scenarios/', import.meta.url));
const GOOD = 'title: a\nprogram: missing.json\npeople:\n  - count: 1\n';

async function write(text: string): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'scenario-')), 'scenario.yaml');
  await writeFile(file, text);
  return file;
}

test.each(['cut-off-verifier', 'sloppy-issuer', 'everybody-at-once'])('the example %s can be read', async (name) => {
  const { program, scenario } = await readScenario(join(EXAMPLES, `${name}.yaml`));
  expect(scenario.wrong.length).toBeGreaterThan(0);
  expect(program.budget).toMatch(/^[1-9]/);
});

test('a program that is not there, or is none, is said to be so', async () => {
  const code = (code_: string, path: string) => ({ code: code_, details: expect.objectContaining({ path }) });
  await expect(readScenario(await write(GOOD))).rejects.toMatchObject(code('usage.file', 'program'));
  const none = await write(GOOD.replace('missing.json', '{ v: 1 }'));
  await expect(readScenario(none)).rejects.toMatchObject(code('program.malformed', 'id'));
});

test('a rulebook is looked for beside the scenario', async () => {
  const file = await write(
    `${GOOD.replace('missing.json', join(EXAMPLES, '../first-aid.json'))}rulebook: rules.json\n`,
  );
  await expect(readScenario(file)).rejects.toMatchObject({
    code: 'usage.file',
    message: expect.stringContaining('rules.json'),
  });
});
