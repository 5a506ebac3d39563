import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Pages that say what is true now. Decisions are of their day, and are not changed afterwards. */
export const PAGES: readonly string[] = [
  ...pagesIn('.'),
  ...pagesIn('docs'),
  ...pagesIn('docs/how-to'),
  ...pagesIn('docs/reference'),
  ...readdirSync(join(ROOT, 'packages')).map((name) => `packages/${name}/README.md`),
].filter((page) => existsSync(join(ROOT, page)));

export const DECISIONS: readonly string[] = pagesIn('docs/decisions');

function pagesIn(folder: string): string[] {
  const names = readdirSync(join(ROOT, folder)).filter((name) => name.endsWith('.md'));
  return names.map((name) => (folder === '.' ? name : `${folder}/${name}`));
}

export const readPage = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

const BLOCK = /^```[a-z]*\n([\s\S]*?)^```/gm;

export const blocksOf = (text: string): string[] => [...text.matchAll(BLOCK)].map(([, inside = '']) => inside);

/** Everything but what stands in blocks. */
export const proseOf = (text: string): string => text.replace(BLOCK, '');

/** What stands in single back-ticks; a span may go over the end of a line. */
export const spansOf = (text: string): string[] =>
  [...proseOf(text).matchAll(/`([^`]+)`/g)].map(([, inside = '']) => inside.replace(/\s+/g, ' '));

/** Lines of a shell in blocks, whole where they are continued, without prompt and remark. */
export function shellLinesOf(text: string): string[] {
  return blocksOf(text)
    .flatMap((block) => block.replace(/\\\n\s*/g, ' ').split('\n'))
    .map((line) => line.replace(/^\s*(\$ )?/, '').replace(/\s+#( .*)?$/, ''));
}

/** A heading as links name it. */
export function anchorsOf(text: string): string[] {
  const headings = [...proseOf(text).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => title);
  return headings.map((title) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}

/** Where a page links to that is not there: files, and headings of pages. */
export function brokenLinksOf(page: string): string[] {
  const targets = [...proseOf(readPage(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^[a-z]+:/.test(target)).filter((target) => !isThere(page, target));
}

function isThere(page: string, target: string): boolean {
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? page : join(dirname(page), decodeURIComponent(file));
  if (!existsSync(join(ROOT, path))) return false;
  return anchor === undefined || !path.endsWith('.md') || anchorsOf(readPage(path)).includes(anchor);
}
