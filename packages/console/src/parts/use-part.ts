import { useQuery } from '@tanstack/react-query';
import { session } from '../api/queries.ts';

/** Whether a role answers at this origin. What nobody here answers for is not shown. */
export function usePart(role: string): boolean {
  const { data } = useQuery(session);
  return data !== undefined && (data.roles === undefined || data.roles.includes(role));
}
