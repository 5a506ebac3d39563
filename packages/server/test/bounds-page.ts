import { BOUND_NAMES, BOUNDS, type Bound, type BoundName } from '../src/compose/bounds.ts';

const HEAD = `# Bounds that an operator sets

Every pool, queue and body of a process has a bound. Those that another machine needs otherwise are set in one JSON file, by
name:

\`\`\`
{ "database.connections": 25, "signatures.threads": 7, "admission.running": 1024 }
\`\`\`

\`npx holdfast up --bounds FILE\`, or \`HOLDFAST_BOUNDS\`, for every process by itself; what is not in it is as in this table. What differs
is said once at the start, and \`GET /load\` (an operator's key) says all of them. A name that is not here, a value outside, or two that do
not fit beside each other are \`usage.bounds\`: the process does not start. How the queues behave: [load.md](load.md). This page is written from the code
(\`packages/server/src/compose/bounds.ts\`) and held to it: after a change,
\`node tools/run.js vitest run packages/server/src/compose/bounds.test.ts -u\`.

**Which first.** With more cores: \`admission.running\` and the \`running\` of the classes that are short, as \`GET /load\` shows; threads
follow the cores by themselves. With a database of its own: \`database.connections\`, so that connections x roles x processes (and one
pool more for each network that a verifier follows) stay below its \`max_connections\`. The embedded one takes a hundred, so at most 10 for each role. A longer queue answers nobody
sooner: who waits longer than their client does is answered for nothing.

`;

const TAIL = `
## What is no operator's

- **Of the protocol**, so that everybody agrees what holds: an entry (16 KiB), an epoch (1,024 entries), a status list, a presentation (32 KiB, 64 KiB for a wallet's),
  a rulebook, a statement, a policy, programs' changes. They are in the code and in [limits.md](../limits.md).
- **Of a policy or a program**: each check has its pool, budget and deadline in the verifier's policy ([how-to/checks.md](../how-to/checks.md)); a program its
  \`maxApplications\`.
- **Of every door the same**: a body is at most 128 KiB unless its door says less or more, headers come within 10 s, a route streams to 1,000 listeners;
  what is reserved for officers and operators ([load.md](load.md)).
- **Of what is kept**: [retention.md](retention.md).
`;

/** The page of docs/reference that lists every bound an operator may set. */
export function encodeBoundsPage(): string {
  const rows = BOUND_NAMES.map(rowOf);
  return `${HEAD}| bound | default | least | most | what, and what happens there |\n|---|---|---|---|---|\n${rows.join('\n')}\n${TAIL}`;
}

function rowOf(name: BoundName): string {
  const { default: usual, least, most, unit, what }: Bound = BOUNDS[name];
  const figures = [usual, least, most].map((value) => value.toLocaleString('en'));
  return `| \`${name}\` | ${figures.join(' | ')} | ${unit} ${what} |`;
}
