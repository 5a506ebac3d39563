import { CASE_BAR_WORDS } from '@holdfast/core';
import { Anchor, Button, Paper, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { LIVE } from '../api/queries.ts';
import { useOfficer } from '../officer/use-officer.ts';
import { Failure } from '../parts/page.tsx';
import { targetWords, wordsOfAct } from './case-words.ts';
import { type ShownStep, signStep } from './sign-step.ts';

/** A step that officers are signing: what it says, who may, and the signature of whoever sits here. */
export function GatheringStep({ shown }: { readonly shown: ShownStep }) {
  const { step } = shown;
  const { key, officer, isKnown } = useOfficer();
  const client = useQueryClient();
  const sign = useMutation({
    mutationFn: async () => {
      if (key !== null) await signStep(shown, key);
    },
    onSettled: () => client.invalidateQueries({ queryKey: [LIVE] }),
  });
  const target = 'target' in step.step ? step.step.target : undefined;
  const missing = Math.max(0, step.needed - step.approvals.length);
  const barred = step.barred.find((one) => one.officer === officer?.id)?.why;
  const mayHere = officer !== undefined && step.may.includes(officer.id) && !step.approvals.includes(officer.id);
  return (
    <Paper withBorder p="md">
      <Stack align="start" gap="xs">
        <Text fw={700}>{wordsOfAct(step.step)}</Text>
        {target === undefined ? null : (
          <Text size="sm">
            It takes effect on <span className="digest">{targetWords(target)}</span>.
          </Text>
        )}
        <Text>
          {step.approvals.join(' and ') || 'Nobody'} signed; {missing} more of {step.needed} must. These may:{' '}
          {step.may.join(', ') || 'nobody now'}.
        </Text>
        {!isKnown ? null : mayHere ? (
          <Button onClick={() => sign.mutate()} loading={sign.isPending}>
            Sign as {officer.id}
          </Button>
        ) : key === null ? (
          <Text size="sm">
            There is no officer’s key in this browser.{' '}
            <Anchor component={Link} to="/key">
              Make one
            </Anchor>
          </Text>
        ) : (
          <Text size="sm" c="dimmed">
            {officer === undefined
              ? 'The key in this browser is no officer’s.'
              : step.approvals.includes(officer.id)
                ? 'You have signed. Now it is for another officer.'
                : `It is not for ${officer.id} to sign${barred === undefined ? ': it takes another role' : `, who ${CASE_BAR_WORDS[barred]}`}.`}
          </Text>
        )}
        {sign.error === null ? null : <Failure error={sign.error} title="Not signed" />}
      </Stack>
    </Paper>
  );
}
