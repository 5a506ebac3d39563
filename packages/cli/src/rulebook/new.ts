import { CodedError, type Rulebook, rulebookSchema } from '@holdfast/core';
import { RULEBOOK_TEMPLATES, readRulebookTemplate } from '@holdfast/server/spec';
import { type Command, Option } from 'commander';
import { createCommand, run } from '../command.ts';
import { readJsonObject } from '../json-file.ts';
import { EXIT, type Output } from '../output.ts';

type Options = { json?: boolean; template: (typeof RULEBOOK_TEMPLATES)[number]; title?: string; keys?: string };

/** What a network has of its own, whatever rules it takes over; everything else is the template's. */
const ownSchema = rulebookSchema.pick({ log: true, keys: true, officers: true }).partial().strict();

/** `holdfast rulebook new --template NAME`: a rulebook to begin from, printed. */
export function newCommand(): Command {
  return createCommand('new', 'print a rulebook to begin from')
    .addOption(
      new Option('--template <name>', 'whose rules').choices(RULEBOOK_TEMPLATES).default('single-organisation'),
    )
    .option('--title <words>', 'what it is called')
    .option('--keys <file>', 'JSON with log, keys and officers of your own; without it theirs belong to nobody')
    .action(run<Options>(create));
}

async function create(output: Output, { template, title, keys }: Options): Promise<number> {
  const own = keys === undefined ? {} : await readOwn(keys);
  const rulebook = { ...readRulebookTemplate(template), ...own, ...(title === undefined ? {} : { title }) };
  const parsed = rulebookSchema.safeParse(rulebook);
  if (!parsed.success) throw malformed(keys ?? template, parsed.error.issues[0]);
  output.data(parsed.data);
  output.say(JSON.stringify(parsed.data, null, 2));
  return EXIT.yes;
}

async function readOwn(file: string): Promise<Partial<Rulebook>> {
  const parsed = ownSchema.safeParse(await readJsonObject(file));
  if (parsed.success) return parsed.data as Partial<Rulebook>;
  throw malformed(file, parsed.error.issues[0]);
}

function malformed(source: string, issue: { readonly path: PropertyKey[]; readonly message: string } | undefined) {
  const where = issue?.path.map(String).join('.') ?? '';
  const what = `${where === '' ? 'The whole' : where}: ${issue?.message ?? 'unknown'}`;
  return new CodedError('rulebook.malformed', `${source} makes no rulebook. ${what}.`, { path: where });
}
