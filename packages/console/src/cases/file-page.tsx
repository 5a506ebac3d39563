import {
  type CaseSubject,
  type CaseTarget,
  REMEDIES_FOR,
  type Remedy,
  type Rulebook,
  textOfClass,
} from '@holdfast/core';
import { Alert, Anchor, Button, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { ask } from '../api/ask.ts';
import { LIVE, rulebook } from '../api/queries.ts';
import { Allowed } from '../parts/allowed.tsx';
import { Asked, Failure, Page } from '../parts/page.tsx';
import { saveFile } from '../parts/save-file.ts';
import { dateOf } from '../parts/time-words.ts';
import { remedyOf } from './case-words.ts';
import { SealedWords } from './sealed-words.tsx';
import { TargetField } from './target-field.tsx';

type Filed = {
  readonly case: string;
  readonly me: string;
  readonly promisedBy: number;
  /** Signed by the governor; `/check` says of it what it promises. */
  readonly acknowledgement: string;
};
type CaseRules = NonNullable<Rulebook['cases']>;

/** A complaint of somebody at the desk, filed for them. Whoever has a credential files by their own page. */
export function FilePage() {
  const rules = useQuery(rulebook);
  return (
    <Page
      title="File a complaint"
      lead="For somebody at the desk, or for the house itself. It has an owner, a time, and a default from the moment it is filed."
    >
      <Allowed to="work">
        <Asked query={rules}>
          {({ rulebook: body }) =>
            body.cases === undefined ? (
              <Text>The rulebook of this network knows no cases.</Text>
            ) : (
              <FileForm rules={body} cases={body.cases} />
            )
          }
        </Asked>
      </Allowed>
    </Page>
  );
}

function FileForm({ rules, cases }: { readonly rules: Rulebook; readonly cases: CaseRules }) {
  const [about, setAbout] = useState<CaseSubject>('credential');
  const [reason, setReason] = useState<string | null>(null);
  const [remedy, setRemedy] = useState<Remedy | null>(null);
  const [target, setTarget] = useState<CaseTarget | undefined>(undefined);
  const [statement, setStatement] = useState('');
  const [contact, setContact] = useState('');
  const client = useQueryClient();
  const reasons = cases.reasons.filter(({ subjects }) => subjects.includes(about));
  const chosen = reasons.find((one) => one.class === reason) ?? reasons[0];
  const remedies = REMEDIES_FOR[about].filter((one) => chosen?.remedies.includes(one));
  const asked = remedy !== null && remedies.includes(remedy) ? remedy : remedies[0];
  const isAnswered = cases.tracks.find(({ id }) => id === chosen?.track)?.answer !== undefined;
  const respondent = isAnswered ? respondentOf(asked, target) : undefined;
  const file = useMutation({
    mutationFn: () =>
      ask<Filed>(
        '/cases',
        'POST',
        {
          ...{ about, class: chosen?.class, remedy: asked, statement: statement.trim() },
          ...(target === undefined ? {} : { subject: subjectOf(target) }),
          ...(respondent === undefined ? {} : { respondent }),
          ...(contact.trim() === '' ? {} : { contact: contact.trim() }),
        },
        true,
      ),
    onSettled: () => client.invalidateQueries({ queryKey: [LIVE] }),
  });
  if (file.data !== undefined) return <Kept filed={file.data} />;
  return (
    <Stack align="start" maw="46rem">
      <Select
        label="What it is about"
        data={SUBJECTS.filter(({ value }) => cases.reasons.some(({ subjects }) => subjects.includes(value))).map(
          (one) => ({ ...one }),
        )}
        value={about}
        onChange={(value) => {
          setAbout(value as CaseSubject);
          setTarget(undefined);
        }}
        allowDeselect={false}
      />
      <TargetField key={about} about={about} onChange={setTarget} isNeeded />
      <Select
        label="Reason"
        data={reasons.map((one) => ({ value: one.class, label: textOfClass(rules, one.class) }))}
        value={chosen?.class ?? null}
        onChange={setReason}
        allowDeselect={false}
      />
      <Select
        label="What is asked for"
        data={remedies.map((one) => ({ value: one, label: remedyOf(one) }))}
        value={asked ?? null}
        onChange={(value) => setRemedy(value as Remedy | null)}
        allowDeselect={false}
      />
      <SealedWords
        label="What happened, in their words"
        description="Sealed, for those who decide; in the log stands only that something was said"
        value={statement}
        onChange={setStatement}
        required
      />
      <TextInput
        label="How they can be reached"
        description="May be left out: the page that they are given says how it stands"
        value={contact}
        onChange={(event) => setContact(event.currentTarget.value)}
        maxLength={300}
        w="100%"
      />
      <Text size="sm" c="dimmed">
        Filing changes nothing about the {about}. Officers have to look at it in time, or it passes to the steward.
        {respondent === undefined
          ? ''
          : ` Before it is judged, ${respondent === 'holder' ? 'whose credential it is' : 'the issuer'} may answer.`}
      </Text>
      <Button
        loading={file.isPending}
        disabled={statement.trim() === '' || target === undefined || asked === undefined}
        onClick={() => file.mutate()}
      >
        File it
      </Button>
      {file.error === null ? null : <Failure error={file.error} title="Not filed" />}
    </Stack>
  );
}

/** Whoever complained is given the address of a page of their own: it is shown this once. */
function Kept({ filed: { case: id, me, promisedBy, acknowledgement } }: { readonly filed: Filed }) {
  return (
    <Alert variant="outline" color="teal" title="It is kept, and on its way into the log" role="status">
      <Text>
        Somebody will have looked at it by {dateOf(promisedBy)}. Give whoever complained the address of their own page,
        which is shown this once: it says how it stands, and takes their appeal.
      </Text>
      <Text className="digest">{new URL(me, location.origin).href}</Text>
      <Group mt="xs">
        <Button variant="default" onClick={() => saveFile(`${id}.txt`, 'text/plain', acknowledgement)}>
          Save the signed receipt
        </Button>
        <Anchor component={Link} to="/cases">
          To the cases: it is among them within seconds
        </Anchor>
      </Group>
    </Alert>
  );
}

const SUBJECTS = [
  { value: 'credential', label: 'A credential' },
  { value: 'application', label: 'An application' },
  { value: 'payment', label: 'A payment' },
  { value: 'issuer', label: 'An issuer' },
  { value: 'program', label: 'A program' },
] as const satisfies readonly { readonly value: CaseSubject; readonly label: string }[];

/** Who would lose something by it, and so is heard before those who judge: the holder, or an issuer by its own key. */
function respondentOf(remedy: Remedy | undefined, target: CaseTarget | undefined): string | undefined {
  if (target?.of === 'credential' && remedy === 'revoke') return 'holder';
  return target?.of === 'issuer' && remedy === 'withdraw' ? target.party : undefined;
}

function subjectOf(target: CaseTarget): object {
  switch (target.of) {
    case 'credential':
      return { list: target.list, index: target.index };
    case 'issuer':
      return { issuer: target.party };
    case 'program':
      return { program: target.program };
    case 'application':
    case 'payment':
      return { program: target.program, digest: target.digest };
    default:
      return target satisfies never;
  }
}
