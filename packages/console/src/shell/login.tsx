import { CodedError } from '@holdfast/core/errors';
import { Anchor, Button, Code, Container, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, lazy, Suspense, useState } from 'react';
import { ask } from '../api/ask.ts';
import { type Session, session } from '../api/queries.ts';
import { Failure } from '../parts/page.tsx';

/** Comes after the door is there: most who stand before it have a key to type. */
const OfficerSeat = lazy(() =>
  import('../officer/officer-seat.tsx').then(
    ({ OfficerSeat }) => ({ default: OfficerSeat }),
    () => ({ default: () => null }),
  ),
);

/** The door: an operator's key becomes a session, and is not kept in the page. */
export function Login({ who: { oidc, roles } }: { readonly who: Session }) {
  const [key, setKey] = useState('');
  const [told] = useState(whyNot);
  const client = useQueryClient();
  const login = useMutation({
    mutationFn: () => ask<Session>('/console-session', 'POST', { key }),
    onSuccess: (answer) => {
      setKey('');
      client.setQueryData(session.queryKey, answer);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    login.mutate();
  };
  return (
    <Container component="main" size="xs" py="xl">
      <Paper withBorder p="lg">
        <form onSubmit={submit}>
          <Stack>
            <Title order={1} size="h2">
              {roles === undefined ? 'Console of this network' : `Console of ${roles.join(', ')}`}
            </Title>
            <Text>
              For those who run it. Your key opens this page for eight hours; it revokes nobody and pays nobody, that
              takes the signatures of officers.
            </Text>
            <PasswordInput
              label="Operator's key"
              description={
                <>
                  Your own, from <Code>npx holdfast keys add</Code>, or that of the data folder:{' '}
                  <Code>cat .holdfast/keys/admin</Code>
                </>
              }
              value={key}
              onChange={(event) => setKey(event.currentTarget.value)}
              autoComplete="current-password"
              visibilityToggleButtonProps={{ 'aria-label': 'Show the key' }}
              required
              data-autofocus
            />
            {told === undefined || login.error !== null ? null : <Failure error={told} title="Not let in" />}
            {login.error === null ? null : <Failure error={login.error} title="Not let in" />}
            <Button type="submit" loading={login.isPending}>
              Log in
            </Button>
            {oidc === undefined ? null : (
              <Button component="a" href="/console-session/oidc" variant="default">
                Log in with {oidc}
              </Button>
            )}
          </Stack>
        </form>
        <Stack mt="md">
          {roles === undefined || roles.includes('governor') ? (
            <Suspense fallback={null}>
              <OfficerSeat />
            </Suspense>
          ) : null}
          {roles === undefined ? (
            <Anchor href="/" size="sm">
              The page for everybody
            </Anchor>
          ) : null}
        </Stack>
      </Paper>
    </Container>
  );
}

/** Why a log-in at the provider came to nothing: the server says it by a code when it sends the browser back here. */
function whyNot(): CodedError | undefined {
  const code = new URLSearchParams(location.search).get('login');
  if (code === null) return undefined;
  const words: Readonly<Record<string, string>> = {
    'console.no-role': 'You are known there, but nobody has said what you may do here. Ask an admin of this network.',
    'console.too-many': 'Too many tries came from here. Wait some seconds.',
  };
  return new CodedError(code, words[code] ?? 'Logging in there did not work. Begin again.');
}
