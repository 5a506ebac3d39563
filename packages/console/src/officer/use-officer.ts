import type { Party } from '@holdfast/core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { parties, rulebook } from '../api/queries.ts';
import { type OfficerKey, officerWith, readOfficerKey } from './officer-key.ts';

export const officerKey = (network: string) =>
  queryOptions({
    queryKey: ['officer-key', network],
    queryFn: () => readOfficerKey(network),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Who signs in this browser: the key that it keeps for this network, and the officer whose key that is, if anybody's. */
export function useOfficer(): {
  readonly network: string | undefined;
  readonly key: OfficerKey | null;
  readonly officer: Party | undefined;
  readonly isKnown: boolean;
} {
  const network = useQuery(rulebook).data?.network;
  const { data: key, isSuccess } = useQuery({ ...officerKey(network ?? ''), enabled: network !== undefined });
  const { data: known } = useQuery(parties);
  const now = known?.position?.time ?? Date.now();
  const officer = officerWith(known?.parties ?? [], key ?? null, now);
  return { network, key: key ?? null, officer, isKnown: isSuccess && known !== undefined };
}
