import type { Json } from '@holdfast/core';
import { Checkbox, Select, SimpleGrid, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { parties } from '../../api/queries.ts';
import { issuedTypes } from '../../issue/issuer-types.ts';
import { isObject, memberOf, queryOf, withMember } from './draft.ts';
import { type FormProps, faultOf } from './form-props.ts';

/** Whose word counts, which credential people show and what of it. One issuer and type here; several are written as JSON. */
export function WhoShows({ draft, onChange, fault }: FormProps) {
  const known = useQuery(parties).data?.parties ?? [];
  const issuers = known
    .filter(({ kind }) => kind === 'issuer')
    .map(({ id, name }) => ({ value: id, label: name ?? id }));
  const named = listOf(memberOf(draft, 'uniqueness.issuers'));
  const tenant = tenantOf(named[0] ?? '');
  const types = useQuery({ ...issuedTypes(tenant ?? ''), enabled: tenant !== undefined }).data ?? [];
  const { vct, shown } = shownOf(draft);
  const type = types.find((one) => one.vct === vct);
  const counted = listOf(memberOf(draft, 'uniqueness.claim')).join('.');
  const show = (claims: readonly string[]) => onChange(withMember(draft, 'query', queryOf(vct, claims)));
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <Select
          label="Attested by"
          data={issuers}
          value={named.length === 1 ? (named[0] ?? null) : null}
          placeholder={named.length > 1 ? `${named.length} issuers: see the JSON` : ''}
          onChange={(issuer) => issuer !== null && onChange(withMember(draft, 'uniqueness.issuers', [issuer]))}
          error={faultOf(fault, 'uniqueness.issuers')}
          allowDeselect={false}
        />
        <Select
          label="By a credential of the type"
          data={types.map((one) => ({ value: one.vct, label: one.name }))}
          value={type?.vct ?? null}
          placeholder={vct}
          onChange={(next) => next !== null && onChange(withMember(draft, 'query', queryOf(next, shown)))}
          error={faultOf(fault, 'query')}
          allowDeselect={false}
        />
      </SimpleGrid>
      {type === undefined ? null : (
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <Checkbox.Group
            label="They show"
            description="No more than the rule and the counting need"
            value={[...shown]}
            onChange={show}
          >
            <Stack gap={6} mt={4}>
              {type.claims.map(({ name, title }) => (
                <Checkbox key={name} value={name} label={`${title ?? name} (${name})`} />
              ))}
            </Stack>
          </Checkbox.Group>
          <Select
            label="Each person counts once, by"
            data={[...new Set([...shown, counted])].filter(Boolean)}
            value={counted}
            onChange={(claim) => claim !== null && onChange(withMember(draft, 'uniqueness.claim', claim.split('.')))}
            error={faultOf(fault, 'uniqueness.claim')}
            allowDeselect={false}
          />
        </SimpleGrid>
      )}
    </Stack>
  );
}

function listOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** The type of the first credential that is asked for, and the claims of it. */
function shownOf({ query }: FormProps['draft']): { readonly vct: string; readonly shown: readonly string[] } {
  const [first] = isObject(query) && Array.isArray(query.credentials) ? query.credentials : [];
  if (!isObject(first)) return { vct: '', shown: [] };
  const vct = isObject(first.meta) ? (listOf(first.meta.vct_values)[0] ?? '') : '';
  const claims = Array.isArray(first.claims) ? first.claims.filter(isObject) : [];
  return { vct, shown: claims.map(({ path }) => listOf(path).join('.')) };
}

/** Of an issuer that is run here: what it issues is asked of it. */
export function tenantOf(issuer: string): string | undefined {
  const prefix = `${location.origin}/i/`;
  return issuer.startsWith(prefix) ? issuer.slice(prefix.length) : undefined;
}
