import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './docs-pages.ts';

const SERVER = join(ROOT, 'packages/server/src');

/** Every door that the server's code writes down, in segments; what varies is `*`, and `**` what may go on for ever. */
function readDoors(): readonly (readonly string[])[] {
  const files = readdirSync(SERVER, { recursive: true, encoding: 'utf8' }).filter(
    (file) => /\.ts$/.test(file) && !/\.(test|contract)\.ts$/.test(file) && statSync(join(SERVER, file)).isFile(),
  );
  const text = files.map((file) => readFileSync(join(SERVER, file), 'utf8')).join('\n');
  const written = [...text.matchAll(/['`](\/[a-z.][^'`\s]*)['`]/g)].map(([, path = '']) => path);
  return [...new Set(written)].map((path) =>
    segmentsOf(path.replace(/\*$/, '**').replace(/\$\{[^}]*\}|:[a-z]\w*/g, '*')),
  );
}

function segmentsOf(path: string): string[] {
  return path.split(/[?#]/)[0]?.split('/').slice(1) ?? [];
}

const DOORS = readDoors();

/** What a page names in the place of what varies: `{id}`, `ID`, `:id`, `N`, `…`. */
function isOpen(segment: string): boolean {
  return /^(\{.*\}|:.*|[A-Z][A-Z-]*|…|\.\.\.|)$/.test(segment);
}

/** A path is there where it is a door, or the beginning of one. */
export function isDoor(path: string): boolean {
  const asked = segmentsOf(path.replace(/\/$/, ''));
  return DOORS.some(
    (door) =>
      (asked.length <= door.length || door.at(-1) === '**') &&
      asked.every((segment, i) => {
        const own = door[i] ?? '**';
        return own.startsWith('*') || own === segment || isOpen(segment);
      }),
  );
}

/** Paths of doors, and not of files or of the ends of addresses, in what stands between back-ticks. */
export function pathsIn(span: string): string[] {
  const found = /^(?:(?:GET|POST|PUT|DELETE) )?(\/[a-z.][^\s,]*)/.exec(span)?.[1];
  const isElsewhere = found === undefined || /^\/(var|tmp|etc|bin|proc|revocation|suspension)\b/.test(found);
  return isElsewhere ? [] : [found];
}
