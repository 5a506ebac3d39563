import type { Party } from '@holdfast/core';
import { CodedError } from '@holdfast/core/errors';
import { Alert, Button, FileButton, Group, PasswordInput, Stack } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { parties } from '../api/queries.ts';
import { FileDrop } from '../parts/file-drop.tsx';
import { Failure } from '../parts/page.tsx';
import { MAX_KEY_FILE_BYTES, openKeyFile, parseKeyFile, type SealedOfficerKey } from './key-file.ts';
import { keepOfficerKey } from './officer-key.ts';
import { officerKey } from './use-officer.ts';

/** An officer's key that lies sealed in a file, opened here and kept in this browser. */
export function KeyFileForm({ network }: { readonly network: string }) {
  const { data } = useQuery(parties);
  const read = useMutation({
    mutationFn: async (file: File) => {
      const known: readonly Party[] = data?.parties ?? [];
      return parseKeyFile(await textOf(file), known, data?.position?.time ?? Date.now());
    },
  });
  return (
    <Stack gap="sm">
      <FileDrop
        label="Key file"
        hint="Sealed, as the command line keeps it: keys/OFFICER/approval.jwe in the data folder."
        accept=".jwe"
        onFile={(file) => read.mutate(file)}
      />
      {read.error === null ? null : <Failure error={read.error} title="Not a key to sign with" />}
      {read.data === undefined ? null : <Opening key={read.data.officer.id} network={network} file={read.data} />}
    </Stack>
  );
}

function Opening({ network, file }: { readonly network: string; readonly file: SealedOfficerKey }) {
  const [passphrase, setPassphrase] = useState('');
  const client = useQueryClient();
  const keep = useMutation({
    mutationFn: async () => keepOfficerKey(network, file.publicJwk, await openKeyFile(file, passphrase)),
    onSuccess: (key) => {
      setPassphrase('');
      client.setQueryData(officerKey(network).queryKey, key);
    },
  });
  const take = useMutation({ mutationFn: textOf, onSuccess: (text) => setPassphrase(text.trim()) });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    keep.mutate();
  };
  return (
    <form onSubmit={submit} aria-label={`The key of ${file.officer.id}`}>
      <Stack gap="sm" align="start" maw={640}>
        <Alert role="note" variant="outline" color="yellow" title={`The key of ${file.officer.id}`}>
          This browser will keep a copy of it, which signs and cannot be read. The file stays and signs as well: whoever
          has it and its passphrase, or this browser, signs as {file.officer.id}. If this browser is lost, the file
          still opens; if somebody may have either, have the key declared stolen.
        </Alert>
        <PasswordInput
          label="Passphrase of the file"
          description="Beside the folder of the key: keys/OFFICER.passphrase"
          value={passphrase}
          onChange={(event) => setPassphrase(event.currentTarget.value)}
          autoComplete="off"
          visibilityToggleButtonProps={{ 'aria-label': 'Show the passphrase' }}
          required
          w="100%"
        />
        <Group>
          <Button type="submit" loading={keep.isPending} disabled={passphrase === ''}>
            Keep it in this browser
          </Button>
          <FileButton
            onChange={(chosen) => (chosen === null ? undefined : take.mutate(chosen))}
            inputProps={{ 'aria-label': 'Passphrase, as a file' }}
          >
            {(props) => (
              <Button {...props} variant="default">
                Take the passphrase from a file
              </Button>
            )}
          </FileButton>
        </Group>
        {[keep.error, take.error].map((error) =>
          error === null ? null : <Failure key={error.message} error={error} title="Not opened" />,
        )}
      </Stack>
    </form>
  );
}

async function textOf(file: File): Promise<string> {
  if (file.size <= MAX_KEY_FILE_BYTES) return file.text();
  throw new CodedError('key.file-malformed', `${file.name} is too large: a sealed key takes under one kilobyte.`);
}
