import { CodedError } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { createManualClock, settle } from '../../../verifier/test/manual-clock.ts';
import { heldKeys } from '../../test/held-keys.ts';
import { createFilingDeskMemory } from '../adapters/memory/filing.ts';
import { createFilingStoreMemory } from '../adapters/memory/filing-store.ts';
import { createMemorySealer } from '../adapters/memory/sealer.ts';
import { createMemorySigner } from '../adapters/memory/signer.ts';
import type { FilingDesk } from '../ports/filing.ts';
import { createFilings, type FilingDraft } from './filings.ts';

const DRAFT: FilingDraft = {
  ...{ kind: 'case', about: 'credential', class: 'manual-review', remedy: 'none' },
  ...{ subject: { list: 'https://civic.example/lists/1', index: 7 }, statement: 'A face to compare.' },
};

type Fault = CodedError | 'silent' | 'answer-lost';

/** A role that files with a governor that misbehaves in these ways, in this order, and then behaves. */
async function createWorld(faults: Fault[] = [], maxWaiting = 10) {
  const clock = createManualClock(1_700_000_000_000);
  const store = createFilingStoreMemory();
  const governor = createFilingDeskMemory();
  const signer = createMemorySigner({ seed: 'south' });
  await signer.create('verdict', 'ES256');
  const keys = heldKeys(signer, { party: 'south', use: 'verdict' });
  const sealer = createMemorySealer(new Uint8Array(32));
  const asked: string[] = [];
  const desk: FilingDesk = {
    async file(signed, signal) {
      asked.push(signed);
      const fault = faults.shift();
      if (fault === 'silent') return new Promise(() => undefined);
      if (fault instanceof CodedError) throw fault;
      const receipt = await governor.file(signed, signal);
      if (fault === 'answer-lost') throw new CodedError('filing.unreachable', 'The answer was lost.');
      return receipt;
    },
  };
  const reported: string[] = [];
  const entropy = { bytes: (length: number) => new Uint8Array(length).fill(255) };
  const open = () =>
    createFilings({
      ...{ network: 'n', party: 'south', keys, sealer, store, desk, clock, entropy, maxWaiting },
      report: ({ code }) => reported.push(code),
    });
  return { clock, store, governor, asked, reported, filings: open(), open };
}

describe('what a role files', () => {
  it('is kept at once, sealed, also while the governor hangs; and sent until it is acknowledged', async () => {
    const { filings, store, clock, asked, governor } = await createWorld(['silent']);
    const stop = new AbortController();
    const running = filings.run(stop.signal);
    await filings.open('review.1', DRAFT);
    expect(await filings.find('review.1')).toBe('waiting');
    expect(Buffer.from((await store.read('review.1'))?.sealed ?? []).toString()).not.toContain('compare');
    for (let i = 0; i < 8 && governor.receipts.length === 0; i += 1) {
      await settle();
      await clock.advance(15_000);
    }
    await settle();
    expect(await filings.find('review.1')).toMatchObject({ receipt: { of: 'case', id: governor.receipts[0]?.id } });
    expect(new Set(asked).size).toBe(1);
    stop.abort();
    await clock.advance(5_000);
    await running;
  });

  it('rests between tries, longer each time, while the governor is away', async () => {
    const away = () => new CodedError('filing.unreachable', 'Nobody is there.');
    const { filings, clock, asked } = await createWorld(Array.from({ length: 50 }, away));
    await filings.open('a', DRAFT);
    for (let i = 0; i < 600; i += 1) {
      await filings.work();
      await clock.advance(1_000);
    }
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.length).toBeLessThan(12);
  });

  it('is one case when an answer was lost, or a process died in between: the same text is sent again', async () => {
    const { filings, open, clock, asked, governor } = await createWorld(['answer-lost']);
    await filings.open('a', DRAFT);
    await filings.open('a', { ...DRAFT, statement: 'Told otherwise by now.' });
    await filings.work();
    await clock.advance(60_000);
    const next = open();
    await next.work();
    expect(asked).toHaveLength(2);
    expect(new Set(asked).size).toBe(1);
    expect(await next.find('a')).toMatchObject({ receipt: { id: governor.receipts[0]?.id } });
    expect(governor.receipts).toHaveLength(1);
  });

  it('is over when the governor refuses it, is told, and is not asked again', async () => {
    const { filings, asked, reported, clock } = await createWorld([new CodedError('case.rules', 'No such case.')]);
    await filings.open('a', DRAFT);
    await filings.work();
    await clock.advance(3_600_000);
    await filings.work();
    expect(asked).toHaveLength(1);
    expect(await filings.find('a')).toEqual({ refused: 'case.rules' });
    expect(reported).toEqual(['case.rules']);
    expect((await filings.list()).refused.map(({ matter }) => matter)).toEqual(['a']);
  });

  it.each(['case.too-many', 'case.party'])('is asked again later after %s', async (code) => {
    const { filings, clock } = await createWorld([new CodedError(code, 'Not now.')]);
    await filings.open('a', DRAFT);
    await filings.work();
    expect(await filings.find('a')).toBe('waiting');
    await clock.advance(600_000);
    await filings.work();
    expect(await filings.find('a')).toMatchObject({ receipt: { of: 'case' } });
  });

  it('is refused here when as many wait as are kept', async () => {
    const { filings } = await createWorld([], 1);
    await filings.open('a', DRAFT);
    await expect(filings.open('b', DRAFT)).rejects.toMatchObject({ code: 'filing.full' });
    await filings.work();
    await filings.open('b', DRAFT);
  });
});
