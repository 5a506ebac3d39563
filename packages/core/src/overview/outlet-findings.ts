import type { OutletFact, OverviewFacts } from './facts.ts';
import type { FoundWrong } from './finding.ts';

/** What processes hand on to others that nobody waits for: one finding for each neighbour, whoever has missed it. */
export function outletFindings({ outlets }: Pick<OverviewFacts, 'outlets'>): FoundWrong[] {
  return [...channelAway(of(outlets, 'channel')), ...telemetryAway(of(outlets, 'telemetry'))];
}

function of(outlets: readonly OutletFact[], outlet: OutletFact['outlet']): readonly OutletFact[] {
  return outlets.filter((one) => one.outlet === outlet);
}

function whoAndSince(missed: readonly OutletFact[]) {
  const who = [...new Set(missed.map(({ part }) => part))].join(', ');
  return { who, since: Math.min(...missed.map(({ since }) => since)) };
}

function channelAway(missed: readonly OutletFact[]): FoundWrong[] {
  if (missed.length === 0) return [];
  const { who, since } = whoAndSince(missed);
  return [
    {
      code: 'feed.channel-away',
      what: `NATS has handed on no epochs (missed by ${who})`,
      part: 'nats',
      since,
      affected: 'nothing is lost: they are read over HTTP, and the network serves every follower itself',
      owner: 'whoever runs NATS',
      resolves: 'by itself within a minute of its answering again',
      // Any NATS server says who it is to whoever connects.
      command: 'curl --max-time 3 "telnet://$(basename "$HOLDFAST_FEED")"',
    },
  ];
}

function telemetryAway(missed: readonly OutletFact[]): FoundWrong[] {
  if (missed.length === 0) return [];
  const { who, since } = whoAndSince(missed);
  return [
    {
      code: 'telemetry.away',
      what: `The OTLP receiver has not taken what it was sent (by ${who})`,
      part: 'otlp',
      since,
      affected: 'traces and records of this time are lost; lines and /metrics say the same',
      owner: 'whoever runs the OTLP receiver',
      resolves: 'by itself when it takes what is sent',
      command: 'curl -i "$HOLDFAST_OTLP/v1/traces"',
    },
  ];
}
