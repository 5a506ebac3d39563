import { type ProgramDescription, wordsOfDescription } from '@holdfast/core';
import { formatDuration } from '../output.ts';
import { asLine, dateOf, moneyIn } from './words.ts';

/** A screen: more is not read (DESIGN 7). */
const MAX_LINES = 25;
const LABEL_WIDTH = 13;

/** What a program means, in the words of whoever has to approve it. */
export function wordsOfProgram(description: ProgramDescription): string[] {
  const parts = wordsOfDescription(description, { money: moneyIn, date: dateOf, duration: formatDuration });
  const lines = [
    `${description.title} (${description.id}), run by ${description.organiser}`,
    `Approved as  ${description.digest}`,
    ...parts.flatMap(({ about, lines: said }) =>
      said.map((line, i) => (i === 0 ? about : '').padEnd(LABEL_WIDTH) + line),
    ),
  ];
  const shown = lines.length > MAX_LINES ? [...lines.slice(0, MAX_LINES - 1), more(lines.length)] : lines;
  return shown.map(asLine);
}

function more(count: number): string {
  return `Note         ${count - MAX_LINES + 1} more notes; --json has all`;
}
