import { isCodedError } from '@holdfast/core/errors';
import { Alert, Group, Loader, Stack, Text, Title } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { type ReactNode, useEffect, useRef } from 'react';

/** One page: its heading gets the focus when it is opened, so that who cannot see knows where they are. */
export function Page({
  title,
  lead,
  actions,
  children,
}: {
  readonly title: string;
  readonly lead?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Holdfast`;
  }, [title]);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="start">
        <div>
          <Title order={1} size="h2" ref={heading} tabIndex={-1} data-heading>
            {title}
          </Title>
          {lead === undefined ? null : (
            <Text c="dimmed" maw="46rem" component="div">
              {lead}
            </Text>
          )}
        </div>
        {actions}
      </Group>
      {children}
    </Stack>
  );
}

/** What was asked for, or in words that it is not there yet or why not. */
export function Asked<T>({
  query,
  children,
}: {
  readonly query: UseQueryResult<T>;
  readonly children: (answer: T) => ReactNode;
}) {
  const { data, error } = query;
  if (data !== undefined) {
    return (
      <>
        {error === null ? null : <Failure error={error} title="This is from before" />}
        {children(data)}
      </>
    );
  }
  if (error !== null) return <Failure error={error} />;
  return (
    <Group role="status">
      <Loader size="sm" aria-hidden="true" />
      <Text c="dimmed">Reading…</Text>
    </Group>
  );
}

/** Why something did not happen, with the code under which it is described. */
export function Failure({ error, title = 'That did not work' }: { readonly error: unknown; readonly title?: string }) {
  const words = error instanceof Error ? error.message : String(error);
  return (
    <Alert color="red" variant="outline" role="alert" title={title}>
      <Text>{words}</Text>
      {isCodedError(error) ? (
        <Text size="sm" c="dimmed">
          {error.code}
        </Text>
      ) : null}
    </Alert>
  );
}

export function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const id = `section-${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;
  return (
    <Stack component="section" aria-labelledby={id} gap="sm">
      <Title order={2} size="h4" id={id}>
        {title}
      </Title>
      {children}
    </Stack>
  );
}
