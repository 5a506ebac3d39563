import { Alert, Button, Code, Group, List, Paper, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { rulebook } from '../api/queries.ts';
import { Asked, Failure, Page, Section } from '../parts/page.tsx';
import { dateOf } from '../parts/time-words.ts';
import { Enrolment } from './enrolment.tsx';
import { ForYou } from './for-you.tsx';
import { KeyFileForm } from './key-file-form.tsx';
import { canSign, createOfficerKey, type OfficerKey, removeOfficerKey } from './officer-key.ts';
import { wordsOfRole } from './role-words.ts';
import { officerKey, useOfficer } from './use-officer.ts';

/** The key by which one officer signs in this browser: made here, kept here, and what becomes of it. */
export function KeyPage() {
  const rules = useQuery(rulebook);
  return (
    <Page
      title="My officer key"
      lead="Officers decide by their signatures. The key of yours can be made and kept in this browser."
    >
      {canSign() ? (
        <Asked query={rules}>{({ network }) => <Keeping network={network} />}</Asked>
      ) : (
        <Alert color="red" variant="outline" title="No key can be kept here">
          This browser signs only on pages that come over https, or from this machine.
        </Alert>
      )}
    </Page>
  );
}

function Keeping({ network }: { readonly network: string }) {
  const client = useQueryClient();
  const { key, officer, isKnown } = useOfficer();
  const again = () => client.invalidateQueries({ queryKey: officerKey(network).queryKey });
  const create = useMutation({ mutationFn: () => createOfficerKey(network), onSettled: again });
  const remove = useMutation({ mutationFn: () => removeOfficerKey(network), onSettled: again });
  if (!isKnown) return <Text role="status">Reading…</Text>;
  return (
    <Stack gap="lg">
      {key === null ? (
        <Stack>
          <Text maw="46rem">
            There is no key of yours in this browser. Make one, say who you are, and have the other officers enrol it:
            then you sign decisions here, and judge the cases for which you are drawn.
          </Text>
          <Group>
            <Button onClick={() => create.mutate()} loading={create.isPending}>
              Make a key
            </Button>
          </Group>
          <Section title="Or use the one that you have">
            <Text maw="46rem">
              The first officers of a network have their keys as files. Such a file is opened here, on this machine: it
              is not sent anywhere.
            </Text>
            <KeyFileForm network={network} />
          </Section>
        </Stack>
      ) : (
        <>
          <Alert
            variant="outline"
            color={officer === undefined ? 'yellow' : 'teal'}
            title={officer === undefined ? 'Nobody knows this key yet' : `You sign as ${officer.id}`}
          >
            {officer === undefined
              ? 'It counts once a quorum of officers has enrolled it. Until then its signatures are refused.'
              : `Roles: ${(officer.roles ?? []).join(', ') || 'none'}. ${key.isCopy ? 'Taken from its file' : 'Made here'} on ${dateOf(key.createdAt)}.`}
          </Alert>
          <ForYou />
          <Shown publicKey={key} />
          {officer === undefined ? <Enrolment publicKey={key} /> : <MayDo roles={officer.roles ?? []} />}
        </>
      )}
      {[create, remove].map(({ error }, i) =>
        error === null ? null : <Failure key={i === 0 ? 'create' : 'remove'} error={error} />,
      )}
      <WhatIsLost isCopy={key?.isCopy === true} />
      {key === null ? null : (
        <Removal
          onRemove={() => remove.mutate()}
          loss={key.isCopy ? 'copy' : officer === undefined ? 'unknown' : 'officer'}
        />
      )}
    </Stack>
  );
}

function Shown({ publicKey }: { readonly publicKey: OfficerKey }) {
  return (
    <Section title="The public key">
      <Text>
        Read this thumbprint to those who enrol you, by another way than this page: <Code>{publicKey.thumbprint}</Code>
      </Text>
    </Section>
  );
}

function MayDo({ roles }: { readonly roles: readonly string[] }) {
  const rules = useQuery(rulebook).data?.rulebook;
  if (rules === undefined) return null;
  return (
    <Section title="What your roles are for">
      <List spacing={4} maw="46rem">
        {roles.map((role) => (
          <List.Item key={role}>
            <strong>{role}</strong>: {wordsOfRole(rules, role)}.
          </List.Item>
        ))}
      </List>
    </Section>
  );
}

function WhatIsLost({ isCopy }: { readonly isCopy: boolean }) {
  return (
    <Section title="What you should know of it">
      <List spacing="xs" maw="46rem">
        <List.Item>
          The secret part cannot be read or copied, not by this page either. It signs, and that is all.
        </List.Item>
        <List.Item>
          It is lost with this browser: when its site data is cleared, its profile is removed or the machine is gone.{' '}
          {isCopy
            ? 'It is a copy: its file still opens, with its passphrase. Put both where only you can get at them, and not on this machine.'
            : 'Nobody can bring it back.'}
        </List.Item>
        <List.Item>
          {isCopy ? 'If both are gone, make' : 'Then make'} a new one, here or elsewhere, and have it enrolled by the
          other officers. What you have signed stays signed.
        </List.Item>
        <List.Item>
          Who can use this browser as you can sign as you. If somebody may have, have the key declared compromised:{' '}
          <Code>npx holdfast decide compromise YOUR-ID --as ANOTHER-OFFICER</Code>
        </List.Item>
        <List.Item>
          Enrol more officers than a quorum needs: with exactly as many, one lost key stops all decisions.
        </List.Item>
      </List>
    </Section>
  );
}

const LOSS = {
  copy: 'It is a copy: removed here, its file still opens, and signs.',
  officer:
    'It is an officer’s key now. Removed, it is gone for good, and that officer cannot sign until another key is enrolled.',
  unknown: 'Removed, it is gone for good.',
} as const;

type RemovalProps = { readonly onRemove: () => void; readonly loss: keyof typeof LOSS };

function Removal({ onRemove, loss }: RemovalProps) {
  const [isAsked, setAsked] = useState(false);
  if (!isAsked) {
    return (
      <Group>
        <Button variant="default" onClick={() => setAsked(true)}>
          Remove it from this browser
        </Button>
      </Group>
    );
  }
  return (
    <Paper withBorder p="md" role="group" aria-label="Remove the key">
      <Stack>
        <Text>{LOSS[loss]}</Text>
        <Group>
          <Button color="red" variant="outline" onClick={onRemove}>
            Remove it for good
          </Button>
          <Button variant="default" onClick={() => setAsked(false)}>
            Keep it
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}
