import type { OverviewView } from '@holdfast/server/answers';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { overview } from '../api/queries.ts';

/**
 * What is wrong, as the server tells it: read once, then told whenever it changes, also while the log stands still and no
 * epoch comes. Where the stream is lost it is asked for every few seconds.
 */
export function useOverview() {
  const client = useQueryClient();
  useEffect(() => {
    const source = new EventSource('/overview/events');
    source.addEventListener('state', (event: MessageEvent<string>) => {
      const told = JSON.parse(event.data) as Pick<OverviewView, 'sentence' | 'findings'>;
      client.setQueryData<OverviewView>(overview.queryKey, (known) =>
        known === undefined ? undefined : { ...known, ...told, now: Date.now() },
      );
    });
    return () => source.close();
  }, [client]);
  return useQuery({ ...overview, refetchInterval: 5000 });
}
