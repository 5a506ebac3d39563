import { Button, Divider, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { session } from '../api/queries.ts';
import { Failure } from '../parts/page.tsx';
import { logInAsOfficer } from './log-in.ts';
import { canSign, type OfficerKey } from './officer-key.ts';
import { useOfficer } from './use-officer.ts';

/** The door for officers: by the key that this browser keeps of them, where it keeps one. */
export function OfficerSeat() {
  const { key, officer, isKnown } = useOfficer();
  if (!canSign() || !isKnown || key === null) return null;
  return (
    <Stack gap="sm" component="section" aria-label="Officers">
      <Divider label="Officers" labelPosition="left" />
      {officer === undefined ? (
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
