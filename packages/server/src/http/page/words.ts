import { parseStatement, type Rulebook, type StatementBody, textOfClass } from '@holdfast/core';

/** One line of the log for people: what it says, and whose signature carries it. */
export type EntryLine = {
  readonly first: number;
  readonly last: number;
  /** Unix milliseconds of the epoch, where the line is one. */
  readonly time?: number;
  readonly kind: string;
  readonly words: string;
};

/** The newest `count` lines, newest first. Epochs that changed nothing between two other entries are one line. */
export function describeEntries(
  first: number,
  entries: readonly string[],
  rulebook: Rulebook | undefined,
  count: number,
): EntryLine[] {
  const lines: EntryLine[] = [];
  for (let i = entries.length - 1; i >= 0 && lines.length <= count; i -= 1) {
    const line = describeEntry(first + i, entries[i] ?? '', rulebook);
    const newer = lines.at(-1);
    if (newer?.kind === 'epoch' && line.kind === 'epoch') lines[lines.length - 1] = joinEpochs(newer, line);
    else lines.push(line);
  }
  return lines.slice(0, count);
}

function joinEpochs(newer: EntryLine, older: EntryLine): EntryLine {
  const ticks = newer.last - older.first + 1;
  const words = `${ticks} ticks with nothing new between them`;
  return { ...newer, first: older.first, words };
}

export function describeEntry(index: number, entry: string, rulebook: Rulebook | undefined): EntryLine {
  const parse = parseStatement(entry);
  const at = { first: index, last: index };
  if (!parse.ok) return { ...at, kind: 'unreadable', words: 'An entry that is not a statement; it changes nothing' };
  const { body } = parse.statement;
  if (body.type === 'unknown')
    return { ...at, kind: body.named, words: `A statement of a kind unknown here: ${body.named}` };
  const time = body.type === 'epoch' ? { time: body.time } : {};
  return { ...at, ...time, kind: body.type, words: wordsOf(body, rulebook) };
}

function wordsOf(body: StatementBody, rulebook: Rulebook | undefined): string {
  switch (body.type) {
    case 'rulebook':
      return body.decision === undefined
        ? `The network is founded: ${body.body.title}`
        : 'A change of the rules is announced';
    case 'party':
      return `${body.party.name ?? body.party.id} is recorded as ${body.party.kind}`;
    case 'list':
      return `${lastPart(body.issuer)} opens a status list for ${body.size.toLocaleString('en')} credentials`;
    case 'status':
      return describeChanges(body.changes.map((change) => change.value));
    case 'decision': {
      const officers = body.approvals.length === 1 ? 'one officer' : `${body.approvals.length} officers`;
      const text = rulebook === undefined ? body.class : textOfClass(rulebook, body.class);
      return `${officers} decide to ${body.power}: ${text}`;
    }
    case 'epoch':
      return 'A tick: everything before it is confirmed';
    default:
      return body satisfies never;
  }
}

function lastPart(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}

const NAME_OF_VALUE = ['restored', 'revoked', 'suspended'] as const;

function describeChanges(values: readonly (0 | 1 | 2)[]): string {
  const counts = [1, 2, 0].map(
    (value) => [NAME_OF_VALUE[value as 0 | 1 | 2], values.filter((v) => v === value).length] as const,
  );
  const parts = counts.filter(([, count]) => count > 0).map(([word, count]) => `${count} ${word}`);
  const noun = values.length === 1 ? 'credential' : 'credentials';
  return `Status changes: ${parts.join(', ')} (${values.length} ${noun})`;
}
