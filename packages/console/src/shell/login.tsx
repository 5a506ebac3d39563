import { Anchor, Button, Code, Container, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ask } from '../api/ask.ts';
import { type Session, session } from '../api/queries.ts';
import { Failure } from '../parts/page.tsx';

/** The door: an operator's key becomes a session, and is not kept in the page. */
export function Login() {
  const [key, setKey] = useState('');
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
              Console of this network
            </Title>
            <Text>
              For those who run it. The key opens this page for eight hours; it revokes nobody and pays nobody, that
              takes the signatures of officers.
            </Text>
            <PasswordInput
              label="Operator's key"
              description={
                <>
                  It lies in the data folder: <Code>cat .holdfast/keys/admin</Code>
                </>
              }
              value={key}
              onChange={(event) => setKey(event.currentTarget.value)}
              autoComplete="current-password"
              visibilityToggleButtonProps={{ 'aria-label': 'Show the key' }}
              required
              data-autofocus
            />
            {login.error === null ? null : <Failure error={login.error} title="Not let in" />}
            <Button type="submit" loading={login.isPending}>
              Log in
            </Button>
            <Anchor href="/" size="sm">
              The page for everybody
            </Anchor>
          </Stack>
        </form>
      </Paper>
    </Container>
  );
}
