import { beforeEach, describe, expect, it } from 'vitest';
import {
  accountOf,
  amountOf,
  createTestLedger,
  newAccount,
  openTestAccounts,
  pending,
  post,
  posted,
  T0,
  type TestLedger,
  transferOf,
  voided,
} from '../../test/ledger-world.ts';
import { MAX_AMOUNT } from './amount.ts';
import { applyTransfers } from './apply-transfers.ts';
import { parseTransferReference, type TransferCommand } from './transfer.ts';

let ledger: TestLedger;
beforeEach(() => {
  ledger = createTestLedger();
  openTestAccounts(ledger);
});

describe('a transfer', () => {
  it('moves at once when it is posted', () => {
    expect(ledger.transfer([posted('a', 'budget', 'person', 40)])).toEqual(['created']);
    expect(ledger.balances('budget')).toEqual([0n, 40n, 0n, 100n]);
    expect(ledger.balances('person')).toEqual([0n, 0n, 0n, 40n]);
    expect(ledger.state('a')).toMatchObject({ state: 'posted', amount: 40n, at: T0 });
  });

  it('reserves on both sides when it is pending, and neither can spend it', () => {
    expect(ledger.transfer([pending('a', 'budget', 'person', 70)])).toEqual(['created']);
    expect(ledger.balances('budget')).toEqual([70n, 0n, 0n, 100n]);
    expect(ledger.balances('person')).toEqual([0n, 0n, 70n, 0n]);
    expect(ledger.transfer([posted('b', 'budget', 'world', 31)])).toEqual(['refused-exceeds-credits']);
    expect(ledger.transfer([pending('c', 'budget', 'world', 31)])).toEqual(['refused-exceeds-credits']);
    expect(ledger.transfer([posted('d', 'person', 'world', 1)])).toEqual(['refused-exceeds-credits']);
    expect(ledger.transfer([posted('e', 'budget', 'world', 30)])).toEqual(['created']);
  });

  it('is posted in whole, or in part and the rest returns', () => {
    ledger.transfer([pending('a', 'budget', 'person', 40), pending('b', 'budget', 'person', 40)]);
    expect(ledger.transfer([post('a1', 'a'), post('b1', 'b', 15)])).toEqual(['created', 'created']);
    expect(ledger.balances('budget')).toEqual([0n, 55n, 0n, 100n]);
    expect(ledger.balances('person')).toEqual([0n, 0n, 0n, 55n]);
    expect(ledger.state('a')).toMatchObject({ state: 'posted', amount: 40n, ended: { by: 'a1', at: T0 } });
    expect(ledger.state('b')).toMatchObject({ state: 'posted', amount: 15n, ended: { by: 'b1' } });
    expect(ledger.state('b1')).toMatchObject({ state: 'posted', amount: 15n });
  });

  it('is voided whole', () => {
    ledger.transfer([pending('a', 'budget', 'person', 40)]);
    expect(ledger.transfer([voided('a1', 'a')])).toEqual(['created']);
    expect(ledger.balances('budget')).toEqual([0n, 0n, 0n, 100n]);
    expect(ledger.state('a')).toMatchObject({ state: 'voided', ended: { by: 'a1' } });
    expect(ledger.state('a1')).toMatchObject({ state: 'voided' });
  });

  it('ends once', () => {
    ledger.transfer([pending('a', 'budget', 'person', 40), pending('b', 'budget', 'person', 40)]);
    ledger.transfer([post('a1', 'a', 10), voided('b1', 'b')]);
    expect(ledger.transfer([post('a2', 'a', 10), voided('a3', 'a'), post('b2', 'b'), voided('b3', 'b')])).toEqual([
      'refused-pending-already-posted',
      'refused-pending-already-posted',
      'refused-pending-already-voided',
      'refused-pending-already-voided',
    ]);
    expect(ledger.balances('budget')).toEqual([0n, 10n, 0n, 100n]);
  });

  it('is begun, posted and repeated in one batch as it would be in many', () => {
    const batch = [pending('a', 'budget', 'person', 40), post('a1', 'a', 30), post('a1', 'a', 30), post('a2', 'a')];
    expect(ledger.transfer(batch)).toEqual(['created', 'created', 'exists', 'refused-pending-already-posted']);
    expect(ledger.state('a')).toMatchObject({ state: 'posted', amount: 30n });
  });
});

