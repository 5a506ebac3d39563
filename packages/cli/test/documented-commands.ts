import { readFileSync } from 'node:fs';
import { Command } from 'commander';

const FOLDER = new URL('../src/commands/', import.meta.url);

/** All commands that `main.ts` has, by its own list: what it does not load is no command. */
async function loadCommands(): Promise<ReadonlyMap<string, Command>> {
  const main = readFileSync(new URL('../main.ts', FOLDER), 'utf8');
  const listed = [...main.matchAll(/import\('\.\/commands\/([a-z-]+)\.ts'\)\)\.(\w+)\(/g)];
  const made = listed.map(async ([, file = '', name = '']) => {
    const loaded = (await import(new URL(`${file}.ts`, FOLDER).href)) as Record<string, (asked?: string) => unknown>;
    return (await loaded[name]?.('')) as Command;
  });
  const program = new Command('holdfast');
  for (const command of await Promise.all(made)) program.addCommand(command);
  return new Map(program.commands.map((command) => [command.name(), command]));
}

const COMMANDS = await loadCommands();

/** What the command says of itself when it is asked for help. */
export function helpOf([name = '', ...words]: readonly string[]): string {
  let command = COMMANDS.get(name);
  for (const word of words) command = command?.commands.find((each) => each.name() === word);
  if (command === undefined) throw new Error(`there is no ${[name, ...words].join(' ')}`);
  return command.helpInformation();
}

export const commandNames = (): readonly string[] => [...COMMANDS.keys()];

/** Words of a line as a shell would split it; quotes keep words together, and what comes behind a pipe is another's. */
export function wordsIn(line: string): string[] {
  const own = line.replace(/\$\([^)]*\)/g, 'VALUE');
  const words = [...own.matchAll(/(?:"([^"]*)"|'([^']*)'|[^\s"'])+/g)].map(([word]) => word.replace(/["']/g, ''));
  const end = words.findIndex((word) => ['|', '||', '&&', '&', ';'].includes(word));
  const mine = end < 0 ? words : words.slice(0, end);
  return (
    mine
      .filter((word, i) => !/^[<>]/.test(word) && !/^[<>]$/.test(mine[i - 1] ?? ''))
      // What may be left out, and what the page leaves out.
      .map((word) => word.replace(/^\[|\]$/g, ''))
      .filter((word) => !/^(…|\.\.\.)?$/.test(word))
  );
}

type Found = { readonly command: Command; readonly words: readonly string[]; readonly name: string };

function find(line: string): Found | string {
  let [name = '', ...words] = wordsIn(line);
  let command = COMMANDS.get(name);
  if (command === undefined) return `there is no ${name}`;
  while (command.commands.length > 0) {
    const [sub = '', ...rest] = words;
    const next: Command | undefined = command.commands.find((each) => each.name() === sub);
    if (next === undefined) return `there is no ${name} ${sub}`.trim();
    [command, words, name] = [next, rest, `${name} ${sub}`];
  }
  return { command, words, name };
}

/** What is wrong with a command as it is written, by the commands that there are; it is not run. */
export function faultsOf(line: string): string[] {
  const found = find(line);
  if (typeof found === 'string') return [found];
  const { command, name } = found;
  const words = [...found.words];
  const faults: string[] = [];
  let operands = 0;
  const given = new Set<string>();
  while (words.length > 0) {
    const word = words.shift() ?? '';
    if (!word.startsWith('-') || word === '-') {
      operands += 1;
      continue;
    }
    const option = optionOf(command, word);
    given.add(option?.long ?? word);
    if (option === undefined) faults.push(`${name} has no ${word}`);
    else if (option.required || option.optional) {
      const value = words[0]?.startsWith('--') ? undefined : words.shift();
      while (option.variadic && words[0] !== undefined && !words[0].startsWith('-')) words.shift();
      if (value === undefined && option.required) faults.push(`${word} has no value`);
      if (value !== undefined && option.argChoices?.includes(value) === false) faults.push(`${word} is never ${value}`);
    }
  }
  if (/…|\.\.\./.test(line)) return faults;
  const { registeredArguments: taken } = command;
  const isMany = taken.some(({ variadic }) => variadic);
  if (operands > taken.length && !isMany) faults.push(`${name} takes ${taken.length} words`);
  if (operands < taken.filter(({ required }) => required).length) faults.push(`${name} takes more words`);
  for (const { long, mandatory } of command.options) {
    if (mandatory && !given.has(long ?? '')) faults.push(`${name} needs ${long}`);
  }
  return faults;
}

function optionOf(command: Command, word: string) {
  return command.options.find(
    ({ long, short, negate }) => long === word || short === word || (negate && long === word),
  );
}

/** The same of a command that is only spoken of: it need not be whole, but what is said of it has to be there. */
export function faultsOfMention(mention: string): string[] {
  const [name = '', sub] = wordsIn(mention);
  const command = COMMANDS.get(name);
  if (command === undefined) return [`there is no ${name}`];
  if (command.commands.length > 0 && (sub === undefined || /^[-A-Z…[]/.test(sub))) return [];
  const found = find(mention);
  if (typeof found === 'string') return [found];
  const flags = [...mention.matchAll(/(?<=[\s[])--[a-z][a-z-]*/g)].map(([flag]) => flag);
  return flags
    .filter((flag) => optionOf(found.command, flag) === undefined)
    .map((flag) => `${found.name} has no ${flag}`);
}
