import type { DecisionTrace } from '@holdfast/server/answers';
import { Text, Timeline } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { traceDecision } from '../api/queries.ts';
import { Asked, Page } from '../parts/page.tsx';
import { dateOf } from '../parts/time-words.ts';

/** One decision: its six stamps, and the lag of each verifier behind the log. */
export function OneLifePage() {
  const { entry = '' } = useParams({ strict: false }) as { readonly entry?: string };
  const query = useQuery(traceDecision(entry));
  return (
    <Page
      title={`Decision #${entry}`}
      lead={
        query.data === undefined ? undefined : `${query.data.power} (${query.data.class}), ${query.data.count} in all.`
      }
    >
      <Asked query={query}>{(life) => <Stamps life={life} />}</Asked>
    </Page>
  );
}

export function Stamps({ life }: { readonly life: DecisionTrace }) {
  const stamps = stampsOf(life);
  const done = stamps.filter(({ at }) => at !== undefined).length;
  return (
    <Timeline active={done - 1} bulletSize={18} lineWidth={2} color="teal">
      {stamps.map(({ name, at, after, missing }) => (
        <Timeline.Item key={name} title={name}>
          <Text size="sm">{at === undefined ? missing : `${dateOf(at)}${after}`}</Text>
        </Timeline.Item>
      ))}
    </Timeline>
  );
}

type Stamp = {
  readonly name: string;
  readonly at: number | undefined;
  readonly after: string;
  readonly missing: string;
};

/** What happened comes first, in its order; what nobody here saw stands at the end. */
function stampsOf({ received, authorised, logged, cosigned, published, effects }: DecisionTrace): readonly Stamp[] {
  const missing = 'not seen here: no witness is named, or nobody looked when it happened';
  const behind = (at: number | undefined) => (at === undefined ? '' : `, ${Math.max(0, at - logged)} ms after the log`);
  const stamps: readonly Stamp[] = [
    { name: 'Received', at: received, after: '', missing },
    { name: 'Authorised', at: authorised, after: `, ${authorised - received} ms for signatures`, missing },
    { name: 'Logged', at: logged, after: `, ${logged - authorised} ms later: from here on it counts`, missing },
    { name: 'Cosigned', at: cosigned, after: behind(cosigned), missing },
    {
      name: 'Published',
      at: published,
      after: behind(published),
      missing: 'not seen here: no list token changed, or nobody looked',
    },
    ...effects.map(({ verifier, at }) => ({ name: `Read by ${verifier}`, at, after: behind(at), missing })),
  ];
  return [...stamps].sort((a, b) => (a.at ?? Number.POSITIVE_INFINITY) - (b.at ?? Number.POSITIVE_INFINITY));
}
