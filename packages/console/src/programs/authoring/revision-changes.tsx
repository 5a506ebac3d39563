import type { Program } from '@holdfast/core';
import { List, Text } from '@mantine/core';
import { type Column, Listing } from '../../parts/listing.tsx';
import { amountOf } from '../../parts/money-words.ts';
import { Section } from '../../parts/page.tsx';
import { dateOf } from '../../parts/time-words.ts';
import type { RevisionCheck } from './check-revision.ts';

type Change = RevisionCheck['changes'][number];

const EFFECTS: Readonly<Record<Change['effect'], string>> = {
  favourable: 'better',
  adverse: 'worse for who comes later',
  neutral: 'neither',
};
const UNKNOWN: Readonly<Record<RevisionCheck['reach']['unknown'][number], string>> = {
  applied: 'how many have applied',
  who: 'which of them the rules admit',
  outside: 'how many will apply',
};

/** What the next version changes, for whom and for how much money, and what of that nobody can know. */
export function RevisionChanges({ program, checked }: { readonly program: Program; readonly checked: RevisionCheck }) {
  const { changes, reach } = checked;
  const { people, money, unknown } = reach;
  const pair = ({ before, after }: { readonly before: string; readonly after: string }) =>
    before === after
      ? amountOf(after, program.asset)
      : `${amountOf(after, program.asset)} (was ${amountOf(before, program.asset)})`;
  return (
    <Section title="What changes">
      <Listing name="Changes" rows={changes} columns={CHANGES} rowKey={({ path }) => path} empty="Nothing changes." />
      {changes.length === 0 ? null : (
        <List spacing={4}>
          <List.Item>
            {people.applied === undefined
              ? ''
              : `${people.applied.toLocaleString('en')} have applied and lose nothing by it; `}
            at most {people.mayApply.toLocaleString('en')} more may apply.
          </List.Item>
          <List.Item>
            At most {pair(money.mostEach)} each, of a budget of {pair(money.budget)}
            {money.spokenFor === undefined ? '' : `; ${amountOf(money.spokenFor, program.asset)} of it is spoken for`}.
          </List.Item>
          <List.Item>
            <Text span c="dimmed">
              Nobody can know yet {unknown.map((what) => UNKNOWN[what]).join(', ')}.
            </Text>
          </List.Item>
        </List>
      )}
    </Section>
  );
}

const CHANGES: readonly Column<Change>[] = [
  {
    id: 'effect',
    header: 'It is',
    value: ({ effect, never }) => (never === undefined ? EFFECTS[effect] : `not possible: ${never}`),
    width: 200,
  },
  { id: 'text', header: 'What', value: wordsOf, width: 420 },
];

/** Times are told as dates. */
function wordsOf({ path, text }: Change): string {
  return path.startsWith('window.') ? text.replace(/([0-9]{6,16}) ms/g, (_, ms) => dateOf(Number(ms))) : text;
}
