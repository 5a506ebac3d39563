import { Button, Divider, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { session } from '../api/queries.ts';
import { Failure } from '../parts/page.tsx';
import { KeyFileForm } from './key-file-form.tsx';
import { logInAsOfficer } from './log-in.ts';
import { canSign, type OfficerKey } from './officer-key.ts';
import { useOfficer } from './use-officer.ts';

/** The door for officers: by the key that this browser keeps of them, or by one that they bring in a file. */
export function OfficerSeat() {
  const { network, key, officer, isKnown } = useOfficer();
  if (!canSign() || !isKnown || network === undefined) return null;
  return (
    <Stack gap="sm" component="section" aria-label="Officers">
      <Divider label="Officers" labelPosition="left" />
      {key === null ? (
        <ByFile network={network} />
      ) : officer === undefined ? (
        <Text size="sm">
          The officer’s key in this browser counts for nobody now: it is not enrolled, its officer has ended, or it was
          declared stolen. It opens nothing here.
        </Text>
      ) : (
        <LogInAs officer={officer.id} officerKey={key} />
      )}
    </Stack>
  );
}

/** Whoever has no key in this browser, and has one. */
function ByFile({ network }: { readonly network: string }) {
  const [isAsked, setAsked] = useState(false);
  if (isAsked) return <KeyFileForm network={network} />;
  return (
    <Button variant="default" onClick={() => setAsked(true)}>
      Use an officer’s key file
    </Button>
  );
}

function LogInAs({ officer, officerKey }: { readonly officer: string; readonly officerKey: OfficerKey }) {
  const client = useQueryClient();
  const login = useMutation({
    mutationFn: () => logInAsOfficer(officerKey),
    onSuccess: (answer) => client.setQueryData(session.queryKey, answer),
  });
  return (
    <>
      <Text size="sm">
        The key that you sign with opens this page too. Nothing else is needed, and nothing is sent but a signature.
      </Text>
      <Button onClick={() => login.mutate()} loading={login.isPending} variant="default">
        Log in as {officer}
      </Button>
      {login.error === null ? null : <Failure error={login.error} title="Not let in" />}
    </>
  );
}
