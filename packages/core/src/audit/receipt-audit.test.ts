import { describe, expect, test } from 'vitest';
import { buildLog, type LogBuilder, signCompact } from '../../test/log-builder.ts';
import { buildProgram, distributorParty, draw, ORGANISER } from '../../test/test-program.ts';
import {
  ACCEPTANCE_TYP,
  acceptanceOf,
  encodeAcceptedTransfer,
  receiptOf,
  type TransferReceipt,
} from '../ledger/acceptance.ts';
import { parseAmount } from '../ledger/amount.ts';
import type { TransferCommand } from '../ledger/transfer.ts';
import { payoutTransfer } from '../program/transfers.ts';
import { createReceiptTally, openAuditedReceipt } from './receipt-audit.ts';

/** A program whose draw gave 200, by an organiser whose ledger has a key. */
function drawn(): LogBuilder {
  const log = buildLog();
  const organiser = distributorParty(log.signatures);
  const keys = [...organiser.keys, { use: 'acceptance' as const, key: log.signatures.key('ledger').jwk }];
  buildProgram(log, 'drawable');
  log.append(draw(log));
  log.accredit({ ...organiser, keys });
  log.epoch();
  return log;
}

function receipt(log: LogBuilder, application: string, amount: string, signedBy = 'ledger'): TransferReceipt {
  const id = payoutTransfer('relief', application);
  const command = { kind: 'post', id, pending: `reserve.${application}`, amount: parseAmount(amount) };
  const leaves = [encodeAcceptedTransfer(command as unknown as TransferCommand, 'created')];
  const key = log.signatures.key(signedBy);
  const iat = Math.floor(log.state.time / 1000);
  const acceptance = signCompact(
    { alg: 'ES256', kid: key.kid, typ: ACCEPTANCE_TYP },
    acceptanceOf(leaves, { iss: ORGANISER, iat }),
    key,
  );
  const made = receiptOf(acceptance, leaves, 0);
  if (made === undefined) throw new Error('a leaf has a receipt');
  return made;
}

/** What the tally says of each receipt in turn. */
function tally(log: LogBuilder, receipts: readonly TransferReceipt[]): (string | undefined)[] {
  const held = createReceiptTally(log.state);
  return receipts.map((one) => {
    const opened = openAuditedReceipt(log.state, one);
    if (!opened.ok) return opened.detail;
    return log.signatures.verify(opened.check) ? held.add(opened.party, opened.transfer) : 'unsigned';
  });
}

describe('receipts of a ledger, held against the log', () => {
  test('may be shown twice, and add up to no more than the draw gave', () => {
    const log = drawn();
    const [a, b] = [receipt(log, 'a', '100'), receipt(log, 'b', '100')];
    expect(tally(log, [a, b, a])).toEqual([undefined, undefined, undefined]);
    expect(tally(log, [a, b, receipt(log, 'c', '1')]).at(-1)).toBe(
      'With this receipt relief has paid 201; its draw in the log gives 200.',
    );
  });

  test('contradict each other when the ledger signed two amounts for one payment', () => {
    const log = drawn();
    expect(tally(log, [receipt(log, 'a', '100'), receipt(log, 'a', '99')]).at(-1)).toMatch(/two things about transfer/);
  });

  test('prove nothing under a key that the log does not name, or for another transfer than they are of', () => {
    const log = drawn();
    const [own, other] = [receipt(log, 'a', '100'), receipt(log, 'b', '100')];
    expect(tally(log, [receipt(log, 'a', '100', 'distributor')])[0]).toMatch(/signed by no key/);
    expect(tally(log, [{ ...own, transfer: other.transfer }])[0]).toBe(
      'The transfer does not stand in the acceptance.',
    );
    expect(tally(log, [{ ...own, acceptance: 'a.b.c' }])[0]).toBe('It is no receipt of a ledger.');
  });
});
