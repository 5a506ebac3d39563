import type { ListedClaim } from '@holdfast/core/lists';
import { queryOptions } from '@tanstack/react-query';
import { ask } from '../api/ask.ts';

type Named = { readonly name?: string; readonly description?: string };

/** What an issuer publishes about its types (OpenID4VCI 1.0 section 12.2.4), as far as it is read here. */
type Metadata = {
  readonly credential_configurations_supported: Readonly<
    Record<
      string,
      {
        readonly vct?: string;
        readonly credential_metadata?: {
          readonly display?: readonly Named[];
          readonly claims?: readonly {
            readonly path: readonly string[];
            readonly mandatory?: boolean;
            readonly display?: readonly Named[];
          }[];
        };
      }
    >
  >;
};

export type IssuedType = {
  readonly id: string;
  /** Its address, by which rules and queries name it. */
  readonly vct: string;
  readonly name: string;
  readonly description?: string;
  readonly claims: readonly ListedClaim[];
};

export const issuedTypes = (tenant: string) =>
  queryOptions({
    queryKey: ['issuer', tenant],
    queryFn: async (): Promise<readonly IssuedType[]> =>
      typesOf(await ask<Metadata>(`/.well-known/openid-credential-issuer/i/${encodeURIComponent(tenant)}`)),
  });

function typesOf({ credential_configurations_supported: types }: Metadata): readonly IssuedType[] {
  return Object.entries(types).map(([id, { vct = id, credential_metadata: about }]) => {
    const { name = id, description } = about?.display?.[0] ?? {};
    const claims = (about?.claims ?? []).map(({ path, mandatory = false, display }) => {
      const title = display?.[0]?.name;
      return { name: path.join('.'), mandatory, ...(title === undefined ? {} : { title }) };
    });
    return { id, vct, name, claims, ...(description === undefined ? {} : { description }) };
  });
}
