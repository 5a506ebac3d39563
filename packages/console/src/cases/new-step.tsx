import { type CaseTarget, REMEDIES_FOR, type Remedy } from '@holdfast/core';
import type { CaseView, StepDraft } from '@holdfast/server/answers';
import { Button, Group, Radio, Select, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { LIVE } from '../api/queries.ts';
import { Failure, Section } from '../parts/page.tsx';
import { remedyOf } from './case-words.ts';
import { proposeStep } from './sign-step.ts';
import { TargetField } from './target-field.tsx';

type Act = Exclude<StepDraft['act'], 'find'>;

const ACTS: Readonly<Record<Act, string>> = {
  triage: 'Look at it: is it a case?',
  hold: 'Suspend the credential meanwhile',
  advance: 'Pass it on: all is known that can be',
};
/** What each of them does once it is signed, and to how many. */
const EFFECTS: Readonly<Record<Act, string>> = {
  triage:
    'It then has an owner who looks into it, and silence counts from then on; or it ends, and whoever filed can appeal.',
  hold: '1 credential: nobody relies on it from the next epoch on, until the case has a finding or the rulebook’s longest time is over.',
  advance:
    'It goes to the other side for an answer where the rulebook has one, else to those who judge, who are drawn by lot.',
};

/** Drafts a step for officers to sign. Drafting changes nothing. */
export function NewStep({ view }: { readonly view: CaseView }) {
  const acts = view.next.map(({ act }) => act).filter((act) => act !== 'find');
  const [act, setAct] = useState<Act | null>(null);
  const chosen = act !== null && acts.includes(act) ? act : acts[0];
  const step = view.next.find(({ act: one }) => one === chosen);
  if (chosen === undefined || step === undefined) return null;
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
      <Text maw="46rem">
        {EFFECTS[chosen]} It takes {step.needed === 1 ? 'one signature' : `${step.needed} signatures`} of:{' '}
        {step.may.join(', ')}.
      </Text>
      <StepForm key={chosen} act={chosen} view={view} />
    </Section>
  );
}

function StepForm({ act, view }: { readonly act: Act; readonly view: CaseView }) {
  const [isYes, setYes] = useState<string>('');
  const [remedy, setRemedy] = useState<Remedy | null>(null);
  const [target, setTarget] = useState<CaseTarget | undefined>(undefined);
  const client = useQueryClient();
  const draft = draftOf({ act, isYes, remedy, target });
  const propose = useMutation({
    mutationFn: async () => {
      if (draft !== undefined) await proposeStep(view.id, draft);
    },
    onSettled: () => client.invalidateQueries({ queryKey: [LIVE] }),
  });
  const remedies = REMEDIES_FOR[view.about];
  const needsTarget = act === 'hold' || (act === 'triage' && view.target === undefined && view.remedy !== 'none');
  return (
    <Stack align="start" maw="46rem">
      {act === 'triage' ? (
        <Radio.Group label="Is it a case?" value={isYes} onChange={setYes}>
          <Group mt={4}>
            <Radio value="yes" label="Yes" />
            <Radio value="no" label="No, there is nothing to it" />
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
      <Button
        variant="default"
        disabled={draft === undefined}
        loading={propose.isPending}
        onClick={() => propose.mutate()}
      >
        Draft this step
      </Button>
      <Text size="sm" c="dimmed">
        Drafting changes nothing: the step then waits above for the signatures that it takes.
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
};

/** The step as it was filled in; undefined while something is missing. */
function draftOf({ act, isYes, remedy, target }: Filled): StepDraft | undefined {
  const named = target === undefined ? {} : { target };
  switch (act) {
    case 'advance':
      return { act };
    case 'hold':
      return target === undefined ? undefined : { act, target };
    case 'triage':
      if (isYes === '') return undefined;
      return { act, admit: isYes === 'yes', ...(remedy === null || isYes === 'no' ? {} : { remedy }), ...named };
    default:
      return act satisfies never;
  }
}
