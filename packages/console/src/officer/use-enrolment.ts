import { PARTY_POWERS } from '@holdfast/core';
import type { Proposal } from '@holdfast/server/answers';
import { useQueries, useQuery } from '@tanstack/react-query';
import { decisions, openings } from '../api/queries.ts';
import type { OfficerKey } from './officer-key.ts';

/** More open decisions about parties than these are not looked through. */
const MAX_OPENED = 20;

/** The open decision that would make this key an officer's, whoever proposed it, on this page or another. */
export function useEnrolment({ publicJwk }: OfficerKey): Proposal | undefined {
  const powers: readonly string[] = PARTY_POWERS;
  const open = (useQuery(decisions).data?.decisions ?? [])
    .filter(({ state, power }) => state === 'collecting' && powers.includes(power))
    .slice(0, MAX_OPENED);
  const found = useQueries({ queries: open.map(({ id }) => openings(id)) }).findIndex(({ data }) =>
    data?.openings.party?.keys.some(({ key }) => JSON.stringify(key).includes(publicJwk.x)),
  );
  return open[found];
}
