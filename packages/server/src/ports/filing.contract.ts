import type { PartyFiling } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import type { FilingDesk } from './filing.ts';

const NEVER = new AbortController().signal;

/** Every way to the governor runs this suite. `sign` makes what a party of the desk's network would file. */
export function describeFilingDesk(
  name: string,
  create: () => Promise<{
    readonly desk: FilingDesk;
    readonly sign: (changes: { readonly id: string; readonly index: number }) => Promise<string>;
  }>,
): void {
  describe(name, () => {
    it('acknowledges what was filed, with a date', async () => {
      const { desk, sign } = await create();
      const receipt = await desk.file(await sign({ id: 'one', index: 7 }), NEVER);
      expect(receipt).toMatchObject({ of: 'case', id: expect.stringMatching(/^[A-Za-z0-9_-]{1,120}$/) });
      expect(receipt.promisedBy).toBeGreaterThanOrEqual(receipt.filedAt);
      expect(receipt.acknowledgement.split('.')).toHaveLength(3);
    });

    it('answers a repeat with the same case, also when both come at once', async () => {
      const { desk, sign } = await create();
      const signed = await sign({ id: 'one', index: 7 });
      const both = await Promise.all([desk.file(signed, NEVER), desk.file(signed, NEVER)]);
      const ids = [...both, await desk.file(signed, NEVER)].map(({ id }) => id);
      expect(new Set(ids).size).toBe(1);
    });

    it('joins another filing about the same to the case that is open, and opens one for anything else', async () => {
      const { desk, sign } = await create();
      const first = await desk.file(await sign({ id: 'one', index: 7 }), NEVER);
      const same = await desk.file(await sign({ id: 'two', index: 7 }), NEVER);
      const other = await desk.file(await sign({ id: 'three', index: 8 }), NEVER);
      expect(same.id).toBe(first.id);
      expect(other.id).not.toBe(first.id);
    });
  });
}

/** A filing of this kind about a credential, to be signed. */
export function filingAbout(
  changes: Partial<PartyFiling & { readonly kind: 'case' }> & Pick<PartyFiling, 'network' | 'party' | 'id'>,
): PartyFiling & { readonly kind: 'case' } {
  return {
    ...{ kind: 'case', filedAt: 1_700_000_000_000, about: 'credential', class: 'residence-ended', remedy: 'none' },
    ...{ subject: { list: 'https://civic.example/lists/1', index: 7 }, statement: 'Somebody has to look at this.' },
    ...changes,
  };
}
