import type { ProgramAnswer } from '@holdfast/server/answers';
import { AreaChart } from '@mantine/charts';
import { List, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { load } from '../api/queries.ts';
import { Section } from '../parts/page.tsx';
import { awayOf, dateOf, durationOf } from '../parts/time-words.ts';
import { useNow } from '../parts/use-now.ts';
import { expectedBy, slotBars } from './intake-pace.ts';

/** When people are expected, how many have come, and how fast they are looked at. */
export function IntakePanel({ answer }: { readonly answer: ProgramAnswer }) {
  return (
    <Stack gap="xl">
      <Live answer={answer} />
      <Slots answer={answer} />
    </Stack>
  );
}

function Live({ answer }: { readonly answer: ProgramAnswer }) {
  const { applications, program: body, slots } = answer;
  const now = useNow(2000);
  const [first] = useState({ at: Date.now(), all: applications.all });
  const backlog = useQuery(load).data?.backlogs.find(({ program }) => program === body.id);
  const intakeBy = body.window.closesAt + body.intakeWithinMs;
  return (
    <Section title="Intake">
      <List spacing={4}>
        <List.Item>
          {applications.all.toLocaleString('en')} of at most {body.maxApplications.toLocaleString('en')} applications
          are accepted, each with a signed acknowledgement
          {slots === undefined
            ? ''
            : `; if all came that may, ${expectedBy({ slots, maxApplications: body.maxApplications }, now).toLocaleString('en')} were expected by now`}
          .
        </List.Item>
        <List.Item>
          {(applications.all - first.all).toLocaleString('en')} came in the {durationOf(now - first.at)} that this page
          is open.
        </List.Item>
        <List.Item>{wordsOfBacklog(applications.unjudged, answer, backlog)}</List.Item>
        <List.Item>
          {answer.entries.intake === undefined
            ? `All of them stand in the log by ${dateOf(intakeBy)}, ${awayOf(intakeBy, now)}, or each can prove the fault.`
            : `All of them stand in the log, by entry #${answer.entries.intake}.`}
        </List.Item>
      </List>
    </Section>
  );
}

function wordsOfBacklog(
  unjudged: number,
  { phase }: ProgramAnswer,
  backlog: { readonly waiting: number; readonly perSecond?: number; readonly clearsInMs?: number } | undefined,
): string {
  const waiting = backlog?.waiting ?? unjudged;
  if (waiting === 0) return 'Nobody waits to be looked at.';
  if (backlog?.perSecond === undefined || backlog.clearsInMs === undefined) {
    const when = phase === 'open' ? ' They are judged together, after the window.' : '';
    return `${waiting.toLocaleString('en')} wait to be looked at.${when}`;
  }
  const pace = backlog.perSecond >= 1 ? backlog.perSecond.toFixed(0) : backlog.perSecond.toFixed(2);
  return `${waiting.toLocaleString('en')} wait to be looked at, ${pace} a second: clear in ${durationOf(backlog.clearsInMs)}.`;
}

function Slots({ answer: { slots, applications, program: body } }: { readonly answer: ProgramAnswer }) {
  const now = useNow(10_000);
  if (slots === undefined) {
    return (
      <Section title="Window">
        <Text>Who comes first is served first, so nobody has a time of their own: expect everybody at once.</Text>
      </Section>
    );
  }
  const expecting = { slots, maxApplications: body.maxApplications };
  const bars = slotBars(expecting, body.window.closesAt);
  const here = bars.findLast(({ at }) => at <= now)?.name;
  return (
    <Section title="Window">
      <Text maw="46rem">
        {slots.count.toLocaleString('en')} slot{slots.count === 1 ? '' : 's'} of {durationOf(slots.everyMs)}, from{' '}
        {dateOf(slots.from)} to {dateOf(slots.until)}, about {slots.each.toLocaleString('en')} people each. Each wallet
        computes its own; nobody is refused for coming at another time, and coming early changes nothing.
      </Text>
      <div role="img" aria-label={`Expected by now ${expectedBy(expecting, now)}, come ${applications.all}`}>
        <AreaChart
          h={240}
          data={[...bars]}
          dataKey="name"
          series={[{ name: 'expected', label: 'expected', color: 'teal.7' }]}
          withLegend={false}
          withDots={false}
          curveType="linear"
          fillOpacity={0.2}
          areaProps={{ isAnimationActive: false }}
          areaChartProps={{ accessibilityLayer: false }}
          yAxisProps={{ allowDecimals: false }}
          referenceLines={[
            ...(here === undefined ? [] : [{ x: here, label: 'now', color: 'gray.6' }]),
            { y: applications.all, label: `come: ${applications.all}`, color: 'red.7' },
          ]}
        />
      </div>
    </Section>
  );
}
