import type { CaseTarget } from '@holdfast/core';
import type { StepView } from '@holdfast/server/answers';
import { Button, Paper, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { LIVE } from '../api/queries.ts';
import { useOfficer } from '../officer/use-officer.ts';
import { Allowed } from '../parts/allowed.tsx';
import { Failure } from '../parts/page.tsx';
import { effectsOf, judgesOf } from './case-words.ts';
import { type Judged, reasonsOf, signFinding, signStep } from './sign-step.ts';
import { TargetField } from './target-field.tsx';

type FindingCardProps = {
  readonly judged: Judged;
  readonly isUpheld: boolean;
  readonly reasons: string;
  /** What another has found so, to be signed as well. */
  readonly joined: StepView | undefined;
  readonly me: string;
};

/** One answer of whoever judges: what it will do, to how many, and the button that signs it. */
export function FindingCard({ judged, isUpheld, reasons, joined, me }: FindingCardProps) {
  const { view, files } = judged;
  const { key } = useOfficer();
  const [target, setTarget] = useState<CaseTarget | undefined>(undefined);
  const client = useQueryClient();
  const needsTarget = isUpheld && joined === undefined && view.target === undefined && view.remedy !== 'none';
  const sign = useMutation({
    mutationFn: async () => {
      if (key === null) return;
      const named = target === undefined || !needsTarget ? {} : { target };
      if (joined !== undefined) await signStep({ step: joined, view, files }, key);
      else await signFinding(view, { act: 'find', upheld: isUpheld, reasons, ...named }, key);
    },
    onSettled: () => client.invalidateQueries({ queryKey: [LIVE] }),
  });
  // A case may be told of before what was said in it: what is not shown is not signed.
  const isWhole =
    joined === undefined
      ? reasons !== '' && !(needsTarget && target === undefined)
      : reasonsOf({ step: joined, files }) !== undefined;
  const verb = isUpheld ? 'Uphold it' : 'Dismiss it';
  const button = (
    <Button
      onClick={() => sign.mutate()}
      loading={sign.isPending}
      disabled={!isWhole}
      color={isUpheld && view.remedy !== 'none' ? 'red' : 'teal'}
    >
      {joined === undefined ? `${verb}, as ${me}` : `${verb} too, as ${me}`}
    </Button>
  );
  return (
    <Paper withBorder p="md">
      <Stack align="start" gap="xs">
        <Text fw={700}>{isUpheld ? 'Yes, it is so' : 'No, it is not so'}</Text>
        <Text>{effectsOf(view, judgesOf(view)?.needed ?? 1, isUpheld)}</Text>
        <Text size="sm" c="dimmed">
          1 {view.about}
        </Text>
        {needsTarget ? <TargetField about={view.about} onChange={setTarget} isNeeded /> : null}
        {joined !== undefined ? (
          <Text size="sm">You sign the reasons of {joined.approvals.join(' and ')}, word for word.</Text>
        ) : reasons === '' ? (
          <Text size="sm" c="dimmed">
            Write your reasons first.
          </Text>
        ) : null}
        {joined === undefined ? <Allowed to="work">{button}</Allowed> : button}
        {sign.error === null ? null : <Failure error={sign.error} title="Not signed" />}
      </Stack>
    </Paper>
  );
}
