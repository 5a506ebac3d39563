import type { Erasable, PersonTraces } from '../../ports/erasable.ts';
import type { IssuerStore } from '../../ports/issuer-store.ts';

export type IssuerErasingPorts = {
  readonly store: Pick<IssuerStore, 'readLabels' | 'readIssued' | 'eraseLabel'>;
  /** The digest under which an operator's label is kept; undefined for a tenant that is not here. */
  readonly digestOf: (tenant: string, label: string) => string | undefined;
};

/**
 * What an issuer has of a person: claims of offers, and the labels under which its operator finds what was issued. The places
 * themselves stay, as each is given out once.
 */
export function createIssuerErasing({ store, digestOf }: IssuerErasingPorts): Erasable {
  async function labelsOf({ labels, places }: PersonTraces) {
    const named = labels.flatMap(({ tenant, label }) => {
      const digest = digestOf(tenant, label);
      return digest === undefined ? [] : [{ tenant, label: digest }];
    });
    const found = new Map(
      [...named, ...(await store.readLabels(places))].map((one) => [`${one.tenant} ${one.label}`, one]),
    );
    return [...found.values()];
  }

  return {
    part: 'issuer',
    async trace(known) {
      const issued = await Promise.all(
        (await labelsOf(known)).map(({ tenant, label }) => store.readIssued(tenant, label)),
      );
      return { places: issued.flat().map(({ list, index }) => ({ list, index })) };
    },
    async erase(traces) {
      let [offers, labels] = [0, 0];
      for (const { tenant, label } of await labelsOf(traces)) {
        const done = await store.eraseLabel(tenant, label);
        offers += done.offers;
        labels += done.issued;
      }
      return { part: 'issuer', erased: { offers, labels }, stays: [] };
    },
  };
}
