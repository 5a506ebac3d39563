import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createRealSignatures } from '../../test/test-keys.ts';
import { type PublicJwk, thumbprint } from '../encoding/jwk.ts';
import { signatureCheck } from '../encoding/jws.ts';
import { isCodedError } from '../errors.ts';
import {
  acceptanceOf,
  acceptedTransfers,
  openReceipt,
  parseAcceptance,
  receiptOf,
  type TransferReceipt,
} from './acceptance.ts';
import { parseAmount } from './amount.ts';
import type { TransferCommand, TransferResult } from './transfer.ts';

function vectors<Vector>(file: string): readonly Vector[] {
  const url = new URL(`../../../../spec/vectors/ledger/${file}`, import.meta.url);
  return (JSON.parse(readFileSync(url, 'utf8')) as { vectors: readonly Vector[] }).vectors;
}

type Accepted = {
  readonly name: string;
  readonly key: PublicJwk;
  readonly commands: readonly (Record<string, unknown> & { readonly id: string; readonly amount?: string })[];
  readonly answers: readonly string[];
  readonly acceptance: string;
  readonly payload: { readonly iss: string; readonly iat: number };
  readonly receipts: readonly TransferReceipt[];
};

const accepted = vectors<Accepted>('valid/acceptances.json');

describe('what a ledger signs about a call', () => {
  test.each(accepted)('is one root over each transfer and its answer: $name', (vector) => {
    const commands = vector.commands.map(({ amount, ...command }) => ({
      ...command,
      ...(amount === undefined ? {} : { amount: parseAmount(amount) }),
    })) as unknown as TransferCommand[];
    const results = commands.map(({ id }, i) => ({ id, answer: vector.answers[i] })) as TransferResult[];
    const leaves = acceptedTransfers(commands, results);
    expect(acceptanceOf(leaves, vector.payload)).toEqual(vector.payload);
    const { jws, kid, acceptance } = parseAcceptance(vector.acceptance);
    expect([acceptance, kid]).toEqual([vector.payload, thumbprint(vector.key)]);
    expect(createRealSignatures().verify(signatureCheck(jws, vector.key))).toBe(true);
    expect(leaves.map((_, i) => receiptOf(vector.acceptance, leaves, i))).toEqual(vector.receipts);
  });

  test.each(accepted)('proves each of them alone: $name', ({ receipts, commands, answers, payload, acceptance }) => {
    const signed = parseAcceptance(acceptance).acceptance;
    expect(signed).toEqual(payload);
    for (const [i, receipt] of receipts.entries()) {
      expect(openReceipt(signed, receipt)).toEqual({ ...commands[i], answer: answers[i] });
      const others = commands.filter(({ id }, other) => other !== i && id !== commands[i]?.pending);
      for (const { id } of others) expect(receipt.transfer).not.toContain(`"${id}"`);
    }
    expect(receiptOf(acceptance, [], 0)).toBeUndefined();
  });

  test.each(vectors<{ name: string; receipt: TransferReceipt }>('invalid/receipts.json'))(
    'proves nothing by a receipt with $name',
    ({ receipt }) => {
      expect(openReceipt(parseAcceptance(receipt.acceptance).acceptance, receipt)).toBeUndefined();
    },
  );

  test.each(vectors<{ name: string; acceptance: string }>('invalid/acceptances.json'))(
    'is not a text $name',
    ({ acceptance }) => {
      let thrown: unknown;
      try {
        parseAcceptance(acceptance);
      } catch (error) {
        thrown = error;
      }
      expect(isCodedError(thrown)).toBe(true);
    },
  );
});
