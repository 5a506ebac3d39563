import { type ClaimRow, type OfferTerms, offerToList, type RowOutcome } from '@holdfast/core/lists';
import type { OffersAnswer } from '@holdfast/server/answers';
import { Alert, Button, Group, Paper, Progress, Stack, Text } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { ask } from '../api/ask.ts';
import { type Column, Listing } from '../parts/listing.tsx';
import { Failure } from '../parts/page.tsx';

type RunProps = {
  readonly tenant: string;
  readonly rows: readonly ClaimRow[];
  readonly terms: OfferTerms;
  readonly round: string;
};

/** Says to how many offers will be made, makes them, and shows how far it is and what became of each. */
export function ListRun({ tenant, rows, terms, round }: RunProps) {
  const { outcomes, isRunning, failure, start, stop } = useRun({ tenant, rows, terms, round });
  const done = outcomes.length;
  const left = rows.length - done;
  const people = left === 1 ? '1 person' : `${left.toLocaleString('en')} people`;
  return (
    <Stack>
      <Paper withBorder p="md">
        <Stack align="start">
          <Text>
            This makes offers; nobody has a credential before their wallet takes one up. Sent again, the same rows are
            the same offers.
          </Text>
          <Group>
            {isRunning ? (
              <Button variant="default" onClick={stop}>
                Stop here
              </Button>
            ) : (
              <Button onClick={start} disabled={left === 0}>
                {done === 0 ? `Make offers to ${people}` : `Go on with ${people}`}
              </Button>
            )}
          </Group>
          {done === 0 && !isRunning ? null : <Told outcomes={outcomes} all={rows.length} isRunning={isRunning} />}
        </Stack>
      </Paper>
      {failure === undefined ? null : (
        <Failure
          error={failure}
          title={`It stopped after ${done.toLocaleString('en')} of ${rows.length.toLocaleString('en')}`}
        />
      )}
      {done === 0 ? null : (
        <Listing name="Offers" rows={outcomes} columns={OUTCOMES} rowKey={({ row }) => `${row}`} empty="" />
      )}
    </Stack>
  );
}

function Told({
  outcomes,
  all,
  isRunning,
}: {
  readonly outcomes: readonly RowOutcome[];
  readonly all: number;
  readonly isRunning: boolean;
}) {
  const count = (state: RowOutcome['state']) => outcomes.filter((one) => one.state === state).length;
  const [made, before, refused] = [count('offered'), count('offered before'), count('refused')];
  const words = [
    `${made} offered`,
    ...(before > 0 ? [`${before} had their offer before`] : []),
    `${refused} refused`,
  ].join(', ');
  const isOver = !isRunning && outcomes.length === all;
  return (
    <Stack gap="xs" w="100%">
      <Progress
        value={(100 * outcomes.length) / Math.max(1, all)}
        aria-label="Rows done"
        transitionDuration={0}
        color={refused > 0 ? 'orange.8' : 'teal.8'}
      />
      <Text role="status">
        {outcomes.length.toLocaleString('en')} of {all.toLocaleString('en')}: {words}.
      </Text>
      {isOver ? (
        <Alert variant="outline" color={refused > 0 ? 'yellow' : 'teal'} title="Done">
          Save the links now: they are shown here and not kept in this browser. Dropping the file again shows them
          again.
        </Alert>
      ) : null}
    </Stack>
  );
}

function useRun({ tenant, rows, terms, round }: RunProps) {
  const [outcomes, setOutcomes] = useState<readonly RowOutcome[]>([]);
  const [failure, setFailure] = useState<unknown>();
  const [isRunning, setRunning] = useState(false);
  const control = useRef<AbortController>(undefined);
  useEffect(() => () => control.current?.abort(), []);
  useEffect(() => {
    if (!isRunning) return;
    // Whoever closes the page is asked first; nothing is lost if they do.
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', warn);
    return () => removeEventListener('beforeunload', warn);
  }, [isRunning]);
  const start = async () => {
    const stop = new AbortController();
    const { signal } = stop;
    control.current = stop;
    setRunning(true);
    setFailure(undefined);
    try {
      await offerToList(rows.slice(outcomes.length), {
        ...{ terms, round: round.trim(), signal },
        send: (body) => ask<OffersAnswer>(`/i/${encodeURIComponent(tenant)}/offers/batch`, 'POST', body),
        tell: (told) => setOutcomes((before) => [...before, ...told]),
        pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      });
    } catch (error) {
      setFailure(error);
    }
    setRunning(false);
  };
  return { outcomes, failure, isRunning, start: () => void start(), stop: () => control.current?.abort() };
}

const OUTCOMES: readonly Column<RowOutcome>[] = [
  { id: 'row', header: 'Row', value: ({ row }) => row, isNumber: true, width: 80 },
  { id: 'label', header: 'Label', value: ({ label }) => label },
  {
    id: 'state',
    header: 'It is',
    value: ({ state, detail }) => (detail === undefined ? state : `${state}: ${detail}`),
  },
  { id: 'link', header: 'Offer link', value: ({ offerUri }) => offerUri, cell: linkOf, width: 260 },
  { id: 'code', header: 'Code', value: ({ txCode, code }) => txCode ?? code },
  {
    id: 'page',
    header: 'Their own page',
    value: ({ me }) => (me === undefined ? undefined : `${location.origin}${me}`),
    width: 220,
    cell: pageOf,
  },
];

function linkOf({ offerUri }: RowOutcome) {
  return offerUri === undefined ? null : (
    <Text fz="xs" className="digest" lineClamp={1} title={offerUri}>
      {offerUri}
    </Text>
  );
}

function pageOf({ me }: RowOutcome) {
  return me === undefined ? null : (
    <a href={me} className="link" target="_blank" rel="noreferrer">
      its page
    </a>
  );
}
