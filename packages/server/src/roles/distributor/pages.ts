import { MAX_APPLICATIONS_PER_READ } from '../../ports/distributor-store.ts';

/** Everything that a store gives by pages in the order of digests, one page in memory at a time. */
export async function* readAll<Row extends { readonly application: string }>(
  read: (limit: number, after: string | undefined) => Promise<readonly Row[]>,
): AsyncGenerator<Row> {
  let after: string | undefined;
  for (;;) {
    const page = await read(MAX_APPLICATIONS_PER_READ, after);
    yield* page;
    after = page.at(-1)?.application;
    if (after === undefined) return;
  }
}

/** What a store takes in one call, one call after the other. */
export function* partsOf<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let from = 0; from < items.length; from += MAX_APPLICATIONS_PER_READ) {
    yield items.slice(from, from + MAX_APPLICATIONS_PER_READ);
  }
}
