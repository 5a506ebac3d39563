import type { CaseSubject, CaseTarget } from '@holdfast/core';
import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ask } from '../api/ask.ts';
import { Failure } from '../parts/page.tsx';

type Issued = { readonly list: string; readonly index: number };

/** What a finding takes effect on: it becomes public with the step, and so is named only here. */
export function TargetField({
  about,
  onChange,
  isNeeded = false,
}: {
  readonly about: CaseSubject;
  readonly onChange: (target: CaseTarget | undefined) => void;
  readonly isNeeded?: boolean;
}) {
  if (about === 'credential') return <CredentialField onChange={onChange} isNeeded={isNeeded} />;
  return <NameField about={about} onChange={onChange} />;
}

function CredentialField({
  onChange,
  isNeeded,
}: {
  readonly onChange: (target: CaseTarget | undefined) => void;
  readonly isNeeded: boolean;
}) {
  const [issuer, setIssuer] = useState('civic');
  const [label, setLabel] = useState('');
  const find = useMutation({
    mutationFn: () =>
      ask<readonly Issued[]>(
        `/i/${encodeURIComponent(issuer.trim())}/credentials?label=${encodeURIComponent(label.trim())}`,
      ),
    onSuccess: ([first, ...others]) =>
      onChange(
        first === undefined || others.length > 0
          ? undefined
          : { of: 'credential', list: first.list, index: first.index },
      ),
  });
  const words =
    find.data === undefined
      ? isNeeded
        ? 'Find it first: a case is about one credential.'
        : 'Leave it out if it is not known yet.'
      : find.data.length === 1
        ? 'It takes effect on this credential.'
        : `${find.data.length} credentials were issued under this label; a case is about one.`;
  return (
    <Stack gap={4}>
      <Group align="end">
        <TextInput label="Issuer" value={issuer} onChange={(event) => setIssuer(event.currentTarget.value)} />
        <TextInput
          label="The credential, by the issuer's label"
          value={label}
          onChange={(event) => setLabel(event.currentTarget.value)}
        />
        <Button variant="default" onClick={() => find.mutate()} loading={find.isPending} disabled={label.trim() === ''}>
          Find
        </Button>
      </Group>
      <Text size="sm" c="dimmed" role="status">
        {words}
      </Text>
      {find.error === null ? null : <Failure error={find.error} title="Not found" />}
    </Stack>
  );
}

function NameField({
  about,
  onChange,
}: {
  readonly about: Exclude<CaseSubject, 'credential'>;
  readonly onChange: (target: CaseTarget | undefined) => void;
}) {
  const [name, setName] = useState('');
  const [digest, setDigest] = useState('');
  const set = (nextName: string, nextDigest: string) => {
    setName(nextName);
    setDigest(nextDigest);
    onChange(targetOf(about, nextName.trim(), nextDigest.trim()));
  };
  const hasDigest = about === 'application' || about === 'payment';
  return (
    <Group align="end">
      <TextInput
        label={about === 'issuer' ? 'The issuer, by its id' : 'The program, by its id'}
        value={name}
        onChange={(event) => set(event.currentTarget.value, digest)}
      />
      {hasDigest ? (
        <TextInput
          label={`Digest of the ${about}`}
          value={digest}
          onChange={(event) => set(name, event.currentTarget.value)}
        />
      ) : null}
    </Group>
  );
}

function targetOf(about: Exclude<CaseSubject, 'credential'>, name: string, digest: string): CaseTarget | undefined {
  if (name === '') return undefined;
  if (about === 'issuer') return { of: 'issuer', party: name };
  if (about === 'program') return { of: 'program', program: name };
  return digest === '' ? undefined : { of: about, program: name, digest };
}
