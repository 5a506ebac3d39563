import type { IssuerRecord } from '@holdfast/core';
import { Anchor, Text } from '@mantine/core';
import { useQueries, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { issuerRecord, parties } from '../api/queries.ts';
import { type Column, Listing } from '../parts/listing.tsx';
import { Section } from '../parts/page.tsx';
import { dateOf, durationOf } from '../parts/time-words.ts';
import { usePart } from '../parts/use-part.ts';

/** Issuers whose records are asked for at once; the others have theirs at `holdfast trust record`. */
const MAX_RECORDS = 100;

/** How issuers have done, computed from the log: the same for everybody who has read as far. */
export function IssuerRecords() {
  const isHere = usePart('network');
  const { data } = useQuery({ ...parties, enabled: usePart('governor') });
  const ids = (data?.parties ?? []).filter(({ kind }) => kind === 'issuer').map(({ id }) => id);
  const records = useQueries({ queries: (isHere ? ids.slice(0, MAX_RECORDS) : []).map(issuerRecord) });
  const rows = records.flatMap(({ data: record }) => record ?? []);
  if (!isHere) return null;
  return (
    <Section title="Issuers’ records">
      <Text c="dimmed" maw="46rem">
        Computed from the log, the same for everybody who has read as far. How many credentials an issuer has given out
        is not public.
      </Text>
      <Listing
        name="Issuers’ records"
        rows={rows}
        columns={COLUMNS}
        rowKey={({ issuer }) => issuer}
        empty="No issuer has a record here."
      />
      {ids.length > MAX_RECORDS ? <Text c="dimmed">The first {MAX_RECORDS} are shown.</Text> : null}
    </Section>
  );
}

/** From the officers' receipt of it to effect, the longest and the mean of all revocations; undefined where there was none. */
export function promptnessOf({
  promptness,
}: IssuerRecord): { readonly meanMs: number; readonly slowestMs: number } | undefined {
  const revoked = promptness.reduce((sum, one) => sum + one.revoked, 0);
  if (revoked === 0) return undefined;
  const mean = promptness.reduce((sum, one) => sum + one.revoked * (one.mean.toAuthorisedMs + one.mean.toEffectMs), 0);
  const slowest = promptness.map(({ slowest: at }) => at.toAuthorisedMs + at.toEffectMs);
  return { meanMs: mean / revoked, slowestMs: Math.max(...slowest) };
}

const COLUMNS: readonly Column<IssuerRecord>[] = [
  {
    id: 'issuer',
    header: 'Issuer',
    value: ({ name, issuer }) => name ?? issuer,
    cell: ({ name, issuer }) => (
      <Anchor component={Link} to={`/trust/${encodeURIComponent(issuer)}`} fz="inherit">
        {name ?? issuer}
      </Anchor>
    ),
  },
  {
    id: 'since',
    header: 'Accredited since',
    value: ({ accreditedSince }) => (accreditedSince === undefined ? undefined : dateOf(accreditedSince)),
  },
  { id: 'revoked', header: 'Revoked now', value: ({ now }) => now.revoked, isNumber: true },
  { id: 'suspended', header: 'Suspended now', value: ({ now }) => now.suspended, isNumber: true },
  { id: 'late', header: 'Revoked too late', value: ({ missedDeadlines }) => missedDeadlines, isNumber: true },
  {
    id: 'mean',
    header: 'To effect, in the mean',
    value: (record) => {
      const prompt = promptnessOf(record);
      return prompt === undefined ? undefined : durationOf(prompt.meanMs);
    },
  },
  { id: 'stolen', header: 'Lists of stolen keys', value: ({ compromisedLists }) => compromisedLists, isNumber: true },
  {
    id: 'probation',
    header: 'On probation',
    value: ({ onProbation }) => onProbation.map(({ type, until }) => `${type}, until ${dateOf(until)}`).join('; '),
  },
];
