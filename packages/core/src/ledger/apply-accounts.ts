import type { Account, AccountAnswer, AccountResult, NewAccount } from './account.ts';
import type { Amount } from './amount.ts';
import { changesOf, createDraft, findAccount, type LedgerChanges, type LedgerDraft, type LedgerView } from './view.ts';

const NOTHING = 0n as Amount;

/**
 * Opens accounts, one after the other; an asset is made with its first account. Pure. A refusal rests on what never
 * changes (an asset's decimals), so the same account is refused for ever.
 */
export function applyAccounts(
  view: LedgerView,
  accounts: readonly NewAccount[],
  now: number,
): { readonly changes: LedgerChanges; readonly results: readonly AccountResult[] } {
  const draft = createDraft(view, now);
  const results = accounts.map((account) => ({ id: account.id, answer: open(draft, account) }));
  return { changes: changesOf(draft), results };
}

function open(draft: LedgerDraft, account: NewAccount): AccountAnswer {
  const known = findAccount(draft, account.id);
  if (known !== undefined) return answerRepeat(known, account);
  const { id, asset, rule, maxReserved } = account;
  const asKnown = draft.assets.get(asset.code) ?? draft.view.assets.get(asset.code);
  if (asKnown !== undefined && asKnown.decimals !== asset.decimals) return 'refused-asset-decimals';
  if (asKnown === undefined) draft.assets.set(asset.code, asset);
  const opened: Account = {
    id,
    asset,
    rule,
    ...(maxReserved === undefined ? {} : { maxReserved }),
    debitsPending: NOTHING,
    debitsPosted: NOTHING,
    creditsPending: NOTHING,
    creditsPosted: NOTHING,
    at: draft.time,
  };
  draft.accounts.set(id, opened);
  return 'created';
}

function answerRepeat(known: Account, again: NewAccount): AccountAnswer {
  const { asset, rule, maxReserved } = again;
  if (known.asset.code !== asset.code || known.asset.decimals !== asset.decimals) return 'exists-with-different-asset';
  if (known.rule !== rule) return 'exists-with-different-rule';
  return known.maxReserved === maxReserved ? 'exists' : 'exists-with-different-max-reserved';
}
