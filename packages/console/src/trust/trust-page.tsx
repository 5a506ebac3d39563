import type { MatrixRow } from '@holdfast/core';
import { Badge } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { trust } from '../api/queries.ts';
import { type Column, Listing } from '../parts/listing.tsx';
import { Asked, Page } from '../parts/page.tsx';
import { dateOf } from '../parts/time-words.ts';
import { IssuerRecords } from './issuer-records.tsx';

/** Who accepts whom, computed from the log by the code that verdicts are judged by. */
export function TrustPage() {
  const query = useQuery(trust);
  return (
    <Page
      title="Trust"
      lead="Whose credentials the first verifier here accepts, and why not. It says nothing of a single credential."
    >
      <Asked query={query}>
        {({ rows, omitted }) => (
          <>
            <Listing
              name="Who accepts whom"
              rows={rows}
              columns={COLUMNS}
              rowKey={({ network, issuer, type, as }) => [network, issuer, type, as].join(' ')}
              empty={omitted > 0 ? `${omitted} rows were left out.` : 'Nobody is accredited.'}
            />
            <IssuerRecords />
          </>
        )}
      </Asked>
    </Page>
  );
}

const COLUMNS: readonly Column<MatrixRow>[] = [
  { id: 'issuer', header: 'Issuer', value: ({ name, issuer }) => name ?? issuer },
  { id: 'type', header: 'Type', value: ({ type, as }) => (as === undefined ? type : `${type}, counted as ${as}`) },
  {
    id: 'accepted',
    header: 'Accepted',
    value: ({ acceptances }) =>
      acceptances.map(({ verifier, accepted }) => `${verifier}: ${accepted ? 'yes' : 'no'}`).join(', '),
    cell: ({ acceptances }) =>
      acceptances.map(({ verifier, profile, accepted, why }) => (
        <Badge
          key={`${verifier} ${profile ?? ''}`}
          variant="outline"
          color={accepted ? 'teal' : 'red'}
          c="var(--mantine-color-text)"
          tt="none"
        >
          {verifier}: {accepted ? 'yes' : `no, ${why ?? '?'}`}
        </Badge>
      )),
  },
  { id: 'assurance', header: 'Counts for', value: ({ acceptances }) => acceptances[0]?.assurance },
  {
    id: 'until',
    header: 'Ends',
    value: ({ acceptances }) => {
      const until = acceptances[0]?.until;
      return until === undefined ? undefined : dateOf(until);
    },
  },
];
