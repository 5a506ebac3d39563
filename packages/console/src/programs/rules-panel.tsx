import { describeProgram, wordsOfDescription } from '@holdfast/core';
import type { ProgramAnswer } from '@holdfast/server/answers';
import { Alert, Button, Group, List, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { rulebook } from '../api/queries.ts';
import { amountOf } from '../parts/money-words.ts';
import { Asked, Section } from '../parts/page.tsx';
import { saveFile } from '../parts/save-file.ts';
import { awayOf, dateOf, durationOf } from '../parts/time-words.ts';
import { useNow } from '../parts/use-now.ts';
import { DraftWords } from './authoring/draft-words.tsx';
import { RevisionChanges } from './authoring/revision-changes.tsx';

type Asset = ProgramAnswer['program']['asset'];
const TELLING = {
  money: (asset: Asset) => (amount: bigint) => amountOf(amount, asset),
  ...{ date: dateOf, duration: durationOf },
};

/** The rules in force in words, those before them, and those that are announced. */
export function RulesPanel({ answer }: { readonly answer: ProgramAnswer }) {
  const query = useQuery(rulebook);
  const { program: body, digest, phase } = answer;
  const isRevisable = !body.renounced.includes('amend') && (phase === 'announced' || phase === 'open');
  const save = () => saveFile(`${body.id}.json`, 'application/json', JSON.stringify(body, null, 2));
  return (
    <Stack gap="xl">
      <Group>
        <Button variant="default" onClick={save}>
          Save them as a file
        </Button>
        {isRevisable ? (
          <Button
            variant="default"
            renderRoot={(props) => <Link to="/programs/$id/revise" params={{ id: body.id }} {...props} />}
          >
            Change the rules
          </Button>
        ) : (
          <Text c="dimmed">
            {body.renounced.includes('amend')
              ? 'It has given up for good that its rules ever change.'
              : 'From the intake on nothing changes any more.'}
          </Text>
        )}
      </Group>
      <Coming answer={answer} />
      <Section title="The rules in force">
        <Asked query={query}>
          {({ rulebook: rules }) => (
            <DraftWords parts={wordsOfDescription(describeProgram(body, rules), TELLING)} digest={digest} />
          )}
        </Asked>
      </Section>
      <Earlier answer={answer} />
    </Stack>
  );
}

function Coming({ answer: { program: body, versions } }: { readonly answer: ProgramAnswer }) {
  const now = useNow(10_000);
  const next = versions?.next;
  if (next === undefined) return null;
  const changes = next.changes.map(
    (change) => change as Parameters<typeof RevisionChanges>[0]['checked']['changes'][number],
  );
  return (
    <>
      <Alert variant="outline" color="yellow" title="Another version is announced">
        It comes into force {awayOf(next.effectiveAt, now)}, on {dateOf(next.effectiveAt)}, by entry #{next.entry}.
        Until then whoever may cancel takes it back: <code>npx holdfast decide cancel {next.entry} --as OFFICER</code>
      </Alert>
      <RevisionChanges
        program={body}
        checked={{ changes, reach: next.reach as Parameters<typeof RevisionChanges>[0]['checked']['reach'] }}
      />
    </>
  );
}

function Earlier({ answer: { versions } }: { readonly answer: ProgramAnswer }) {
  if (versions === undefined || versions.earlier.length === 0) return null;
  return (
    <Section title="Rules before them">
      <List spacing={4}>
        {versions.earlier.map(({ digest, until, entry }) => (
          <List.Item key={digest}>
            <span className="digest">{digest}</span>, entry #{entry}, until {dateOf(until)}: whoever applied under it
            keeps what it promised.
          </List.Item>
        ))}
      </List>
    </Section>
  );
}
