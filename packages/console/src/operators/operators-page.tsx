import { Alert, Button, Code, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ask } from '../api/ask.ts';
import { type OperatorRole, type OperatorSession, operatorKeys, operatorSessions } from '../api/queries.ts';
import { Allowed } from '../parts/allowed.tsx';
import { ConfirmButton } from '../parts/confirm-button.tsx';
import { type Column, Listing } from '../parts/listing.tsx';
import { Asked, Failure, Page, Section } from '../parts/page.tsx';
import { dateOf } from '../parts/time-words.ts';

const ROLES: Readonly<Record<OperatorRole, string>> = {
  viewer: 'viewer: sees all, changes nothing',
  clerk: 'clerk: applies for people',
  operator: 'operator: sees, works, applies',
  admin: 'admin: keys and sessions as well',
};

/** Who may come in, by keys of their own, and who has: for an admin alone. */
export function OperatorsPage() {
  return (
    <Page
      title="Operators"
      lead="Keys open doors; none of them revokes or pays. Officers are known by their signatures, whatever key they log in with."
    >
      <Allowed to="admin">
        <Stack gap="xl">
          <Keys />
          <Sessions />
        </Stack>
      </Allowed>
    </Page>
  );
}

type Key = { readonly name: string; readonly role: OperatorRole; readonly party?: string; readonly createdAt: number };

function Keys() {
  const query = useQuery(operatorKeys);
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: (name: string) => ask(`/operator-keys/${encodeURIComponent(name)}`, 'DELETE'),
    onSettled: () => client.invalidateQueries(),
  });
  const columns: readonly Column<Key>[] = [
    { id: 'name', header: 'Name', value: ({ name }) => name },
    { id: 'role', header: 'Role', value: ({ role }) => role },
    { id: 'party', header: 'Doors', value: ({ party }) => party ?? 'all' },
    { id: 'created', header: 'Since', value: ({ createdAt }) => dateOf(createdAt) },
    {
      id: 'act',
      header: 'Revoke',
      value: () => undefined,
      cell: ({ name }) => (
        <ConfirmButton
          label="Revoke"
          name={`Revoke the key of ${name}`}
          sure="It opens nothing any more, and its sessions end."
          onSure={() => revoke.mutate(name)}
        />
      ),
    },
  ];
  return (
    <Section title="Keys">
      <Asked query={query}>
        {({ keys }) => (
          <Listing
            name="Keys of operators"
            rows={keys}
            columns={columns}
            rowKey={({ name }) => name}
            empty="There is no key but the one in the data folder."
          />
        )}
      </Asked>
      {revoke.error === null ? null : <Failure error={revoke.error} title="Not revoked" />}
      <NewKey />
    </Section>
  );
}

function NewKey() {
  const [name, setName] = useState('');
  const [role, setRole] = useState<OperatorRole>('viewer');
  const [party, setParty] = useState('');
  const client = useQueryClient();
  const add = useMutation({
    mutationFn: () =>
      ask<Key & { readonly key: string }>('/operator-keys', 'POST', {
        ...{ name: name.trim(), role },
        ...(party.trim() === '' ? {} : { party: party.trim() }),
      }),
    onSuccess: () => setName(''),
    onSettled: () => client.invalidateQueries({ queryKey: operatorKeys.queryKey }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack align="start">
        <Group align="end">
          <TextInput
            label="Whose key"
            description="Lower-case letters, digits, dots, dashes"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            pattern="[a-z0-9][a-z0-9.\-]{0,63}"
            required
          />
          <Select
            label="Role"
            data={Object.entries(ROLES).map(([value, label]) => ({ value, label }))}
            value={role}
            onChange={(value) => setRole((value ?? 'viewer') as OperatorRole)}
            allowDeselect={false}
            w={340}
            maw="100%"
          />
          <TextInput
            label="Only at the doors of"
            description="An issuer or verifier; empty: all"
            value={party}
            onChange={(event) => setParty(event.currentTarget.value)}
            pattern="[a-z0-9][a-z0-9.\-]{0,63}"
          />
          <Button type="submit" variant="default" loading={add.isPending}>
            Make a key
          </Button>
        </Group>
        {add.error === null ? null : <Failure error={add.error} title="Not made" />}
        {add.data === undefined ? null : (
          <Alert variant="outline" color="teal" role="status" title={`The key of ${add.data.name}, shown this once`}>
            <Code className="digest">{add.data.key}</Code>
            <Text size="sm">Here only its digest is kept. Hand it over by a way that nobody else reads.</Text>
          </Alert>
        )}
      </Stack>
    </form>
  );
}

const WAYS: Readonly<Record<OperatorSession['by'], string>> = {
  admin: 'the key of the data folder',
  key: 'a key of their own',
  oidc: 'the OpenID provider',
  officer: 'their officer’s key',
};

function Sessions() {
  const query = useQuery(operatorSessions);
  const client = useQueryClient();
  const end = useMutation({
    mutationFn: (id: string) => ask(`/console-sessions/${id}`, 'DELETE'),
    onSettled: () => client.invalidateQueries(),
  });
  const columns: readonly Column<OperatorSession>[] = [
    { id: 'name', header: 'Who', value: ({ name, isOwn }) => (isOwn ? `${name} (this session)` : name) },
    { id: 'role', header: 'Role', value: ({ role }) => role },
    { id: 'by', header: 'By', value: ({ by }) => WAYS[by] },
    { id: 'began', header: 'Since', value: ({ beganAt }) => dateOf(beganAt) },
    { id: 'until', header: 'Until', value: ({ until }) => dateOf(until) },
    {
      id: 'act',
      header: 'End',
      value: () => undefined,
      cell: ({ id, name }) => (
        <ConfirmButton
          label="End"
          name={`End the session of ${name}`}
          sure="Whoever it is has to log in again."
          onSure={() => end.mutate(id)}
        />
      ),
    },
  ];
  return (
    <Section title="Sessions">
      <Asked query={query}>
        {({ sessions }) => (
          <Listing
            name="Sessions of the console"
            rows={sessions}
            columns={columns}
            rowKey={({ id }) => id}
            empty="Nobody is logged in."
          />
        )}
      </Asked>
      {end.error === null ? null : <Failure error={end.error} title="Not ended" />}
    </Section>
  );
}
