import { isJsonObject, parseJson } from '@holdfast/core';
import type { ProgramAnswer } from '@holdfast/server/answers';
import { Alert, Button, Group, JsonInput, SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useDeferredValue, useEffect, useMemo, useState } from 'react';
import { parties, program, rulebook, type rulebook as rulebookQuery } from '../../api/queries.ts';
import { issuedTypes } from '../../issue/issuer-types.ts';
import { Asked, Page, Section } from '../../parts/page.tsx';
import { saveFile } from '../../parts/save-file.ts';
import { Announce } from './announce.tsx';
import { checkDraft } from './check-draft.ts';
import { checkRevision } from './check-revision.ts';
import { createDraft, type Draft } from './draft.ts';
import { DraftWords } from './draft-words.tsx';
import { ProgramForm } from './program-form.tsx';
import { RevisionChanges } from './revision-changes.tsx';
import { TryRule } from './try-rule.tsx';
import { tenantOf } from './who-shows.tsx';

type Rules = NonNullable<Awaited<ReturnType<NonNullable<(typeof rulebookQuery)['queryFn']>>>>;

/** A new program, from nothing. */
export function AuthorPage() {
  const rules = useQuery(rulebook);
  return (
    <Page
      title="Write a program"
      lead="It is checked while you write. Nothing leaves this page before you open the decision."
    >
      <Asked query={rules}>{(inForce) => <Beginning rules={inForce} />}</Asked>
    </Page>
  );
}

/** The next version of a program that there is. */
export function RevisePage() {
  const { id = '' } = useParams({ strict: false }) as { readonly id?: string };
  const [rules, current] = [useQuery(rulebook), useQuery(program(id))];
  return (
    <Page
      title={`Change the rules of ${id}`}
      lead="Whoever has applied keeps what they applied under. What may harm somebody waits longer than what only helps."
    >
      <Asked query={rules}>
        {(inForce) => (
          <Asked query={current}>
            {(answer) => (
              <Editor
                key={answer.digest}
                rules={inForce}
                name={answer.digest}
                first={answer.program as Draft}
                current={answer}
              />
            )}
          </Asked>
        )}
      </Asked>
    </Page>
  );
}

/** What a new one begins with is known once an issuer and its types are. */
function Beginning({ rules }: { readonly rules: Rules }) {
  const known = useQuery(parties);
  const issuer = known.data?.parties.find(({ id, kind }) => kind === 'issuer' && tenantOf(id) !== undefined)?.id;
  const tenant = issuer === undefined ? undefined : tenantOf(issuer);
  const types = useQuery({ ...issuedTypes(tenant ?? ''), enabled: tenant !== undefined });
  const isKnown = known.isSuccess && (tenant === undefined || types.isSuccess || types.isError);
  const [begunAt] = useState(() => Date.now());
  if (!isKnown) return <Text role="status">Reading…</Text>;
  const type = types.data?.[0];
  const first = createDraft({
    ...{ origin: location.origin, now: begunAt, issuer: issuer ?? '', type: type?.vct ?? '' },
    claims: (type?.claims ?? []).map(({ name }) => name),
  });
  return <Editor rules={rules} name="new" first={first} />;
}

type EditorProps = {
  readonly rules: Rules;
  /** What is kept for this tab under this name is gone on with. */
  readonly name: string;
  readonly first: Draft;
  readonly current?: ProgramAnswer;
};

function Editor({ rules: { rulebook: rules }, name, first, current }: EditorProps) {
  const [text, setText] = useState(() => readKept(name) ?? written(first));
  const [shownAt] = useState(() => Date.now());
  useEffect(() => keep(name, text), [name, text]);
  const said = useDeferredValue(text);
  const draft = useMemo(() => draftOf(text), [text]);
  const check = useMemo(() => checkDraft(said, rules), [said, rules]);
  const checked = useMemo(
    () => (check.ok && current !== undefined ? checkRevision(current, check.program, shownAt) : undefined),
    [check, current, shownAt],
  );
  const again = () => setText(written(first));
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="xl">
      <Stack>
        {draft === undefined ? (
          <Alert variant="outline" color="yellow" title="The JSON cannot be read">
            Put it right beside here, and the form comes back.
          </Alert>
        ) : (
          <ProgramForm
            draft={draft}
            onChange={(next) => setText(written(next))}
            {...(check.ok ? {} : { fault: check })}
          />
        )}
        <Group>
          <Button variant="default" onClick={again}>
            Begin again
          </Button>
          <Button variant="default" onClick={() => saveFile('program.json', 'application/json', text)}>
            Save as a file
          </Button>
        </Group>
      </Stack>
      <Stack>
        <Section title="What it means">
          {check.ok ? (
            <DraftWords parts={check.parts} digest={check.description.digest} />
          ) : (
            <Alert variant="outline" color="yellow" title="Not a program yet" role="status">
              {check.words}
            </Alert>
          )}
        </Section>
        {check.ok && checked !== undefined ? <RevisionChanges program={check.program} checked={checked} /> : null}
        {check.ok ? (
          <TryRule program={check.program} types={check.description.who.types} claims={check.description.who.shows} />
        ) : null}
        {check.ok ? (
          <Announce
            check={check}
            rules={rules}
            {...(current === undefined || checked === undefined ? {} : { revision: { current, checked } })}
          />
        ) : null}
        <Section title="The same as JSON">
          <JsonInput
            aria-label="The program as JSON"
            value={text}
            onChange={setText}
            autosize
            minRows={12}
            maxRows={40}
            spellCheck={false}
            classNames={{ input: 'digest' }}
          />
        </Section>
      </Stack>
    </SimpleGrid>
  );
}

function draftOf(text: string): Draft | undefined {
  try {
    const value = parseJson(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function written(draft: Draft): string {
  return JSON.stringify(draft, null, 2);
}

/** In this tab alone, so that a reload loses nothing. */
function keep(name: string, text: string): void {
  sessionStorage.setItem(`holdfast-draft ${name}`, text);
}

function readKept(name: string): string | undefined {
  return sessionStorage.getItem(`holdfast-draft ${name}`) ?? undefined;
}
