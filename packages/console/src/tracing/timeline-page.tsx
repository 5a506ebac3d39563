import type { TraceEvent } from '@holdfast/server/answers';
import { Button, Code, Group, NativeSelect, Stack, Text, TextInput, Timeline } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { parties, traceCredential } from '../api/queries.ts';
import { Asked, Page, Section } from '../parts/page.tsx';
import { dateOf } from '../parts/time-words.ts';
import { Stamps } from './one-life-page.tsx';

/** The life of one credential, as the party whose handle it is may know it. */
export function TimelinePage() {
  const verifiers = (useQuery(parties).data?.parties ?? [])
    .filter(({ kind }) => kind === 'verifier')
    .map(({ id }) => id);
  const [by, setBy] = useState('civic');
  const [handle, setHandle] = useState('');
  const [asked, setAsked] = useState<{ readonly by: string; readonly handle: string }>();
  const isVerifier = verifiers.includes(by);
  return (
    <Page
      title="Timeline"
      lead={
        <>
          Each party follows a credential by its own handle: a verifier by the id of a verdict, the issuer by the label
          that it gave. Nobody else's is joined to it here; <Code>npx holdfast trace FILE</Code> does that for whoever
          holds the credential.
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setAsked({ by, handle: handle.trim() });
        }}
      >
        <Group align="end">
          <NativeSelect
            label="Whose handle"
            value={by}
            onChange={(event) => setBy(event.currentTarget.value)}
            data={['civic', ...verifiers]}
          />
          <TextInput
            label={isVerifier ? 'Id of a verdict' : 'Label'}
            value={handle}
            onChange={(event) => setHandle(event.currentTarget.value)}
            required
          />
          <Button type="submit" disabled={handle.trim() === ''}>
            Follow it
          </Button>
        </Group>
      </form>
      {asked === undefined ? null : <Found {...asked} isVerifier={verifiers.includes(asked.by)} />}
    </Page>
  );
}

function Found({
  by,
  handle,
  isVerifier,
}: {
  readonly by: string;
  readonly handle: string;
  readonly isVerifier: boolean;
}) {
  const query = useQuery(
    traceCredential(isVerifier ? { verifier: by, verdict: handle } : { issuer: by, label: handle }),
  );
  return (
    <Asked query={query}>
      {({ events, decisions }) =>
        events.length === 0 ? (
          <Text role="status">Nothing is known by this handle.</Text>
        ) : (
          <Stack gap="lg">
            <Section title="What happened">
              <Timeline active={events.length - 1} bulletSize={18} lineWidth={2} color="teal">
                {events.map((event) => (
                  <Timeline.Item
                    key={`${event.at} ${event.what} ${event.verdict ?? event.entry ?? ''}`}
                    title={titleOf(event)}
                  >
                    <Text size="sm">{dateOf(event.at)}</Text>
                    <Text size="sm" c="dimmed" className="digest">
                      {detailOf(event)}
                    </Text>
                  </Timeline.Item>
                ))}
              </Timeline>
            </Section>
            {decisions.map((life) => (
              <Section key={life.entry} title={`How decision #${life.entry} took effect`}>
                <Stamps life={life} />
              </Section>
            ))}
          </Stack>
        )
      }
    </Asked>
  );
}

function titleOf({ what, by, outcome, power }: TraceEvent): string {
  switch (what) {
    case 'issued':
      return `Issued by ${by}`;
    case 'presented':
      return `Shown to ${by}: ${outcome}`;
    case 'decided':
      return `Officers decided: ${power ?? ''}`;
    case 'first-effect':
      return `Takes effect at ${by}: ${outcome}`;
    case 'changed':
      return `Changed by ${by}`;
    default:
      return what satisfies never;
  }
}

function detailOf({ entry, class: reason, seenUpTo, verdict }: TraceEvent): string {
  const parts = [
    entry === undefined ? undefined : `entry #${entry}`,
    reason,
    seenUpTo === undefined ? undefined : `seen up to #${seenUpTo}`,
    verdict === undefined ? undefined : `verdict ${verdict}`,
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}
