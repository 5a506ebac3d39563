import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { EVENTS } from './events.ts';

test('every event in the list is told somewhere', () => {
  const root = fileURLToPath(new URL('../', import.meta.url));
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /(?<!\.test)\.ts$/.test(file),
  );
  const code = files.map((file) => readFileSync(`${root}${file}`, 'utf8')).join('\n');
  expect(Object.keys(EVENTS).filter((event) => !code.includes(`.${event}(`))).toEqual([]);
});