describe('a refusal', () => {
  it.each([
    ['amount-zero', posted('x', 'world', 'budget', 0)],
    ['accounts-same', posted('x', 'world', 'world', 1)],
    ['debit-account-unknown', posted('x', 'nobody', 'budget', 1)],
    ['credit-account-unknown', posted('x', 'world', 'nobody', 1)],
    ['assets-differ', posted('x', 'world', 'other', 1)],
    ['expiry-past', pending('x', 'world', 'budget', 1, T0)],
    ['exceeds-credits', posted('x', 'budget', 'world', 101)],
    ['exceeds-debits', posted('x', 'world', 'sink', 1)],
    ['exceeds-debits', pending('x', 'world', 'sink', 1)],
    ['exceeds-max-reserved', pending('x', 'capped', 'world', 31)],
    ['amount-zero', post('x', 'fund-budget', 0)],
    ['pending-unknown', post('x', 'nothing')],
    ['pending-unknown', voided('x', 'x')],
    ['pending-not-pending', post('x', 'fund-budget')],
    ['pending-not-pending', voided('x', 'fund-budget')],
  ] as const)('%s leaves everything where it was, and is for ever', (why, command) => {
    const before = ledger.accounts();
    expect(ledger.transfer([command])).toEqual([`refused-${why}`]);
    expect(ledger.accounts()).toEqual(before);
    expect(ledger.state('x')).toMatchObject({ state: 'refused', why, command });
    expect(ledger.transfer([command, command])).toEqual([`refused-${why}`, `refused-${why}`]);
  });

  it('stays when the accounts could pay by now', () => {
    expect(ledger.transfer([posted('a', 'person', 'world', 5)])).toEqual(['refused-exceeds-credits']);
    expect(ledger.transfer([posted('b', 'budget', 'person', 5), posted('a', 'person', 'world', 5)])).toEqual([
      'created',
      'refused-exceeds-credits',
    ]);
    expect(ledger.transfer([posted('c', 'person', 'world', 5)])).toEqual(['created']);
  });

  it('of more than was reserved leaves it reserved', () => {
    ledger.transfer([pending('a', 'budget', 'person', 40)]);
    expect(ledger.transfer([post('x', 'a', 41), post('y', 'a', 40)])).toEqual(['refused-exceeds-pending', 'created']);
  });

  it('of a reserve leaves nothing to post or void', () => {
    expect(ledger.transfer([pending('a', 'person', 'world', 1), post('b', 'a'), voided('c', 'a')])).toEqual([
      'refused-exceeds-credits',
      'refused-pending-unknown',
      'refused-pending-unknown',
    ]);
  });

  it('bounds what is reserved at once, not what is paid', () => {
    expect(ledger.transfer([pending('a', 'capped', 'person', 30), pending('b', 'capped', 'person', 1)])).toEqual([
      'created',
      'refused-exceeds-max-reserved',
    ]);
    expect(ledger.transfer([post('a1', 'a'), pending('c', 'capped', 'person', 30)])).toEqual(['created', 'created']);
    expect(ledger.transfer([posted('d', 'capped', 'person', 40)])).toEqual(['created']);
    expect(ledger.balances('capped')).toEqual([30n, 70n, 0n, 100n]);
  });

  it('keeps every sum within 128 bits, pending and posted together', () => {
    ledger.open(newAccount('left'), newAccount('right'));
    const whole = { ...pending('a', 'left', 'right', 1), amount: MAX_AMOUNT } as TransferCommand;
    expect(ledger.transfer([whole])).toEqual(['created']);
    expect(ledger.transfer([posted('b', 'left', 'world', 1), posted('c', 'world', 'right', 1)])).toEqual([
      'refused-overflow',
      'refused-overflow',
    ]);
    expect(ledger.transfer([post('d', 'a')])).toEqual(['created']);
    expect(ledger.balances('right')).toEqual([0n, 0n, 0n, MAX_AMOUNT]);
  });
});

