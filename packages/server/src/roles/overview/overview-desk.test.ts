import type { OverviewFacts } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { createManualClock, settle } from '../../../../verifier/test/manual-clock.ts';
import { SOURCE_DEADLINE_MS } from './fact-source.ts';
import { createOverviewDesk } from './overview-desk.ts';

const WELL: Partial<OverviewFacts> = { parts: [{ part: 'issuer', owner: 'city', state: 'ready' }] };

function desk(read: () => Promise<Partial<OverviewFacts>>, keptForMs?: number) {
  const clock = createManualClock();
  const source = { part: 'store', owner: 'ops', read, ...(keptForMs === undefined ? {} : { keptForMs }) };
  const well = { part: 'well', owner: 'ops', read: async () => WELL };
  const made = createOverviewDesk({
    ...{ clock, sources: [well, source], host: 'host', origin: 'http://localhost:4600', tickMs: () => 5000 },
  });
  /** What it says, however long it takes to. */
  const look = async (waitMs = 0) => {
    const reading = made.read();
    await settle();
    if (waitMs > 0) await clock.advance(waitMs);
    const view = await reading;
    await clock.advance(1000);
    return view;
  };
  return { clock, look, read: made.read };
}

describe('whoever looks at what is wrong', () => {
  test('is told in time of all others when one part hangs, asks that one once, and learns when it is back', async () => {
    let asked = 0;
    let answer = (_: Partial<OverviewFacts>) => {};
    const { look, clock } = desk(() => {
      asked += 1;
      return new Promise((resolve) => {
        answer = resolve;
      });
    });
    const begun = clock.now();
    const first = await look(SOURCE_DEADLINE_MS);
    expect(first.read.parts).toHaveLength(1);
    expect(first.findings).toMatchObject([{ code: 'part.silent', part: 'store', owner: 'ops', since: begun }]);
    const second = await look(SOURCE_DEADLINE_MS);
    expect([asked, second.findings[0]?.since]).toEqual([1, begun]);
    answer({});
    await settle();
    const third = look();
    await settle();
    answer({});
    expect((await third).findings).toEqual([]);
  });

  test('is told that a part has failed, since when, as long as it does', async () => {
    let isWell = false;
    const { look, clock } = desk(async () => {
      if (!isWell) throw new Error('gone');
      return {};
    });
    const begun = clock.now();
    expect((await look()).findings).toMatchObject([{ code: 'part.silent', since: begun }]);
    expect((await look()).findings).toMatchObject([{ code: 'part.silent', since: begun }]);
    isWell = true;
    expect((await look()).findings).toEqual([]);
  });

  test('costs the parts one question, however many look at once; what is dear is asked less often', async () => {
    let asked = 0;
    const { read, look } = desk(async () => {
      asked += 1;
      return {};
    }, 10_000);
    const views = await Promise.all([read(), read(), read()]);
    expect([asked, new Set(views).size]).toEqual([1, 1]);
    for (let i = 0; i < 5; i += 1) await look();
    expect(asked).toBe(1);
  });
});
