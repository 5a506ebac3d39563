import { describe, expect, it } from 'vitest';
import { createManualClock, settle } from '../../test/manual-clock.ts';
import { FAILURES_TO_OPEN } from './breaker.ts';
import { type CheckConfig, parseChecks } from './check-policy.ts';
import { createExternalCheckMemory } from './external-check-memory.ts';
import { createLane } from './lane.ts';

const START = 1_700_000_000_000;

function world(changes: Partial<CheckConfig> = {}) {
  const clock = createManualClock(START);
  const check = createExternalCheckMemory('register', { state: 'passed', asOf: START });
  const [parsed] = parseChecks([{ id: 'licence', kind: 'accepted', maxAgeMs: 60_000, onSilence: 'unknown' }]);
  const config = { ...(parsed as CheckConfig), timeoutMs: 1000, maxConcurrent: 2, queue: 3, ...changes };
  const settled: string[] = [];
  const lane = createLane({
    digest: 'register',
    ...{ config, check, clock, entropy: (length) => new Uint8Array(length) },
    onSettled: (_, credential) => settled.push(credential),
  });
  const ask = (credential: string) =>
    lane.ask({ check: 'licence', credential, type: 'residence', issuer: 'civic', claims: {} }).answer;
  return { clock, check, lane, ask, settled };
}

const hang = () => new Promise<never>(() => undefined);
const fail = () => Promise.reject(new Error('refused'));

describe('a lane', () => {
  it('keeps what it was told, and the source that said it', async () => {
    const { lane, ask, settled } = world();
    await ask('a');
    expect(lane.kept('a')?.found).toEqual({ ok: true, result: 'passed', asOf: START, source: 'register' });
    expect([lane.kept('b'), settled]).toEqual([undefined, ['a']]);
  });

  it('asks once for all who ask about one credential at once', async () => {
    const { check, ask } = world();
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask('a')));
    expect([check.questions.length, new Set(answers).size]).toEqual([1, 1]);
  });

  it('does not believe a checker that its answer is of tomorrow', async () => {
    const { check, ask } = world();
    check.answer({ state: 'passed', asOf: START + 86_400_000 });
    expect(await ask('a')).toMatchObject({ found: { asOf: START } });
  });

  it('answers everybody in time with a checker that hangs, runs no more than allowed and sends the rest away at once', async () => {
    const { clock, check, lane, ask } = world();
    check.answer(hang);
    const answers = Array.from({ length: 10_000 }, (_, i) => ask(`${i}`));
    await settle();
    expect(lane.status()).toMatchObject({ running: 2, waiting: 3 });
    expect(await Promise.all(answers.slice(5))).toEqual(Array(9995).fill({ why: 'check.busy' }));
    await clock.advance(1000);
    const whys = (await Promise.all(answers.slice(0, 5))).map((answer) => ('why' in answer ? answer.why : ''));
    expect(whys).toEqual(['check.silent', 'check.silent', 'check.busy', 'check.busy', 'check.busy']);
    expect(lane.status()).toMatchObject({ running: 0, waiting: 0 });
    expect([check.questions.length, clock.sleeping()]).toEqual([2, 0]);
  });

  it('gives a place that becomes free to who has waited longest, and tells the checker what time is left', async () => {
    const { clock, check, ask } = world({ maxConcurrent: 1 });
    let finish = () => {};
    check.answer(() => new Promise((resolve) => (finish = () => resolve({ state: 'failed', asOf: START }))), 'a');
    const [first, second] = [ask('a'), ask('b')];
    await clock.advance(400);
    finish();
    expect([await first, await second]).toMatchObject([
      { found: { result: 'failed' } },
      { found: { result: 'passed' } },
    ]);
    expect(check.questions.map(({ credential, deadlineMs }) => [credential, deadlineMs])).toEqual([
      ['a', 1000],
      ['b', 600],
    ]);
  });

  it('leaves a checker alone that fails again and again, and lets one probe find out when it is well', async () => {
    const { clock, check, lane, ask } = world();
    check.answer(fail);
    for (let i = 0; i < FAILURES_TO_OPEN; i += 1) expect(await ask(`${i}`)).toEqual({ why: 'check.unreachable' });
    expect(await ask('x')).toEqual({ why: 'check.open' });
    expect(lane.status()).toMatchObject({ breaker: 'open', retryInMs: 1000, asked: FAILURES_TO_OPEN });
    check.answer({ state: 'passed', asOf: START });
    await clock.advance(1000);
    const [probe, other] = await Promise.all([ask('y'), ask('z')]);
    expect([probe, other]).toMatchObject([{ found: { result: 'passed' } }, { why: 'check.open' }]);
    expect(lane.status().breaker).toBe('closed');
  });

  it('takes silence for a failure, so that one that hangs is soon left alone', async () => {
    const { clock, check, lane, ask } = world({ maxConcurrent: 8 });
    check.answer(hang);
    for (let i = 0; i < FAILURES_TO_OPEN; i += 1) void ask(`${i}`);
    await clock.advance(1000);
    expect(lane.status().breaker).toBe('open');
  });

  it('keeps no answer of a checker that did not say yes or no yet, and passes its promise on', async () => {
    const { check, lane, ask } = world();
    check.answer({ state: 'pending', by: START + 5000 });
    expect(await ask('a')).toEqual({ why: 'check.pending', by: START + 5000 });
    expect([lane.kept('a'), lane.status().breaker]).toEqual([undefined, 'closed']);
  });
});
