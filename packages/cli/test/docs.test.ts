import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { brokenLinksOf, DECISIONS, PAGES, ROOT, readPage, shellLinesOf, spansOf } from './docs-pages.ts';
import { commandNames, faultsOf, faultsOfMention } from './documented-commands.ts';
import { isDoor, pathsIn } from './documented-doors.ts';

/** What looks like a command or a code and is none: a word that is hashed, a span of a trace. */
const OTHERS = new Set(['holdfast slot', 'verdict.parse']);
const COMMAND = /^(?:[A-Z_]+=\S+ )*(?:[A-Z_]+=\$\()?npx holdfast (.+?)\)?$/;

/** What the packages themselves are made of, as one text. */
function productText(): string {
  const sources = ['core', 'verifier', 'wallet', 'server', 'cli'].map((name) => join(ROOT, 'packages', name, 'src'));
  return sources
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.ts$/.test(file) && !/\.(test|contract)\.ts$/.test(file))
        .map((file) => readFileSync(join(folder, file), 'utf8')),
    )
    .join('\n');
}

/** Pages that fall short, each with what is wrong in it. */
function wrongIn(
  pages: readonly string[],
  look: (page: string) => readonly string[],
): Record<string, readonly string[]> {
  const found = pages.map((page) => [page, look(page)] as const);
  return Object.fromEntries(found.filter(([, wrong]) => wrong.length > 0));
}

describe('what a page tells people to type is there', () => {
  test('every command in a block, with these words and options', () => {
    const typed = PAGES.flatMap((page) => shellLinesOf(readPage(page)).filter((line) => COMMAND.test(line)));
    expect(typed.length).toBeGreaterThan(150);
    const wrong = wrongIn(PAGES, (page) =>
      shellLinesOf(readPage(page))
        .map((line) => COMMAND.exec(line)?.[1])
        .filter((line) => line !== undefined)
        .flatMap((line) => faultsOf(line).map((fault) => `${line}: ${fault}`)),
    );
    expect(wrong).toEqual({});
  });

  test('every command that is spoken of in a line', () => {
    const names = commandNames();
    const isMention = (span: string) =>
      /^(npx )?holdfast [a-z]/.test(span) || (names.includes(span.split(' ')[0] ?? '') && / (--)?[a-z]/.test(span));
    const wrong = wrongIn(PAGES, (page) =>
      spansOf(readPage(page))
        .filter((span) => isMention(span) && !OTHERS.has(span))
        .map((span) => span.replace(/^(npx )?holdfast /, ''))
        .flatMap((mention) => faultsOfMention(mention).map((fault) => `${mention}: ${fault}`)),
    );
    expect(wrong).toEqual({});
  });

  test('every script of npm, and every file that node is given', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
    const told = (page: string) => [...shellLinesOf(readPage(page)), ...spansOf(readPage(page))];
    const wrong = wrongIn(PAGES, (page) =>
      told(page)
        .flatMap((line) => [...line.matchAll(/\bnpm (?:run (?:-s )?)?([a-z][a-z:-]*)/g)])
        .map(([, name = '']) => name)
        .filter((name) => !Object.hasOwn(scripts, name) && !['ci', 'install', 'pack', 'run'].includes(name)),
    );
    expect(wrong).toEqual({});
  });

  test('and what is not there would be found', () => {
    expect(faultsOf('case file "x" --class y')).toEqual(['case file needs --remedy']);
    expect(faultsOf('case list --everything')).toEqual(['case list has no --everything']);
    expect(faultsOf('case file --class y --remedy pardon')).toEqual([
      '--remedy is never pardon',
      'case file takes more words',
    ]);
    expect(faultsOf('pardon ada')).toEqual(['there is no pardon']);
    expect(faultsOf('program pardon')).toEqual(['there is no program pardon']);
    expect(faultsOfMention('up --everything')).toEqual(['up has no --everything']);
    expect(faultsOfMention('decide …')).toEqual([]);
  });
});

describe('what a page names is there', () => {
  test('every file that is linked, and every heading of a page', () => {
    expect(wrongIn([...PAGES, ...DECISIONS], brokenLinksOf)).toEqual({});
  });

  test('every code, be it of a problem, a reason, an event or a finding', () => {
    const spec = readdirSync(join(ROOT, 'spec')).filter((file) => file.endsWith('.json'));
    const said = [
      ...spec.map((file) => readPage(`spec/${file}`)),
      readPage('docs/reference/events.md'),
      productText(),
    ].join('\n');
    const isSaid = (code: string) => new RegExp(`["'\`.\\s(]${code.replace('.', '\\.')}(?![\\w-])`).test(said);
    const areas = new Set([...said.matchAll(/"code": "([a-z]+)\./g)].map(([, area = '']) => area));
    const isCode = (span: string) =>
      areas.has(span.split('.')[0] ?? '') && /^[a-z]+\.[a-z]+([-_][a-z]+)*$/.test(span) && !/\.[a-z]{2,4}$/.test(span);
    const wrong = wrongIn(PAGES, (page) =>
      spansOf(readPage(page)).filter((span) => isCode(span) && !isSaid(span) && !OTHERS.has(span)),
    );
    expect(wrong).toEqual({});
    expect(isSaid('network.set-back') && !isSaid('network.set-forth')).toBe(true);
  });
});

describe('what a page says is asked over HTTP', () => {
  test('is a door of the server', () => {
    const wrong = wrongIn(PAGES, (page) =>
      spansOf(readPage(page))
        .flatMap(pathsIn)
        .filter((path) => !isDoor(path)),
    );
    expect(wrong).toEqual({});
  });

  test('and what is none would be found', () => {
    expect(
      ['/v/ID/verify', '/log/tile', '/me/{code}', '/handoffs?silent=named'].filter((path) => !isDoor(path)),
    ).toEqual([]);
    expect(['/nowhere', '/v/ID/nowhere', '/log/nowhere'].filter(isDoor)).toEqual([]);
  });
});
