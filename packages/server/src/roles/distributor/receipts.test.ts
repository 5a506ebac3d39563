import {
  ACCEPTANCE_TYP,
  type Acceptance,
  acceptanceOf,
  acceptedTransfers,
  CodedError,
  encodeJws,
  encodeSigningInput,
  openReceipt,
  parseAcceptance,
  payoutTransfer,
} from '@holdfast/core';
import { afterEach, describe, expect, it } from 'vitest';
import { createIdealSignatures, type TestKey } from '../../../../core/test/test-keys.ts';
import { ORGANISER } from '../../../../core/test/test-program.ts';
import { createDistributorWorld, type DistributorWorld } from '../../../test/distributor-world.ts';
import { createReceiptStoreMemory } from '../../adapters/memory/receipt-store.ts';
import type { AcceptedTransfers, Ledger } from '../../ports/ledger.ts';
import type { ReceiptStore } from '../../ports/receipt-store.ts';

const worlds: DistributorWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world[Symbol.asyncDispose]();
});

type Answer = (ledger: Ledger, asked: Parameters<Ledger['transfer']>[0]) => Promise<AcceptedTransfers>;

/** A world in which the ledger does what it is asked, and its answers are changed on the way while `isHostile`. */
async function open(answer: Answer, trouble: { isHostile: boolean }): Promise<DistributorWorld> {
  const world = await createDistributorWorld({
    ledger: (ledger) => ({
      ...ledger,
      transfer: (asked) => (trouble.isHostile ? answer(ledger, asked) : ledger.transfer(asked)),
    }),
  });
  worlds.push(world);
  return world;
}

function signedBy(key: TestKey, acceptance: Acceptance): string {
  const input = encodeSigningInput(
    { alg: key.jwk.kty === 'EC' ? 'ES256' : 'EdDSA', kid: key.kid, typ: ACCEPTANCE_TYP },
    acceptance,
  );
  return encodeJws(input, key.sign(input));
}

let recording: AcceptedTransfers | undefined;

const hostile: readonly (readonly [what: string, why: string, answer: Answer])[] = [
  ['no signature', 'format', async (ledger, asked) => ({ ...(await ledger.transfer(asked)), acceptance: '' })],
  [
    'the signature of a key that nobody accredited',
    'key',
    async (ledger, asked) => {
      const { results } = await ledger.transfer(asked);
      const acceptance = acceptanceOf(acceptedTransfers(asked, results), { iss: ORGANISER, iat: 1 });
      return { results, acceptance: signedBy(createIdealSignatures().key('stranger'), acceptance) };
    },
  ],
  [
    'a signature of another ledger',
    'party',
    async (ledger, asked) => {
      const { results } = await ledger.transfer(asked);
      const acceptance = acceptanceOf(acceptedTransfers(asked, results), { iss: 'https://other.example', iat: 1 });
      return { results, acceptance: signedBy(createIdealSignatures().key('ledger'), acceptance) };
    },
  ],
  [
    'a signature that was cut short',
    'format',
    async (ledger, asked) => {
      const answer = await ledger.transfer(asked);
      return { ...answer, acceptance: answer.acceptance.slice(0, -40) };
    },
  ],
  [
    'a signature over something else',
    'signature',
    async (ledger, asked) => {
      const { results, acceptance } = await ledger.transfer(asked);
      const [head, , signature] = acceptance.split('.');
      const other = { ...parseAcceptance(acceptance).acceptance, iat: 1 };
      const payload = encodeSigningInput({}, other).split('.')[1];
      return { results, acceptance: [head, payload, signature].join('.') };
    },
  ],
  [
    'answers that it did not sign',
    'root',
    async (ledger, asked) => {
      const { results, acceptance } = await ledger.transfer(asked);
      return { results: results.map(({ id }) => ({ id, answer: 'refused-overflow' as const })), acceptance };
    },
  ],
  [
    'a recording of another call',
    'answers',
    async (ledger, asked) => {
      recording ??= await ledger.transfer(asked);
      return recording;
    },
  ],
  ['an answer to nothing', 'answers', async (ledger) => ledger.transfer([])],
];

