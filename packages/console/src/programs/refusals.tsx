import type { ProgramAnswer } from '@holdfast/server/answers';
import { Text } from '@mantine/core';
import { type Column, Listing } from '../parts/listing.tsx';
import { Section } from '../parts/page.tsx';
import { countRefusals, type Outcomes, type RefusalCount } from './outcomes.ts';

/** Words of spec/reasons.json for each refusal, put in its place when the console is built. */
declare const REFUSAL_WORDS: Readonly<Record<string, { readonly operator: string; readonly person: string }>>;

/** Why people are refused: how many for each reason, the words that they read themselves, and each application. */
export function Refusals({ answer, outcomes }: { readonly answer: ProgramAnswer; readonly outcomes: Outcomes }) {
  return (
    <Section title="Who is refused, and why">
      <Listing
        name="Reasons"
        rows={countRefusals(outcomes.refused)}
        columns={REASONS}
        rowKey={({ code }) => code}
        empty={answer.entries.seal === undefined ? 'Nobody is refused yet.' : 'Nobody is refused.'}
      />
      {outcomes.refused.length === 0 ? null : (
        <>
          <Text size="sm" c="dimmed">
            Each of them can have it looked at, from their own page or at the desk.
          </Text>
          <Listing
            name="Refused"
            rows={outcomes.refused}
            columns={REFUSED}
            rowKey={({ application }) => application}
            empty=""
          />
        </>
      )}
    </Section>
  );
}

const REASONS: readonly Column<RefusalCount>[] = [
  { id: 'count', header: 'People', value: ({ count }) => count, isNumber: true, width: 90 },
  { id: 'operator', header: 'Why', value: ({ code }) => REFUSAL_WORDS[code]?.operator ?? code, width: 320 },
  { id: 'person', header: 'What the person reads', value: ({ code }) => REFUSAL_WORDS[code]?.person, width: 320 },
  { id: 'code', header: 'Code', value: ({ code }) => code, width: 200 },
];

const REFUSED: readonly Column<Outcomes['refused'][number]>[] = [
  { id: 'application', header: 'Application', value: ({ application }) => application, width: 360 },
  { id: 'code', header: 'Code', value: ({ code }) => code, width: 220 },
  {
    id: 'ruled',
    header: 'Since then',
    value: ({ payment }) => (payment === undefined ? undefined : 'admitted by a ruling'),
  },
];
