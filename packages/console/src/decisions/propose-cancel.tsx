import { grantOf, type Rulebook } from '@holdfast/core';
import { NumberInput, Select, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { rulebook } from '../api/queries.ts';
import { Failure } from '../parts/page.tsx';
import { dateOf } from '../parts/time-words.ts';
import { Opening } from './opening.tsx';
import { ReasonFields, useReason } from './reason-fields.tsx';
import { useOpening } from './use-opening.ts';

/** Takes back a change that an entry announced and that is not in force yet. */
export function CancelDraft({ rules }: { readonly rules: Rulebook }) {
  const scheduled = useQuery(rulebook).data?.scheduled ?? [];
  const [entry, setEntry] = useState('');
  const grant = grantOf(rules, 'cancel');
  const why = useReason(grant);
  const open = useOpening();
  const isNamed = /^\d{1,12}$/.test(entry);
  return (
    <Stack maw="46rem">
      {scheduled.length === 0 ? (
        <Text c="dimmed">
          No change of the rulebook is announced. A program’s next version can be taken back as well.
        </Text>
      ) : (
        <Select
          label="Announced changes of the rulebook"
          data={scheduled.map(({ index, effectiveAt }) => ({
            value: String(index),
            label: `entry #${index}, in force from ${dateOf(effectiveAt)}`,
          }))}
          value={entry}
          onChange={(value) => setEntry(value ?? '')}
        />
      )}
      <NumberInput
        label="The entry that announced it"
        value={entry}
        onChange={(value) => setEntry(String(value))}
        min={0}
        allowDecimal={false}
        maw={320}
      />
      <ReasonFields rules={rules} why={why} />
      <Opening
        words={
          isNamed
            ? `The change that entry #${entry} announced never comes into force.`
            : 'Say which entry announced it.'
        }
        grant={grant}
        isWhole={isNamed && why.named !== undefined}
        isOpening={open.isPending}
        onOpen={() => open.mutate({ power: 'cancel', ...why.members, amendment: Number(entry) })}
      />
      {open.error === null ? null : <Failure error={open.error} title="Not opened" />}
    </Stack>
  );
}