describe('an answer that the ledger has not signed is none', () => {
  it.each(hostile)('%s', async (what, why, answer) => {
    recording = undefined;
    const trouble = { isHostile: what !== 'a recording of another call' };
    const world = await open(answer, trouble);
    const { application } = await world.distributor.apply('relief', world.sent(world.person()));
    await world.close();
    if (!trouble.isHostile) {
      recording = await world.ledger.transfer([]);
      trouble.isHostile = true;
    }
    await world.work();
    expect(world.events).toContainEqual(
      expect.objectContaining({ code: 'ledger.answer', detail: expect.stringContaining(`: ${why}.`) }),
    );
    expect((await world.distributor.handoffs()).handoffs).toMatchObject([
      { what: 'transfer', giver: ORGANISER, receiver: 'ledger', owner: ORGANISER, next: 'reserved' },
    ]);
    trouble.isHostile = false;
    await world.work();
    expect((await world.distributor.find('relief')).payments).toEqual({ carried: { count: 1, total: 100n } });
    await expectReceipt(world, application);
  });
});

async function expectReceipt(world: DistributorWorld, application: string): Promise<void> {
  const { receipt } = await world.distributor.proof('relief', application);
  const acceptance = receipt && parseAcceptance(receipt.acceptance).acceptance;
  expect(acceptance?.iss).toBe(ORGANISER);
  expect(receipt && acceptance && openReceipt(acceptance, receipt)).toMatchObject({
    kind: 'post',
    id: payoutTransfer('relief', application),
    amount: '100',
    answer: expect.stringMatching(/^(created|exists)$/),
  });
}

describe('a receipt', () => {
  it('is there for whoever is paid, and says nothing of anybody else nor of where the money went', async () => {
    const world = await open((ledger, asked) => ledger.transfer(asked), { isHostile: false });
    const applied = [];
    for (let i = 0; i < 5; i += 1) {
      applied.push((await world.distributor.apply('relief', world.sent(world.person()))).application);
    }
    await world.close();
    await world.work();
    for (const application of applied) {
      await expectReceipt(world, application);
      const { receipt } = await world.distributor.proof('relief', application);
      for (const other of applied) if (other !== application) expect(JSON.stringify(receipt)).not.toContain(other);
      expect(JSON.stringify(receipt)).not.toContain('holder.');
    }
  });

  it('is not there before the money is paid', async () => {
    const world = await open((ledger, asked) => ledger.transfer(asked), { isHostile: false });
    const { application } = await world.distributor.apply('relief', world.sent(world.person()));
    await world.close();
    expect(await world.distributor.proof('relief', application)).not.toHaveProperty('receipt');
  });

  it.each(['lost', 'unheard'] as const)(
    'that was %s is asked for again, also when the ledger has paid',
    async (fault) => {
      const world = await open((ledger, asked) => ledger.transfer(asked), { isHostile: false });
      const { application } = await world.distributor.apply('relief', world.sent(world.person()));
      await world.close();
      const kept = createReceiptStoreMemory();
      let failures = 0;
      const receipts: ReceiptStore = {
        ...kept,
        async add(receipt) {
          const isPayout = receipt.transfers.some(({ id }) => id === payoutTransfer('relief', application));
          if (!isPayout || failures > 0) return kept.add(receipt);
          failures += 1;
          if (fault === 'unheard') await kept.add(receipt);
          throw new CodedError('database.outcome-unknown', 'The database was lost half way.');
        },
      };
      const distributor = world.restart({ receipts });
      await world.work(distributor);
      expect(failures).toBe(1);
      expect((await distributor.find('relief')).payments).toEqual({ carried: { count: 1, total: 100n } });
      const { receipt } = await distributor.proof('relief', application);
      expect(receipt && JSON.parse(receipt.transfer)).toMatchObject({
        answer: fault === 'lost' ? 'exists' : 'created',
      });
    },
  );
});
