import { Alert, Button, Code, Group, NumberInput, Paper, Stack, Switch, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { ask, askText } from '../api/ask.ts';
import { rulebook } from '../api/queries.ts';
import { Asked, Failure, Page } from '../parts/page.tsx';
import { checkEntry } from './check-entry.ts';
import { type LogEntries, wordsOfEntry } from './entry-words.ts';

const PAGE_ENTRIES = 100;

/** The log, entry by entry, newest first; and that an entry is in it, proved in this browser. */
export function LogPage() {
  const { entry } = useSearch({ strict: false }) as { readonly entry?: number };
  const [hasEpochs, setEpochs] = useState(false);
  const [upTo, setUpTo] = useState<number | undefined>(entry === undefined ? undefined : entry + 1);
  const size = useQuery({
    queryKey: ['live', 'log size'],
    queryFn: () => ask<LogEntries>('/log/entries?from=0&to=1'),
  });
  const to = Math.min(upTo ?? Number.MAX_SAFE_INTEGER, size.data?.size ?? 0);
  const from = Math.max(0, to - PAGE_ENTRIES);
  const entries = useQuery({
    queryKey: ['log', from, to],
    queryFn: () => ask<LogEntries>(`/log/entries?from=${from}&to=${to}`),
    enabled: to > 0,
    // What stands in the log stays as it is.
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (before) => before,
  });
  return (
    <Page
      title="Log"
      lead="Everything that ever happened here, in the order in which it counts. Nobody can change it unseen."
    >
      <Asked query={size}>
        {({ size: all }) => (
          <Group align="end">
            <NumberInput
              label="Go to entry"
              min={0}
              max={all - 1}
              placeholder={String(to - 1)}
              onChange={(value) => (value === '' ? undefined : setUpTo(Number(value) + 1))}
            />
            <Button variant="default" disabled={from === 0} onClick={() => setUpTo(from)}>
              Older
            </Button>
            <Button variant="default" disabled={to >= all} onClick={() => setUpTo(Math.min(all, to + PAGE_ENTRIES))}>
              Newer
            </Button>
            <Button variant="default" disabled={upTo === undefined} onClick={() => setUpTo(undefined)}>
              Newest
            </Button>
            <Switch
              label="Epochs as well"
              checked={hasEpochs}
              onChange={(event) => setEpochs(event.currentTarget.checked)}
              mb={8}
            />
            <Text c="dimmed" role="status" mb={4}>
              {from} to {to - 1} of {all} entries
            </Text>
          </Group>
        )}
      </Asked>
      <Asked query={entries}>
        {({ entries: shown }) => (
          <Stack gap="xs" component="ol" p={0} m={0} style={{ listStyle: 'none' }}>
            {hasEpochs || shown.some(isTelling) ? null : (
              <li>
                <Text c="dimmed">Of these, none but epochs: nothing was decided, issued or filed.</Text>
              </li>
            )}
            {[...shown]
              .reverse()
              .filter((one) => hasEpochs || isTelling(one) || one.index === entry)
              .map((one) => (
                <li key={one.index}>
                  <Entry entry={one} isOpen={one.index === entry} />
                </li>
              ))}
          </Stack>
        )}
      </Asked>
    </Page>
  );
}

/** An epoch says that nothing else has to be waited for; most entries are one. */
function isTelling({ payload }: LogEntries['entries'][number]): boolean {
  return payload?.type !== 'epoch';
}

function Entry({ entry, isOpen }: { readonly entry: LogEntries['entries'][number]; readonly isOpen: boolean }) {
  const [isShown, setShown] = useState(isOpen);
  const rules = useQuery(rulebook).data?.rulebook;
  const prove = useMutation({
    mutationFn: async () => {
      const proof = await askText(`/log/proof?index=${entry.index}`);
      const witnesses = (rules?.witnesses?.members ?? []).map(({ vkey }) => vkey);
      return checkEntry(proof, entry.jws, entry.index, { vkey: rules?.log.vkey ?? '', witnesses });
    },
  });
  return (
    <Paper withBorder p="sm">
      <Group justify="space-between" wrap="nowrap" align="start">
        <Text style={{ minWidth: 0 }}>
          <strong>#{entry.index}</strong> {wordsOfEntry(entry)}
        </Text>
        <Group gap="xs" wrap="nowrap">
          <Button
            size="compact-sm"
            variant="default"
            aria-expanded={isShown}
            aria-label={`${isShown ? 'Hide' : 'Show'} entry ${entry.index}`}
            onClick={() => setShown(!isShown)}
          >
            {isShown ? 'Hide' : 'Show'}
          </Button>
          <Button
            size="compact-sm"
            variant="default"
            aria-label={`Prove entry ${entry.index}`}
            loading={prove.isPending}
            onClick={() => prove.mutate()}
            disabled={rules === undefined}
          >
            Prove
          </Button>
        </Group>
      </Group>
      {prove.data === undefined ? null : (
        <Alert
          mt="xs"
          variant="outline"
          color={prove.data.isSigned && prove.data.isIncluded ? 'teal' : 'red'}
          role="status"
          title={prove.data.isSigned && prove.data.isIncluded ? 'Proved in this browser' : 'NOT proved'}
        >
          {prove.data.isIncluded ? 'It is in the tree' : 'It is not in the tree'} of {prove.data.size} entries that{' '}
          {prove.data.isSigned ? 'the log has signed' : 'somebody else signed'}
          {prove.data.cosignatures === 0
            ? '; this network has no witness for it'
            : `, seen by ${prove.data.cosignatures} witnesses`}
          .
        </Alert>
      )}
      {prove.error === null ? null : <Failure error={prove.error} title="Not proved" />}
      {isShown ? (
        <Code block mt="xs" className="wide-text">
          {JSON.stringify(entry.payload ?? entry.jws, null, 2)}
        </Code>
      ) : null}
    </Paper>
  );
}