describe('a repeat with other contents', () => {
  const reference = parseTransferReference('A'.repeat(43));
  const first = { ...pending('a', 'budget', 'person', 40, T0 + 5), reference };
  const changed = [
    ['kind', posted('a', 'budget', 'person', 40)],
    ['kind', post('a', 'a')],
    ['debit', { ...first, debit: accountOf('world') }],
    ['credit', { ...first, credit: accountOf('sink') }],
    ['amount', { ...first, amount: amountOf(41) }],
    ['expires-at', { ...first, expiresAt: T0 + 6 }],
    ['expires-at', { ...pending('a', 'budget', 'person', 40), reference }],
    ['reference', pending('a', 'budget', 'person', 40, T0 + 5)],
  ] as const;

  it.each(changed)('is told %s', (field, again) => {
    expect(ledger.transfer([first, again, first])).toEqual(['created', `exists-with-different-${field}`, 'exists']);
    expect(ledger.balances('budget')).toEqual([40n, 0n, 0n, 100n]);
  });

  it('is told so too when the first was refused', () => {
    const refused = posted('a', 'person', 'world', 5);
    const other = posted('a', 'person', 'world', 6);
    expect(ledger.transfer([refused, other, refused])).toEqual([
      'refused-exceeds-credits',
      'exists-with-different-amount',
      'refused-exceeds-credits',
    ]);
  });

  it('is told what differs in a post or a void', () => {
    ledger.transfer([pending('a', 'budget', 'person', 10), pending('b', 'budget', 'person', 10), post('c', 'a')]);
    expect(ledger.transfer([post('c', 'b'), post('c', 'a', 10), voided('c', 'a'), post('c', 'a')])).toEqual([
      'exists-with-different-pending',
      'exists-with-different-amount',
      'exists-with-different-kind',
      'exists',
    ]);
  });
});

describe('expiry', () => {
  it('frees what is due and nothing else', () => {
    ledger.transfer([
      pending('a', 'budget', 'person', 10, T0 + 1),
      pending('b', 'budget', 'person', 20, T0 + 2),
      pending('c', 'budget', 'person', 30),
    ]);
    expect(ledger.expire(T0)).toEqual([]);
    expect(ledger.expire(T0 + 1)).toEqual(['a']);
    expect(ledger.balances('budget')).toEqual([50n, 0n, 0n, 100n]);
    expect(ledger.state('a')).toMatchObject({ state: 'expired', ended: { at: T0 + 1 } });
    expect(ledger.expire(T0 + 1_000_000)).toEqual(['b']);
    expect(ledger.expire(Number.MAX_SAFE_INTEGER)).toEqual([]);
    expect(ledger.balances('person')).toEqual([0n, 0n, 30n, 0n]);
  });

  it('gives one answer whether the ledger has come to free it or not', () => {
    const late = [post('x', 'a'), voided('y', 'a')];
    const expected = ['refused-pending-expired', 'refused-pending-expired'];
    ledger.transfer([pending('a', 'budget', 'person', 10, T0 + 1)]);
    expect(ledger.transfer(late, T0 + 1)).toEqual(expected);
    ledger.expire(T0 + 1);
    expect(ledger.transfer(late, T0 + 1)).toEqual(expected);
    expect(ledger.transfer([post('z', 'a')], T0 + 1)).toEqual(['refused-pending-expired']);
  });

  it('lets a post of the last millisecond stand', () => {
    ledger.transfer([pending('a', 'budget', 'person', 10, T0 + 5)]);
    expect(ledger.transfer([post('b', 'a')], T0 + 4)).toEqual(['created']);
    expect(ledger.expire(T0 + 9)).toEqual([]);
  });

  it('is not undone by a clock that goes back, which stops nothing else either', () => {
    ledger.transfer([pending('a', 'budget', 'person', 10, T0 + 5), pending('b', 'budget', 'person', 10)], T0);
    ledger.expire(T0 + 10);
    expect(ledger.transfer([post('c', 'a'), post('d', 'b')], T0 - 86_400_000)).toEqual([
      'refused-pending-expired',
      'created',
    ]);
    expect(ledger.state('d')).toMatchObject({ at: T0 + 10 });
    expect(ledger.transfer([pending('e', 'budget', 'person', 5, T0 + 11)], 0)).toEqual(['created']);
    expect(ledger.transfer([post('f', 'e')], 0)).toEqual(['created']);
  });
});

describe('a broken view', () => {
  it('crashes rather than pays when a reserve is not in its accounts', () => {
    ledger.transfer([pending('a', 'budget', 'person', 10)]);
    const { time, assets, transfers, accounts } = ledger.view();
    const wrong = new Map(accounts);
    wrong.set(accountOf('budget'), { ...ledger.account('budget'), debitsPending: amountOf(9) });
    const view = { time, assets, transfers, accounts: wrong };
    expect(() => applyTransfers(view, [post('b', 'a')], T0)).toThrow('broken invariant');
    wrong.delete(accountOf('budget'));
    expect(() => applyTransfers(view, [voided('b', 'a')], T0)).toThrow('broken invariant');
    expect(transfers.get(transferOf('b'))).toBeUndefined();
  });
});
