import type { Attribute } from '../src/seeing/attributes.ts';
import { dottedName, EVENTS, type EventKind, type EventName } from '../src/seeing/events.ts';
import { counterOf, GAUGES, histogramsOf, sumsOf } from '../src/seeing/metrics.ts';

const HEAD = `# Events and numbers

Everything a process tells of itself. One event is one line of its log (JSON, under its name), one count in \`/metrics\`, and
one event of a span where an OTLP receiver is told. This page is written from the code (\`packages/server/src/seeing/events.ts\`)
and held to it: after a change, \`node tools/run.js vitest run packages/server/src/seeing/events-page.test.ts -u\`.

How to look at them: [watching a network](../how-to/watch.md). What to do about an alert: [runbooks](../how-to/runbooks.md).

An attribute is of one of these kinds, and what is not of its kind is told as \`unfit\`. There is no kind for free text, for a
person, an address, a credential or a place in a list.

| kind | what it holds | label of a number |
|---|---|---|
| word | one of the words given | yes |
| name | the public id of a party, program, check or witness | yes, at most 200 sets of labels for each number; more are counted as \`other\` |
| code | a code of \`spec/problems.json\` or \`spec/reasons.json\`, or a refusal of the log | what it is of: the part before the dot |
| count, entry | a whole number; a place in the log or its size | no; counts are added up |
| ms | milliseconds | no; a histogram in seconds |
| handle | a role's pseudonym of a credential, for one month; as \`decision\`, a digest of the id that a decision has in the log | never; in lines and as the link of a span |

`;

/** The page of docs/reference that lists every event and every number. */
export function encodeEventsPage(): string {
  const events = (Object.keys(EVENTS) as EventName[]).map(rowOf);
  const gauges = Object.entries(GAUGES).map(
    ([name, { help, labels }]) => `| \`${name}\` | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
  );
  return [
    `${HEAD}## Events\n\n| event | level | says | attributes | numbers |\n|---|---|---|---|---|\n${events.join('\n')}`,
    `## Numbers that are read when they are asked for\n\n| number | labels | what |\n|---|---|---|\n${gauges.join('\n')}\n`,
  ].join('\n\n');
}

function rowOf(event: EventName): string {
  const { level, sentence, attributes }: EventKind = EVENTS[event];
  const said = Object.entries(attributes).map(([key, attribute]) => `\`${key}\` ${kindOf(attribute)}`);
  const numbers = [counterOf(event), ...sumsOf(event), ...histogramsOf(event)].map(({ name }) => `\`${name}\``);
  return `| \`${dottedName(event)}\` | ${level} | ${sentence} | ${said.join('; ')} | ${numbers.join('<br>')} |`;
}

function kindOf(attribute: Attribute): string {
  return attribute.kind === 'word' ? attribute.of.join('/') : attribute.kind;
}
