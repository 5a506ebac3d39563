import {
  acceptanceOf,
  acceptedTransfers,
  type NewAccount,
  openReceipt,
  type PublicJwk,
  parseAcceptance,
  parseAccountId,
  parseAmount,
  parseTransferId,
  receiptOf,
  signatureCheck,
  type TransferCommand,
  thumbprint,
} from '@holdfast/core';
import { createNodeEngine } from '@holdfast/verifier/node';
import { expect, it } from 'vitest';
import type { Ledger } from './ledger.ts';

const EUR = { code: 'EUR', decimals: 2 };

export type OpenLedger = Ledger & { readonly readKeys: () => Promise<readonly PublicJwk[]> };

/** The contract of a ledger, wherever it runs. `open` gives an empty one, running, of the party `city`. */
export function ledgerContract(open: () => Promise<OpenLedger>): void {
  it('opens accounts and moves money, and shows what it has answered', async () => {
    const ledger = await found(open);
    const commands = [posted('a', 'world', 'budget', 100), pending('b', 'budget', 'person', 30), post('c', 'b', 20)];
    const { results } = await ledger.transfer(commands);
    expect(results).toEqual(commands.map(({ id }) => ({ id, answer: 'created' })));
    const [budget, person, nobody] = await ledger.readAccounts(['budget', 'person', 'nobody'].map(parseAccountId));
    expect(budget).toMatchObject({ creditsPosted: 100n, debitsPosted: 20n, debitsPending: 0n });
    expect(person).toMatchObject({ creditsPosted: 20n, creditsPending: 0n, asset: EUR });
    expect(nobody).toBeUndefined();
    expect(await ledger.readTransfers(['c', 'x', 'b'].map(parseTransferId))).toMatchObject([
      { state: 'posted', amount: 20n, command: { kind: 'post' } },
      undefined,
      { state: 'posted', amount: 20n, ended: { by: 'c' }, command: { kind: 'pending', amount: 30n } },
    ]);
  });

  it('answers a repeat as it answered first, in the order asked, and does nothing', async () => {
    const ledger = await found(open);
    const commands = [
      posted('a', 'world', 'budget', 10),
      posted('b', 'budget', 'world', 11),
      pending('c', 'budget', 'x', 1),
    ];
    const first = await ledger.transfer(commands);
    expect(first.results.map(({ answer }) => answer)).toEqual([
      'created',
      'refused-exceeds-credits',
      'refused-credit-account-unknown',
    ]);
    const before = await ledger.readAccounts([parseAccountId('budget')]);
    await ledger.transfer([posted('d', 'world', 'person', 1)]);
    const again = [...commands].reverse();
    expect((await ledger.transfer(again)).results.map(({ answer }) => answer)).toEqual([
      'refused-credit-account-unknown',
      'refused-exceeds-credits',
      'exists',
    ]);
    expect((await ledger.transfer([posted('a', 'world', 'budget', 12)])).results[0]?.answer).toBe(
      'exists-with-different-amount',
    );
    expect(await ledger.readAccounts([parseAccountId('budget')])).toEqual(before);
  });

  it('signs once for each call what it was asked and what it answered, and for a repeat again', async () => {
    const ledger = await found(open);
    const commands = [posted('a', 'world', 'budget', 10), posted('b', 'budget', 'world', 11), post('c', 'x')];
    const engine = createNodeEngine();
    const [key] = await ledger.readKeys();
    if (key === undefined) throw new Error('a ledger has a key');
    for (const answers of [['created'], ['exists']]) {
      const { results, acceptance: text } = await ledger.transfer(commands);
      const { jws, kid, acceptance } = parseAcceptance(text);
      expect(await engine.verify([signatureCheck(jws, key)])).toEqual([true]);
      expect(kid).toBe(thumbprint(key));
      const leaves = acceptedTransfers(commands, results);
      expect(acceptance).toEqual(acceptanceOf(leaves, { iss: 'city', iat: acceptance.iat }));
      const receipts = commands.map((_, i) => receiptOf(text, leaves, i));
      expect(receipts.map((receipt) => receipt && openReceipt(acceptance, receipt)?.answer)).toEqual([
        ...answers,
        'refused-exceeds-credits',
        'refused-pending-unknown',
      ]);
    }
  });

  it('does once what many ask at once under one id', async () => {
    const ledger = await found(open);
    const asked = Array.from({ length: 20 }, () => ledger.transfer([posted('a', 'world', 'budget', 10)]));
    const answers = (await Promise.all(asked)).flatMap(({ results }) => results).map(({ answer }) => answer);
    expect(answers.filter((answer) => answer === 'created')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'exists')).toHaveLength(19);
    expect((await ledger.readAccounts([parseAccountId('budget')]))[0]?.creditsPosted).toBe(10n);
  });

  it('never lets two at once spend the same money', async () => {
    const ledger = await found(open);
    await ledger.transfer([posted('fund', 'world', 'budget', 10)]);
    const spent = Array.from({ length: 30 }, (_, i) =>
      ledger.transfer([i % 2 === 0 ? pending(`s${i}`, 'budget', 'person', 1) : posted(`s${i}`, 'budget', 'person', 1)]),
    );
    const answers = (await Promise.all(spent)).flatMap(({ results }) => results).map(({ answer }) => answer);
    expect(answers.filter((answer) => answer === 'created')).toHaveLength(10);
    expect(answers.filter((answer) => answer === 'refused-exceeds-credits')).toHaveLength(20);
  });

  it('opens an account once, and keeps the decimals of an asset', async () => {
    const ledger = await found(open);
    const other = { ...account('other'), asset: { code: 'EUR', decimals: 3 } };
    const answers = await ledger.createAccounts([account('budget'), account('person', 'none'), other]);
    expect(answers.map(({ answer }) => answer)).toEqual([
      'exists',
      'exists-with-different-rule',
      'refused-asset-decimals',
    ]);
  });

  it('lists what is reserved until it has ended', async () => {
    const ledger = await found(open);
    await ledger.transfer([posted('fund', 'world', 'budget', 100)]);
    await ledger.transfer([1, 2, 3, 4, 5].map((i) => pending(`p${i}`, 'budget', 'person', i)));
    await ledger.transfer([
      post('e2', 'p2'),
      { kind: 'void', id: parseTransferId('e3'), pending: parseTransferId('p3') },
    ]);
    const first = await ledger.readPending(parseAccountId('person'), 2);
    expect(first.map(({ command }) => command.id)).toEqual(['p1', 'p4']);
    const last = first.at(-1);
    const after = last && { at: last.at, id: last.command.id };
    const rest = await ledger.readPending(parseAccountId('budget'), 10, after);
    expect(rest.map(({ command }) => command.id)).toEqual(['p5']);
  });

  it('takes at most a batch, and nothing of more', async () => {
    const ledger = await found(open);
    const many = Array.from({ length: 501 }, (_, i) => posted(`m${i}`, 'world', 'budget', 1));
    await expect(ledger.transfer(many)).rejects.toMatchObject({ code: 'ledger.batch-size' });
    const accounts = many.map(({ id }) => account(id));
    await expect(ledger.createAccounts(accounts)).rejects.toMatchObject({ code: 'ledger.batch-size' });
    expect(await ledger.readTransfers([parseTransferId('m0')])).toEqual([undefined]);
    expect((await ledger.transfer(many.slice(0, 500))).results).toHaveLength(500);
    expect((await ledger.transfer([])).results).toEqual([]);
    expect((await ledger.readAccounts([parseAccountId('budget')]))[0]?.creditsPosted).toBe(500n);
  });

  it('refuses an expiry that is no time', async () => {
    const ledger = await found(open);
    for (const expiresAt of [1.5, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      const command = { ...pending('p', 'world', 'person', 1), expiresAt };
      await expect(ledger.transfer([command])).rejects.toMatchObject({ code: 'ledger.malformed' });
    }
  });
}

