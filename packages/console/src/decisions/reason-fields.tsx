import { type Rulebook, textOfClass } from '@holdfast/core';
import { Select, Textarea } from '@mantine/core';
import { useState } from 'react';

/** Why: the rulebook's public class, and words for the officers. Of another power another class is the first. */
export function useReason(grant: Rulebook['powers'][number] | undefined) {
  const [chosen, setClass] = useState<string | null>(null);
  const [reason, setReason] = useState('');
  const classes = grant?.classes ?? [];
  const named = chosen !== null && classes.includes(chosen) ? chosen : classes[0];
  const members = { class: named ?? '', ...(reason.trim() === '' ? {} : { reason: reason.trim() }) };
  return { classes, named, reason, setClass, setReason, members };
}

export function ReasonFields({
  rules,
  why: { classes, named, reason, setClass, setReason },
}: {
  readonly rules: Rulebook;
  readonly why: ReturnType<typeof useReason>;
}) {
  return (
    <>
      <Select
        label="Public class of reason"
        data={classes.map((one) => ({ value: one, label: textOfClass(rules, one) }))}
        value={named ?? null}
        onChange={setClass}
        allowDeselect={false}
        maw={520}
      />
      <Textarea
        label="In your own words"
        description="Private: for the officers, and for the person it concerns"
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        maxLength={2000}
        autosize
        minRows={2}
      />
    </>
  );
}
