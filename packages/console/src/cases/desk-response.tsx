import type { CaseView, StepView } from '@holdfast/server/answers';
import { Button, Group, Select, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ask } from '../api/ask.ts';
import { LIVE } from '../api/queries.ts';
import { Failure, Section } from '../parts/page.tsx';
import { wordsOfAct } from './case-words.ts';
import { SealedWords } from './sealed-words.tsx';

type Act = 'answer' | 'extend' | 'appeal';

const ACTS: Readonly<Record<Act, string>> = {
  answer: 'The other side answers',
  extend: 'The other side asks for more time',
  appeal: 'An appeal against the finding',
};
/** What it does, once it is on record. */
const EFFECTS: Readonly<Record<Act, string>> = {
  answer: 'The case then goes on to those who judge it, who are drawn by lot.',
  extend: 'They have longer to answer, once, by as much as the rulebook says.',
  appeal: 'The finding is not final then: officers who had no part in it judge it anew, and what they find is final.',
};
const AT: Readonly<Record<CaseView['stage'], readonly Act[]>> = {
  filed: [],
  triaged: [],
  answer: ['answer', 'extend'],
  review: [],
  decided: ['appeal'],
  appeal: [],
  final: [],
};

/** What somebody said at the desk, put on record for them. It is nobody's signature, and the record says so. */
export function DeskResponse({ view }: { readonly view: CaseView }) {
  const acts = AT[view.stage];
  const [act, setAct] = useState<Act | null>(null);
  const [statement, setStatement] = useState('');
  const client = useQueryClient();
  const chosen = act !== null && acts.includes(act) ? act : acts[0];
  const respond = useMutation({
    mutationFn: () =>
      ask<StepView>(
        `/cases/${encodeURIComponent(view.id)}/responses`,
        'POST',
        { act: chosen, ...(statement.trim() === '' ? {} : { statement: statement.trim() }) },
        true,
      ),
    onSuccess: () => setStatement(''),
    onSettled: () => client.invalidateQueries({ queryKey: [LIVE] }),
  });
  if (chosen === undefined) return null;
  return (
    <Section title="For somebody at the desk">
      <Stack align="start" maw="46rem">
        <Select
          label="What they say"
          data={acts.map((one) => ({ value: one, label: ACTS[one] }))}
          value={chosen}
          onChange={(value) => setAct(value as Act)}
          allowDeselect={false}
          w={420}
          maw="100%"
        />
        <Text>{EFFECTS[chosen]}</Text>
        {chosen === 'answer' || chosen === 'appeal' ? (
          <SealedWords
            label="In their words"
            description="Sealed, for those who decide"
            value={statement}
            onChange={setStatement}
          />
        ) : null}
        <Group>
          <Button variant="default" loading={respond.isPending} onClick={() => respond.mutate()}>
            Put it on record
          </Button>
        </Group>
        {respond.data === undefined ? null : <Text role="status">{wordsOfAct(respond.data.step)}</Text>}
        {respond.error === null ? null : <Failure error={respond.error} title="Not put on record" />}
      </Stack>
    </Section>
  );
}
