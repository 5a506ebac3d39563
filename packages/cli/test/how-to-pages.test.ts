import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { caseCommand } from '../src/commands/case.ts';
import { decideCommand, revokeCommand } from '../src/commands/decide.ts';
import { divideCommand } from '../src/commands/divide.ts';
import { foundCommand } from '../src/commands/found.ts';
import { issueCommand } from '../src/commands/issue.ts';
import { keysCommand } from '../src/commands/keys.ts';
import { logCommand } from '../src/commands/log.ts';
import { officerCommand } from '../src/commands/officer.ts';
import { powersCommand } from '../src/commands/powers.ts';
import { programCommand } from '../src/commands/program.ts';
import { rulebookCommand } from '../src/commands/rulebook.ts';
import { statusCommand } from '../src/commands/status.ts';
import { trustCommand } from '../src/commands/trust.ts';
import { upCommand } from '../src/commands/up.ts';
import { verifyCommand } from '../src/commands/verify.ts';

const FOLDER = fileURLToPath(new URL('../../../docs/how-to', import.meta.url));
const WORKED = [
  'stolen-key',
  'revoked-wrongly',
  'two-agencies',
  'unfair-rule',
  'silent-issuer',
  'officers-key',
  'own-network',
] as const;

const COMMANDS: Readonly<Record<string, Command>> = Object.fromEntries(
  [
    caseCommand(),
    decideCommand(),
    revokeCommand(),
    issueCommand(),
    divideCommand(),
    foundCommand(),
    keysCommand(),
    officerCommand(),
    rulebookCommand(),
    upCommand(),
    verifyCommand(),
    logCommand(),
    powersCommand(),
    await programCommand(''),
    statusCommand(),
    trustCommand(),
  ].map((command) => [command.name(), command]),
);

/** Words of a line as a shell would split it; quotes keep words together. */
function wordsIn(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? '',
  );
}

/** What is wrong with a command as it is written, by the commands that there are; it is not run. */
function faultsOf(line: string): string[] {
  const [name = '', ...words] = wordsIn(line);
  let command = COMMANDS[name];
  if (command === undefined) return [`there is no ${name}`];
  if (command.commands.length > 0) {
    const sub = words.shift();
    command = command.commands.find((each) => each.name() === sub);
    if (command === undefined) return [`there is no ${name} ${sub}`];
  }
  const faults: string[] = [];
  let operands = 0;
  const given = new Set<string>();
  while (words.length > 0) {
    const word = words.shift() ?? '';
    if (!word.startsWith('--')) {
      operands += 1;
      continue;
    }
    const option = command.options.find(({ long }) => long === word);
    given.add(word);
    if (option === undefined) faults.push(`${name} has no ${word}`);
    else if (option.required || option.optional) {
      const value = words.shift();
      while (option.variadic && words[0] !== undefined && !words[0].startsWith('--')) words.shift();
      if (value === undefined || value.startsWith('--')) faults.push(`${word} has no value`);
      if (option.argChoices?.includes(value ?? '') === false) faults.push(`${word} is never ${value}`);
    }
  }
  const { registeredArguments: taken } = command;
  if (operands > taken.length) faults.push(`${name} takes ${taken.length} words`);
  if (operands < taken.filter(({ required }) => required).length) faults.push(`${name} takes more words`);
  for (const { long, mandatory } of command.options) {
    if (mandatory && !given.has(long ?? '')) faults.push(`${name} needs ${long}`);
  }
  return faults;
}

const linesOf = (page: string) =>
  [...readFileSync(`${FOLDER}/${page}.md`, 'utf8').matchAll(/^npx holdfast (.+?)(?: > \S+)?$/gm)].map(
    ([, line = '']) => line,
  );

describe('every command that a page shows is there, with these options:', () => {
  test.each(WORKED)('%s', (page) => {
    const lines = linesOf(page);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect({ line, faults: faultsOf(line) }).toEqual({ line, faults: [] });
  });

  test('and what is not there would be found', () => {
    expect(faultsOf('case file "x" --class y')).toEqual(['case needs --remedy']);
    expect(faultsOf('case list --everything')).toEqual(['case has no --everything']);
    expect(faultsOf('case file --class y --remedy pardon')).toEqual([
      '--remedy is never pardon',
      'case takes more words',
    ]);
    expect(faultsOf('pardon ada')).toEqual(['there is no pardon']);
  });

  test('the pages are those that lie there', () => {
    expect(readdirSync(FOLDER)).toEqual(expect.arrayContaining(WORKED.map((page) => `${page}.md`)));
  });
});
