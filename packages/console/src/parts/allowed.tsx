import { Alert } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { type Scope, session } from '../api/queries.ts';

const NEEDS: Readonly<Record<Scope, string>> = {
  see: 'sees what is here',
  work: 'works here',
  apply: 'applies for people',
  admin: 'manages keys',
};

/** What one may do; or who may, in words. The server asks again at every door. */
export function Allowed({ to, children }: { readonly to: Scope; readonly children: ReactNode }) {
  const { data } = useQuery(session);
  if (data === undefined) return null;
  if (data.may.includes(to)) return children;
  const { role, party } = data;
  const where = party === undefined ? '' : `, for ${party} alone`;
  return (
    <Alert variant="outline" color="gray" title="Not for you to do">
      This takes somebody who {NEEDS[to]}. You are logged in as {role}
      {where}: an admin can give you another key.
    </Alert>
  );
}