/** `world` may owe without end; `budget` and `person` pay what they were paid. */
async function found(open: () => Promise<OpenLedger>): Promise<OpenLedger> {
  const ledger = await open();
  await ledger.createAccounts([account('world', 'none'), account('budget'), account('person')]);
  return ledger;
}

function account(id: string, rule: NewAccount['rule'] = 'debits-must-not-exceed-credits'): NewAccount {
  return { id: parseAccountId(id), asset: EUR, rule };
}

function posted(id: string, debit: string, credit: string, minorUnits: number): TransferCommand {
  return { kind: 'posted', ...movement(id, debit, credit, minorUnits) };
}

function pending(id: string, debit: string, credit: string, minorUnits: number): TransferCommand {
  return { kind: 'pending', ...movement(id, debit, credit, minorUnits) };
}

function movement(id: string, debit: string, credit: string, minorUnits: number) {
  const sides = { debit: parseAccountId(debit), credit: parseAccountId(credit) };
  return { id: parseTransferId(id), ...sides, amount: parseAmount(BigInt(minorUnits)) };
}

function post(id: string, of: string, minorUnits?: number): TransferCommand {
  const amount = minorUnits === undefined ? {} : { amount: parseAmount(BigInt(minorUnits)) };
  return { kind: 'post', id: parseTransferId(id), pending: parseTransferId(of), ...amount };
}
