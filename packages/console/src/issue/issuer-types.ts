import type { Json } from '@holdfast/core';
import { type OfferedType, offeredTypesOf } from '@holdfast/core/lists';
import { queryOptions } from '@tanstack/react-query';
import { ask } from '../api/ask.ts';

export const issuedTypes = (tenant: string) =>
  queryOptions({
    queryKey: ['issuer', tenant],
    queryFn: async (): Promise<readonly OfferedType[]> =>
      offeredTypesOf(await ask<Json>(`/.well-known/openid-credential-issuer/i/${encodeURIComponent(tenant)}`)),
  });
