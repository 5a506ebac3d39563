import type { NetworkView } from '@holdfast/core';
import type { IssuerList } from '../../ports/issuer-store.ts';
import { listUriOf, type Tenant } from './tenant.ts';

/**
 * Lists that the log has of this tenant and its store has not: the store was set back to before they were opened. What was given out of
 * them, and since then of the others, nobody here knows. One of a key that no known list has is left out: nobody here can sign it.
 */
export function findForgottenLists(
  view: NetworkView | undefined,
  tenant: Tenant,
  known: readonly IssuerList[],
): readonly Omit<IssuerList, 'used' | 'opened'>[] {
  const uris = new Set(known.map(({ uri }) => uri));
  return [...(view?.lists.values() ?? [])].flatMap(({ id: uri, issuer, size, key }) => {
    const number = numberOf(tenant, uri);
    if (issuer !== tenant.issuer || number === undefined || uris.has(uri)) return [];
    const held = tenant.keys.find(key);
    const own = held && { keyName: held.name, x5c: held.x5c };
    const by = own ?? known.find((list) => list.key === key);
    if (by === undefined) return [];
    const { keyName, x5c } = by;
    return [{ tenant: tenant.id, number, uri, size, keyName, key, x5c, statement: '' }];
  });
}

/** The number of the next list: no list of this tenant has it, in the store or in the log. */
export function nextListNumber(view: NetworkView | undefined, tenant: Tenant, known: readonly IssuerList[]): number {
  const recorded = [...(view?.lists.keys() ?? [])].map((uri) => numberOf(tenant, uri) ?? 0);
  return [...recorded, ...known.map(({ number }) => number)].reduce((most, number) => Math.max(most, number), 0) + 1;
}

function numberOf(tenant: Tenant, uri: string): number | undefined {
  const number = Number(uri.slice(uri.lastIndexOf('/') + 1));
  return Number.isSafeInteger(number) && number > 0 && listUriOf(tenant, number) === uri ? number : undefined;
}
