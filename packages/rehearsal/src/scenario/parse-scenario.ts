import { CodedError } from '@holdfast/core';
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { MAX_PEOPLE, type Scenario, scenarioSchema } from './scenario.ts';

const MAX_SCENARIO_LENGTH = 65_536;

type Path = readonly PropertyKey[];

/**
 * Reads a scenario, YAML or JSON: at most 64 KiB, without anchors and tags, every name once. Throws `scenario.malformed` with
 * the line and the member that is wrong and what it should be, and `scenario.people` for more people than a rehearsal has.
 */
export function parseScenario(text: string): Scenario {
  if (text.length > MAX_SCENARIO_LENGTH) throw malformed(`more than ${MAX_SCENARIO_LENGTH} characters`, '');
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    schema: 'core',
    version: '1.2',
    uniqueKeys: true,
    logLevel: 'error',
  });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault !== undefined)
    throw malformed(
      fault.code === 'MULTIPLE_DOCS' ? 'more than one document' : firstLine(fault.message),
      '',
      lines.linePos(fault.pos[0]).line,
    );
  const lineOf = (path: Path) => {
    const at = startOf(document.contents, path);
    return at === undefined ? undefined : lines.linePos(at).line;
  };
  const parsed = scenarioSchema.safeParse(plainOf(document));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const more = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
    const path = [...(issue?.path ?? []), ...more];
    const isMissing = issue?.message.endsWith('received undefined') === true;
    const words =
      more.length > 0 ? 'there is no such member' : isMissing ? 'it is missing' : (issue?.message ?? 'malformed');
    throw malformed(words, path.join('.'), lineOf(path));
  }
  const people = parsed.data.people.reduce((sum, { count }) => sum + count, 0);
  if (people > MAX_PEOPLE) throw tooMany(people, lineOf(['people']));
  return parsed.data;
}

/** More credentials than one rehearsal has. */
export function tooMany(people: number, line?: number): CodedError<'scenario.people'> {
  return new CodedError(
    'scenario.people',
    `${at(line)}people: ${people} are more than the ${MAX_PEOPLE} that are rehearsed at once. Fewer show the same; divide the budget with them.`,
    { people, most: MAX_PEOPLE, ...(line === undefined ? {} : { line }) },
  );
}

export function malformed(what: string, path: string, line?: number): CodedError<'scenario.malformed'> {
  const where = path === '' ? 'the whole' : path;
  return new CodedError('scenario.malformed', `This is no scenario. ${at(line)}${where}: ${what}`, {
    path,
    ...(line === undefined ? {} : { line }),
  });
}

function at(line: number | undefined): string {
  return line === undefined ? '' : `Line ${line}, `;
}

function plainOf(document: ReturnType<typeof parseDocument>): unknown {
  try {
    // An anchor that is used a few times makes gigabytes of a few lines.
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    throw malformed('anchors and aliases are not read here: write it out', '');
  }
}

/** Where the deepest part of the path begins that there is, as an offset of characters. */
function startOf(root: unknown, path: Path): number | undefined {
  let node = root;
  let start = offsetOf(node);
  for (const step of path) {
    const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && key.value === step) : undefined;
    const next = pair?.value ?? itemOf(node, step);
    const at = offsetOf(pair?.key) ?? offsetOf(next);
    if (at === undefined) break;
    start = at;
    node = next;
  }
  return start;
}

function itemOf(node: unknown, step: PropertyKey): unknown {
  if (typeof node !== 'object' || node === null || !('items' in node) || !Array.isArray(node.items)) return undefined;
  return typeof step === 'number' ? node.items[step] : undefined;
}

function offsetOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) return undefined;
  return Number(node.range[0]);
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? '';
}
