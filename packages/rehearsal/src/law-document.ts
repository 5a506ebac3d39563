import { LAWS, type Law } from './laws.ts';
import { MUTANTS } from './mutant-bank.ts';
import { ORACLES, type OracleName } from './oracles.ts';

/** The page that says which laws are watched, by whom, and what proves that whoever watches can see: written from the code. */
export function encodeLawDocument(): string {
  const named = new Set(LAWS.flatMap(({ oracles }) => oracles));
  const others = ORACLES.filter((oracle) => !named.has(oracle));
  return [
    '# The laws, and who watches them',
    '',
    'Written from the code by `npx holdfast rehearse --laws`, and held to it by a test.',
    '',
    'An *oracle* is a piece of a rehearsal that looks at everything said and done and knows, by rules of its own, what is right. A',
    '*wrong version* is the product with one text replaced by another. `npx holdfast rehearse --mutants` rehearses each of them,',
    'and every one is noticed by an oracle that is there for it: that is how an oracle proves that it can fail. A wrong version',
    'marked * is noticed by this oracle or by another that names it.',
    '',
    '`npx holdfast rehearse` says of each law how often there was something to judge. One that a rehearsal never came to was *not',
    'met*, and then the rehearsal has not passed.',
    '',
    'A new law is an entry of `packages/rehearsal/src/laws.ts`. A test asks for its oracle (`oracles.ts`, told by whoever sees what it',
    'is about) and for a wrong version that nobody else notices.',
    '',
    ...tableOf(['Law', 'Watched by', 'Wrong versions that it notices'], LAWS.flatMap(rowsOf)),
    '',
    '## Watched beside them',
    '',
    'Of money, recognition, checks and custody.',
    '',
    ...tableOf(
      ['Watched by', 'Wrong versions that it notices'],
      others.map((oracle) => [`\`${oracle}\``, killsOf(oracle)]),
    ),
    '',
  ].join('\n');
}

function rowsOf({ id, says, oracles }: Law): string[][] {
  return oracles.map((oracle, i) => [i === 0 ? `**${id}** ${says}` : '', `\`${oracle}\``, killsOf(oracle)]);
}

function killsOf(oracle: OracleName): string {
  const kills = MUTANTS.filter(({ noticedBy }) => noticedBy.includes(oracle));
  return kills.map(({ name, noticedBy }) => `${name}${noticedBy.length > 1 ? ' *' : ''}`).join('<br>');
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}
