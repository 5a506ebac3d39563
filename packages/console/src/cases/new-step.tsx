import { type CaseTarget, REMEDIES_FOR, type Remedy } from '@holdfast/core';
import type { CaseView, StepDraft } from '@holdfast/server/answers';
import { Button, Group, Radio, Select, Stack, Text, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { LIVE } from '../api/queries.ts';
import { Failure, Section } from '../parts/page.tsx';
import { remedyOf } from './case-words.ts';
import { proposeStep, stepsAt } from './sign-step.ts';
import { TargetField } from './target-field.tsx';

type Act = StepDraft['act'];

const ACTS: Readonly<Record<Act, string>> = {
  triage: 'Look at it: is it a case?',
  hold: 'Suspend the credential meanwhile',
  advance: 'Pass it on: all is known that can be',
  find: 'Judge it',
};

/** Drafts a step for officers to sign. Drafting changes nothing. */
export function NewStep({ view }: { readonly view: CaseView }) {
  const acts = stepsAt(view.stage).filter((act): act is Act => act in ACTS);
  const [act, setAct] = useState<Act | null>(null);
  const chosen = act !== null && acts.includes(act) ? act : acts[0];
  if (chosen === undefined) return null;
  return (
    <Section title="The next step of officers">
      <Select
        label="Step"
        data={acts.map((one) => ({ value: one, label: ACTS[one] }))}
        value={chosen}
        onChange={(value) => setAct(value as Act)}
        allowDeselect={false}
        maw={420}
      />
      <StepForm key={chosen} act={chosen} view={view} />
    </Section>
  );
}

function StepForm({ act, view }: { readonly act: Act; readonly view: CaseView }) {
  const [isYes, setYes] = useState<string>('');
  const [remedy, setRemedy] = useState<Remedy | null>(null);
  const [target, setTarget] = useState<CaseTarget | undefined>(undefined);
  const [reasons, setReasons] = useState('');
  const client = useQueryClient();
  const draft = draftOf({ act, isYes, remedy, target, reasons });
  const propose = useMutation({
    mutationFn: async () => {
      if (draft !== undefined) await proposeStep(view.id, draft);
    },
    onSettled: () => client.invalidateQueries({ queryKey: [LIVE] }),
  });
  const remedies = REMEDIES_FOR[view.about];
  const needsTarget = act === 'hold' || (act !== 'advance' && view.target === undefined && view.remedy !== 'none');
  return (
    <Stack align="start" maw="46rem">
      {act === 'triage' || act === 'find' ? (
        <Radio.Group label={act === 'triage' ? 'Is it a case?' : 'What do you find?'} value={isYes} onChange={setYes}>
          <Group mt={4}>
            <Radio value="yes" label={act === 'triage' ? 'Yes' : 'Upheld'} />
            <Radio value="no" label={act === 'triage' ? 'No, there is nothing to it' : 'Dismissed'} />
          </Group>
        </Radio.Group>
      ) : null}
      {act === 'triage' && isYes === 'yes' ? (
        <Select
          label="What should follow"
          placeholder={`as asked: ${remedyOf(view.remedy)}`}
          data={remedies.map((one) => ({ value: one, label: remedyOf(one) }))}
          value={remedy}
          onChange={(value) => setRemedy(value as Remedy | null)}
          clearable
        />
      ) : null}
      {needsTarget && (act === 'hold' || isYes === 'yes') ? (
        <TargetField about={view.about} onChange={setTarget} />
      ) : null}
      {act === 'find' ? (
        <Textarea
          label="Why"
          description="Sealed, for those concerned. Those who find alike sign these same words."
          value={reasons}
          onChange={(event) => setReasons(event.currentTarget.value)}
          maxLength={4000}
          autosize
          minRows={3}
          w="100%"
          required
        />
      ) : null}
      <Button
        variant="default"
        disabled={draft === undefined}
        loading={propose.isPending}
        onClick={() => propose.mutate()}
      >
        Draft this step
      </Button>
      <Text size="sm" c="dimmed">
        It then waits above for the signatures that it takes.
      </Text>
      {propose.error === null ? null : <Failure error={propose.error} title="Not drafted" />}
    </Stack>
  );
}

type Filled = {
  readonly act: Act;
  readonly isYes: string;
  readonly remedy: Remedy | null;
  readonly target: CaseTarget | undefined;
  readonly reasons: string;
};

/** The step as it was filled in; undefined while something is missing. */
function draftOf({ act, isYes, remedy, target, reasons }: Filled): StepDraft | undefined {
  const named = target === undefined ? {} : { target };
  switch (act) {
    case 'advance':
      return { act };
    case 'hold':
      return target === undefined ? undefined : { act, target };
    case 'triage':
      if (isYes === '') return undefined;
      return { act, admit: isYes === 'yes', ...(remedy === null || isYes === 'no' ? {} : { remedy }), ...named };
    case 'find':
      if (isYes === '' || reasons.trim() === '') return undefined;
      return { act, upheld: isYes === 'yes', reasons: reasons.trim(), ...named };
    default:
      return act satisfies never;
  }
}
