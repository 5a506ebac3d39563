import { explain, parseVerdictEnvelope, type Verdict } from '@holdfast/core';
import { Button, Checkbox, FileButton, Group, Select, SimpleGrid, Stack, Text, Textarea } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type DragEvent, type FormEvent, useState } from 'react';
import { ask } from '../api/ask.ts';
import { parties } from '../api/queries.ts';
import { Failure, Page, Section } from '../parts/page.tsx';
import { readPicture } from '../parts/scan.ts';
import { Explained, type Said, VerdictCard } from './verdict-card.tsx';

const MAX_TEXT = 131_072;

/** May one rely on this? Asked of the verifiers here; and two verdicts that were signed somewhere, compared in the browser. */
export function VerifyPage() {
  return (
    <Page
      title="Verify"
      lead="Paste or drop a credential. Each verifier answers by itself, and says how far it had read."
    >
      <Asking />
      <Comparing />
    </Page>
  );
}

function Asking() {
  const known = useQuery(parties).data?.parties ?? [];
  const verifiers = known.filter(({ kind }) => kind === 'verifier').map(({ id, name }) => ({ id, name: name ?? id }));
  const [left, setLeft] = useState<readonly string[]>([]);
  const [text, setText] = useState('');
  const [action, setAction] = useState('view');
  const asked = verifiers.filter(({ id }) => !left.includes(id));
  const verify = useMutation({
    mutationFn: async (): Promise<readonly Said[]> =>
      Promise.all(asked.map(({ id, name }) => askVerifier(id, name, text.trim(), action))),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    verify.mutate();
  };
  return (
    <Stack>
      <form onSubmit={submit}>
        <Stack align="start">
          <TextOrFile label="Credential" value={text} onChange={setText} />
          <Group align="end">
            <Checkbox.Group
              label="Ask"
              value={asked.map(({ id }) => id)}
              onChange={(chosen) => setLeft(verifiers.map(({ id }) => id).filter((id) => !chosen.includes(id)))}
            >
              <Group mt={4}>
                {verifiers.map(({ id, name }) => (
                  <Checkbox key={id} value={id} label={name} />
                ))}
              </Group>
            </Checkbox.Group>
            <Select
              label="In order to"
              data={[
                { value: 'view', label: 'let somebody in' },
                { value: 'pay', label: 'pay somebody' },
              ]}
              value={action}
              onChange={(value) => setAction(value ?? 'view')}
              allowDeselect={false}
            />
            <Button type="submit" loading={verify.isPending} disabled={text.trim() === '' || asked.length === 0}>
              Verify
            </Button>
          </Group>
        </Stack>
      </form>
      {verify.error === null ? null : <Failure error={verify.error} title="Not verified" />}
      {verify.data === undefined ? null : <Answers said={verify.data} />}
    </Stack>
  );
}

function Answers({ said }: { readonly said: readonly Said[] }) {
  const [first, second] = said.filter((one) => 'verdict' in one);
  return (
    <Section title="What they say">
      {first === undefined || second === undefined ? null : (
        <Explained explanation={explain(first, second)} names={[first.name, second.name]} />
      )}
      <SimpleGrid cols={{ base: 1, md: Math.min(2, said.length) }}>
        {said.map((one) => (
          <VerdictCard key={one.name} said={one} />
        ))}
      </SimpleGrid>
    </Section>
  );
}

async function askVerifier(id: string, name: string, credential: string, action: string): Promise<Said> {
  try {
    const body = { credential, want: { class: action } };
    const { verdict } = await ask<{ readonly verdict: Verdict }>(`/v/${encodeURIComponent(id)}/verify`, 'POST', body);
    return { name, verdict };
  } catch (error) {
    // One that cannot answer does not silence the others.
    return { name, failure: error };
  }
}

/** Compared here, from what the two stood on: no server is asked. */
function Comparing() {
  const [texts, setTexts] = useState<readonly [string, string]>(['', '']);
  const compare = useMutation({
    mutationFn: async () => {
      const [a, b] = texts.map((text) => parseVerdictEnvelope(text.trim()).envelope);
      if (a === undefined || b === undefined) throw new Error('Two verdicts are needed.');
      const names: [string, string] = a.iss === b.iss ? [`${a.iss} (1)`, `${b.iss} (2)`] : [a.iss, b.iss];
      const sides = [
        { name: names[0], verdict: a.verdict },
        { name: names[1], verdict: b.verdict },
      ] as const;
      return { sides, names, explanation: explain(sides[0], sides[1]) };
    },
  });
  return (
    <Section title="Compare two signed verdicts">
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <TextOrFile label="One verdict" value={texts[0]} onChange={(text) => setTexts([text, texts[1]])} />
        <TextOrFile label="The other verdict" value={texts[1]} onChange={(text) => setTexts([texts[0], text])} />
      </SimpleGrid>
      <Group>
        <Button variant="default" onClick={() => compare.mutate()} disabled={texts.some((text) => text.trim() === '')}>
          Compare
        </Button>
      </Group>
      <Text size="sm" c="dimmed">
        Their signatures are not looked at here: npx holdfast replay does that.
      </Text>
      {compare.error === null ? null : <Failure error={compare.error} title="Not compared" />}
      {compare.data === undefined ? null : (
        <>
          <Explained explanation={compare.data.explanation} names={compare.data.names} />
          <SimpleGrid cols={{ base: 1, md: 2 }}>
            {compare.data.sides.map((side) => (
              <VerdictCard key={side.name} said={side} />
            ))}
          </SimpleGrid>
        </>
      )}
    </Section>
  );
}

type TextOrFileProps = {
  readonly label: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
};

function TextOrFile({ label, value, onChange }: TextOrFileProps) {
  const [why, setWhy] = useState('');
  const read = async (file: File | null | undefined) => {
    if (file === null || file === undefined) return;
    const isPicture = file.type.startsWith('image/');
    const text = isPicture ? await readPicture(file) : file.size <= MAX_TEXT ? await file.text() : undefined;
    setWhy(text !== undefined ? '' : isPicture ? 'No code was found in this picture.' : 'This file is too long.');
    if (text !== undefined) onChange(text);
  };
  const drop = (event: DragEvent) => {
    const [file] = event.dataTransfer.files;
    if (file === undefined) return;
    event.preventDefault();
    void read(file);
  };
  return (
    <Stack gap={4} w="100%" align="start">
      <Textarea
        label={label}
        description="Paste it, or drop a file or a picture of its code"
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        onDrop={drop}
        maxLength={MAX_TEXT}
        rows={5}
        w="100%"
        spellCheck={false}
      />
      <FileButton onChange={(file) => void read(file)} inputProps={{ 'aria-label': `${label}, as a file` }}>
        {(props) => (
          <Button {...props} variant="default" size="compact-sm">
            Choose a file or a picture of a code
          </Button>
        )}
      </FileButton>
      <Text size="sm" role="status">
        {why}
      </Text>
    </Stack>
  );
}
