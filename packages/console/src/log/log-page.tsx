import { describeEach, type EntryLine, type Rulebook } from '@holdfast/core';
import { Alert, Button, Code, Group, NumberInput, Paper, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { ask, askText } from '../api/ask.ts';
import { rulebook } from '../api/queries.ts';
import { Asked, Failure, Page } from '../parts/page.tsx';
import { dateOf } from '../parts/time-words.ts';
import { checkEntry } from './check-entry.ts';

type LogEntries = { readonly size: number; readonly entries: readonly LogEntry[] };
type LogEntry = { readonly index: number; readonly jws: string; readonly payload?: object };

/** Asked for at once; the server gives 256. */
const PAGE_ENTRIES = 200;
/** Beyond those shown, for the epoch that says from when the last of them counts. */
const AHEAD = 32;

/** The log, entry by entry, newest first; and that an entry is in it, proved in this browser. */
export function LogPage() {
  const { entry } = useSearch({ strict: false }) as { readonly entry?: number };
  const [hasEpochs, setEpochs] = useState(false);
  const [filter, setFilter] = useState('');
  const [upTo, setUpTo] = useState<number | undefined>(entry === undefined ? undefined : entry + 1);
  const rules = useQuery(rulebook).data?.rulebook;
  const size = useQuery({
    queryKey: ['live', 'log size'],
    queryFn: () => ask<LogEntries>('/log/entries?from=0&to=1'),
  });
  const all = size.data?.size ?? 0;
  const to = Math.min(upTo ?? all, all);
  const from = Math.max(0, to - PAGE_ENTRIES);
  const until = Math.min(all, to + AHEAD);
  const entries = useQuery({
    queryKey: ['log', from, until],
    queryFn: () => ask<LogEntries>(`/log/entries?from=${from}&to=${until}`),
    enabled: to > 0,
    // What stands in the log stays as it is.
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (before) => before,
  });
  const isShown = ({ last, words, kind, time }: EntryLine) =>
    last < to &&
    (last === entry || ((hasEpochs || kind !== 'epoch') && isAbout(filter, [`#${last}`, words, kind, whenOf(time)])));
  return (
    <Page
      title="Log"
      lead="Everything that ever happened here, in the order in which it counts. Nobody can change it unseen."
    >
      <Asked query={size}>
        {() => (
          <Group align="end">
            <NumberInput
              label="Go to entry"
              min={0}
              max={all - 1}
              placeholder={String(to - 1)}
              onChange={(value) => (value === '' ? undefined : setUpTo(Number(value) + 1))}
              w={120}
            />
            <TextInput
              label="Filter these"
              placeholder="any word"
              value={filter}
              onChange={(event) => setFilter(event.currentTarget.value)}
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
        {({ entries: read }) => {
          const first = read[0]?.index ?? 0;
          const lines = describeEach(
            first,
            read.map(({ jws }) => jws),
            rules,
          );
          const shown = lines.filter(isShown);
          return shown.length === 0 ? (
            <Text c="dimmed">
              {filter === '' ? 'Of these, none but epochs: nothing was decided, issued or filed.' : 'None of these.'}
            </Text>
          ) : (
            <Stack gap="xs" component="ol" p={0} m={0} style={{ listStyle: 'none' }}>
              {shown.map((line) => (
                <li key={line.last}>
                  <Entry line={line} entry={read[line.last - first]} isOpen={line.last === entry} rules={rules} />
                </li>
              ))}
            </Stack>
          );
        }}
      </Asked>
    </Page>
  );
}

function isAbout(filter: string, said: readonly string[]): boolean {
  const text = said.join(' ').toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** An entry counts from the time of the epoch after it; until there is one it is only on its way. */
function whenOf(time: number | undefined): string {
  return time === undefined ? 'not yet' : dateOf(time);
}

type EntryProps = {
  readonly line: EntryLine;
  readonly entry: LogEntry | undefined;
  readonly isOpen: boolean;
  readonly rules: Rulebook | undefined;
};

function Entry({ line: { last: index, words, time }, entry, isOpen, rules }: EntryProps) {
  const [isShown, setShown] = useState(isOpen);
  const prove = useMutation({
    mutationFn: async () => {
      const proof = await askText(`/log/proof?index=${index}`);
      const witnesses = (rules?.witnesses?.members ?? []).map(({ vkey }) => vkey);
      return checkEntry(proof, entry?.jws ?? '', index, { vkey: rules?.log.vkey ?? '', witnesses });
    },
  });
  return (
    <Paper withBorder p="sm">
      <Group justify="space-between" wrap="nowrap" align="start">
        <div style={{ minWidth: 0 }}>
          <Text className="wide-text">
            <strong>#{index}</strong> {words}
          </Text>
          <Text size="sm" c="dimmed">
            {whenOf(time)}
          </Text>
        </div>
        <Group gap="xs" wrap="nowrap">
          <Button
            size="compact-sm"
            variant="default"
            aria-expanded={isShown}
            aria-label={`${isShown ? 'Hide' : 'Show'} entry ${index}`}
            onClick={() => setShown(!isShown)}
          >
            {isShown ? 'Hide' : 'Show'}
          </Button>
          <Button
            size="compact-sm"
            variant="default"
            aria-label={`Prove entry ${index}`}
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
          {JSON.stringify(entry?.payload ?? entry?.jws, null, 2)}
        </Code>
      ) : null}
    </Paper>
  );
}
