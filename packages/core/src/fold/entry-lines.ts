import { type Rulebook, textOfClass } from '../rulebook/rulebook.ts';
import { parseStatement, type StatementBody } from './statement.ts';

/** One line of the log for people: what it says, and when it took effect. */
export type EntryLine = {
  readonly first: number;
  readonly last: number;
  /** Unix milliseconds of the epoch that confirmed it; absent while none has. */
  readonly time?: number;
  readonly kind: string;
  readonly words: string;
};

/**
 * Adds entries to lines that are newest first. Epochs with nothing between them are one line, and an epoch confirms
 * whatever came before it. `first` is the number of the first entry.
 */
export function describeEntries(
  older: readonly EntryLine[],
  first: number,
  entries: readonly string[],
  rulebook: Rulebook | undefined,
): EntryLine[] {
  const lines = [...older].reverse();
  let confirmed = lines.length;
  while (confirmed > 0 && lines[confirmed - 1]?.time === undefined) confirmed -= 1;
  entries.forEach((entry, i) => {
    const line = describeEntry(first + i, entry, rulebook);
    const last = lines.at(-1);
    if (line.kind === 'epoch' && last?.kind === 'epoch') {
      lines[lines.length - 1] = joinEpochs(line, last);
      return;
    }
    lines.push(line);
    const { time } = line;
    if (time === undefined) return;
    for (; confirmed < lines.length; confirmed += 1) lines[confirmed] = { time, ...lines[confirmed] } as EntryLine;
  });
  return lines.reverse();
}

/** Each entry as a line of its own, the newest first, with the time of the first epoch at or after it, if there is one. */
export function describeEach(first: number, entries: readonly string[], rulebook: Rulebook | undefined): EntryLine[] {
  let time: number | undefined;
  return entries
    .map((entry, i) => describeEntry(first + i, entry, rulebook))
    .reverse()
    .map((line) => {
      time = line.time ?? time;
      return time === undefined ? line : { ...line, time };
    });
}

function joinEpochs(newer: EntryLine, older: EntryLine): EntryLine {
  const ticks = newer.last - older.first + 1;
  return { ...newer, first: older.first, words: `${ticks} ticks with nothing new between them` };
}

/** One entry by itself. Its words never depend on the entries around it; only an epoch has a time of its own. */
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
        : body.lapsesAt === undefined
          ? 'A change of the rules is announced'
          : 'The rules are tightened at once, and for now';
    case 'party':
      return `${body.party.name ?? body.party.id} is recorded as ${withArticle(body.party.kind)}`;
    case 'list':
      return `${lastPart(body.issuer)} opens a status list for ${body.size.toLocaleString('en')} credentials`;
    case 'status':
      return describeChanges(body.changes.map((change) => change.value));
    case 'supersede':
      return `${body.indices.length === 1 ? 'One credential is' : `${body.indices.length} credentials are`} replaced by newer ones`;
    case 'decision': {
      const text = rulebook === undefined ? body.class : textOfClass(rulebook, body.class);
      return `${describeOfficers(body.approvals.length)} to ${body.power}: ${text}`;
    }
    case 'program':
      return `The program ${body.program.title} is released, its rules frozen`;
    case 'exception':
      return body.program === undefined
        ? 'Somebody whose credential was revoked may be given another'
        : `An act on one payment of ${body.program} is allowed`;
    case 'cancellation':
      return `The change of the rules that #${body.amendment} announced is cancelled`;
    case 'recognition': {
      const { title, network, types } = body.recognition;
      return `${title ?? `Network ${network.slice(0, 8)}`} is ${types.length === 0 ? 'recognised no longer' : 'recognised'}`;
    }
    case 'case':
      return body.step.act === 'open'
        ? `A case is opened: ${rulebook === undefined ? body.step.class : textOfClass(rulebook, body.step.class)}`
        : `A case goes on: ${body.step.act}`;
    case 'incident':
      return body.report === 'close' ? 'An incident is closed' : `Of an incident: the ${body.report} account`;
    case 'succession':
      return `This log goes on where ${body.from.log} ended, at #${body.from.size - 1}`;
    case 'intake':
      return `${body.program}: ${body.count === 1 ? 'one application is' : `${body.count.toLocaleString('en')} applications are`} taken in`;
    case 'seal':
      return `${body.program}: ${people(body.admitted.count)} admitted, ${body.refused.count} refused`;
    case 'reveal':
      return `${body.program}: ${body.party} reveals its secret of round ${body.round + 1}`;
    case 'draw':
      return `${body.program}: shares are drawn for ${people(body.allocated.count)}`;
    case 'epoch':
      return 'Tick: everything before it is confirmed';
    default:
      return body satisfies never;
  }
}

function people(count: number): string {
  return count === 1 ? 'one person' : `${count.toLocaleString('en')} people`;
}

const NUMBERS = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six'];

function describeOfficers(count: number): string {
  return count === 1 ? 'One officer decides' : `${NUMBERS[count] ?? count} officers decide`;
}

function withArticle(noun: string): string {
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
}

function lastPart(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}

const NAME_OF_VALUE = ['reinstated', 'revoked', 'suspended'] as const;

function describeChanges(values: readonly (0 | 1 | 2)[]): string {
  const counts = ([1, 2, 0] as const).map((value) => [value, values.filter((v) => v === value).length] as const);
  const parts = counts
    .filter(([, count]) => count > 0)
    .map(([value, count]) => `${count} ${count === 1 ? 'credential is' : 'credentials are'} ${NAME_OF_VALUE[value]}`);
  return parts.join(', ');
}
