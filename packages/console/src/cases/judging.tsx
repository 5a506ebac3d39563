import { CASE_BAR_WORDS } from '@holdfast/core';
import type { CaseView, OpenedFile, StepView } from '@holdfast/server/answers';
import { Anchor, List, Paper, SimpleGrid, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useOfficer } from '../officer/use-officer.ts';
import { Section } from '../parts/page.tsx';
import { awayOf, dateOf } from '../parts/time-words.ts';
import { useNow } from '../parts/use-now.ts';
import { judgesOf, remedyOf, silenceOf, targetWords } from './case-words.ts';
import { FindingCard } from './finding-card.tsx';
import { SealedWords } from './sealed-words.tsx';
import { isNext, type Judged, reasonsOf } from './sign-step.ts';

/** What those who judge are asked, by when, what silence means, what others found, and one button for each answer. */
export function Judging({ judged }: { readonly judged: Judged }) {
  const { view, steps, files } = judged;
  const { network, key, officer, isKnown } = useOfficer();
  const judges = judgesOf(view);
  if (judges === undefined || network === undefined || !isKnown) return null;
  const found = steps.filter((step) => step.act === 'find' && isNext({ step, view }, network));
  const me = officer !== undefined && judges.may.includes(officer.id) ? officer.id : undefined;
  return (
    <Section title={me === undefined ? 'Who judges it' : 'You are asked to judge it'}>
      <Question view={view} judges={judges} me={me} />
      <FoundSoFar found={found} files={files} needed={judges.needed} />
      {me === undefined ? (
        <NotYou view={view} officer={officer?.id} hasKey={key !== null} />
      ) : (
        <Answers judged={judged} found={found} me={me} />
      )}
    </Section>
  );
}

type QuestionProps = {
  readonly view: CaseView;
  readonly judges: CaseView['next'][number];
  readonly me: string | undefined;
};

function Question({ view, judges: { may, needed }, me }: QuestionProps) {
  const now = useNow(10_000);
  const { about, text, remedy, target, stage, dueAt } = view;
  const others = may.filter((id) => id !== me);
  const drawn = stage === 'appeal' ? 'Of the panel' : 'Drawn by lot';
  return (
    <List spacing={4} maw="48rem">
      <List.Item>
        The question: somebody says of 1 {about}, <strong>{text}</strong>, and asks {remedyOf(remedy)}. Is that so?
      </List.Item>
      {target === undefined ? null : (
        <List.Item>
          It is about <span className="digest">{targetWords(target)}</span>.
        </List.Item>
      )}
      <List.Item>
        The evidence is what was said: it stands above, sealed for everybody without a session here.
      </List.Item>
      <List.Item>
        {drawn}: {me === undefined ? may.join(', ') : ['you', ...others].join(', ')}.{' '}
        {needed === 1 ? 'One is enough' : `${needed} have to find the same, and sign the same words`}.
      </List.Item>
      <List.Item>
        Until {dateOf(dueAt)}, {awayOf(dueAt, now)}. Without that many by then, this happens by itself:{' '}
        {stage === 'appeal' ? 'what was found before is final' : silenceOf(view)}; and the missed deadline is on record.
      </List.Item>
      <List.Item>Those who judged something in it before, or acted in it, are not asked.</List.Item>
    </List>
  );
}

type FoundProps = {
  readonly found: readonly StepView[];
  readonly files: readonly OpenedFile[];
  readonly needed: number;
};

/** What may be known of the others: what they signed, and why, since whoever agrees signs the same words. */
function FoundSoFar({ found, files, needed }: FoundProps) {
  const signed = found.filter(({ approvals }) => approvals.length > 0);
  if (signed.length === 0) return <Text c="dimmed">Nobody has found anything yet.</Text>;
  return (
    <Stack gap="xs" role="status">
      {signed.map((step) => (
        <Paper withBorder p="sm" key={step.id}>
          <Text>
            {step.approvals.join(' and ')} found: <strong>{isUpheld(step) ? 'upheld' : 'dismissed'}</strong>.{' '}
            {Math.max(0, needed - step.approvals.length)} more must find the same.
          </Text>
          <Text className="wide-text">Reasons: {reasonsOf({ step, files }) ?? absentWords({ step, files })}</Text>
        </Paper>
      ))}
    </Stack>
  );
}

function Answers(props: { readonly judged: Judged; readonly found: readonly StepView[]; readonly me: string }) {
  const { judged, found, me } = props;
  const [reasons, setReasons] = useState('');
  const mine = found.find(({ approvals }) => approvals.includes(me));
  if (mine !== undefined) {
    return <Text>You have found: {isUpheld(mine) ? 'upheld' : 'dismissed'}. Now it is for another officer.</Text>;
  }
  return (
    <Stack>
      <SealedWords
        label="Your reasons"
        description="Sealed, for those concerned and those who judge. Whoever finds the same signs these same words; agreeing with somebody takes none of your own."
        value={reasons}
        onChange={setReasons}
      />
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {[true, false].map((isYes) => (
          <FindingCard
            key={String(isYes)}
            judged={judged}
            isUpheld={isYes}
            reasons={reasons.trim()}
            joined={found.find((step) => isUpheld(step) === isYes && step.approvals.length > 0)}
            me={me}
          />
        ))}
      </SimpleGrid>
    </Stack>
  );
}

type NotYouProps = { readonly view: CaseView; readonly officer: string | undefined; readonly hasKey: boolean };

function NotYou({ view, officer, hasKey }: NotYouProps) {
  const why = view.barred.find((one) => one.officer === officer)?.why;
  return (
    <Text size="sm">
      {officer !== undefined
        ? `It is not for ${officer}, who ${why === undefined ? 'is not one of those who were asked' : CASE_BAR_WORDS[why]}.`
        : `Are you one of them? ${hasKey ? 'The key in this browser is no officer’s yet. ' : 'There is no officer’s key in this browser. '}`}
      {officer !== undefined ? null : (
        <Anchor component={Link} to="/key" fz="inherit">
          {hasKey ? 'Have it enrolled' : 'Make one'}
        </Anchor>
      )}
    </Text>
  );
}

function absentWords({ step, files }: Parameters<typeof reasonsOf>[0]): string {
  return files.some((file) => file.step === step.id) ? 'erased' : 'not here yet';
}

function isUpheld({ step }: StepView): boolean {
  return step.act === 'find' && step.upheld;
}
