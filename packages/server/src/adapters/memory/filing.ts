import { canonicalJson, parsePartyFiling, sha256Base64url } from '@holdfast/core';
import type { FilingDesk, FilingReceipt } from '../../ports/filing.ts';

/** A governor that takes whatever is filed and decides nothing, for rehearsal and tests: gone with the process. */
export function createFilingDeskMemory(
  dueMs = 86_400_000,
): FilingDesk & { readonly receipts: readonly FilingReceipt[] } {
  const receipts = new Map<string, FilingReceipt>();
  return {
    get receipts() {
      return [...receipts.values()];
    },
    async file(signed) {
      const { filing } = parsePartyFiling(signed);
      const key = canonicalJson([filing.party, filing.id]);
      const known = receipts.get(key);
      if (known !== undefined) return known;
      const { kind: of, filedAt } = filing;
      const id = sha256Base64url(filing.kind === 'case' ? canonicalJson(filing.subject) : key).slice(0, 22);
      const acknowledgement = `e30.${sha256Base64url(signed)}.AA`;
      const receipt: FilingReceipt = { of, id, filedAt, promisedBy: filedAt + dueMs, acknowledgement };
      receipts.set(key, receipt);
      return receipt;
    },
  };
}
