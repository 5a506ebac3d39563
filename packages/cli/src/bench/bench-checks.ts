import type { VerdictRequest } from '@holdfast/core';
import {
  createCheckLanes,
  createPlatformClock,
  createVerifier,
  EMPTY_POLICY,
  parsePolicy,
  type Verifier,
} from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import { atMost, createFigure, type Figure, measure } from './figure.ts';
import type { Subject } from './presentations.ts';

/** As many questions hang at once as fit: whoever needs the check waits, and nobody else may feel it. */
const HANGING = 200;

/** Verifications that need no check, while others of the same verifier hang in a check that never answers. */
export async function benchBesideHanging(subject: Subject, calm: Verifier, request: VerdictRequest): Promise<Figure> {
  const { presentations } = subject;
  const pick = (i: number) => presentations[i % presentations.length] ?? '';
  const hanging = createHanging(subject);
  const end = new AbortController();
  const waiting = Array.from({ length: HANGING }, async (_, i) => {
    while (!end.signal.aborted) {
      // Of class pay, for which the policy asks: each of them waits until its deadline.
      await hanging.verify(pick(i), { ...request, class: 'pay' }, { deadlineMs: 3000 });
    }
  });
  const { us, ratios } = await measure([
    { name: 'beside', work: (i) => hanging.verify(pick(i), request) },
    { name: 'without', work: (i) => calm.verify(pick(i), request) },
  ]);
  end.abort();
  await Promise.all(waiting);
  return createFigure(`verifications beside ${HANGING} that hang in a check`, 'us', atMost(1.1), {
    ours: us[0] ?? 0,
    name: 'the same without any check',
    other: us[1] ?? 0,
    ratio: ratios[1] ?? 0,
  });
}

function createHanging({ view }: Subject) {
  const clock = createPlatformClock();
  const engine = createNodeEngine();
  const check = {
    id: 'register',
    kind: 'http',
    url: 'https://register.example/',
    maxAgeMs: 1000,
    onSilence: 'reserve',
  };
  const bounds = { timeoutMs: 60_000, maxConcurrent: 8, queue: 400, requiredFor: { classes: ['pay'] } };
  const policy = parsePolicy({ ...EMPTY_POLICY, checks: [{ ...check, ...bounds }] });
  const lanes = createCheckLanes({
    ...{ clock, engine, entropy: (length) => new Uint8Array(length) },
    createCheck: () => ({ source: 'register', ask: () => new Promise<never>(() => undefined) }),
  });
  const follower = { view: () => view, contradiction: undefined, now: () => clock.now(), awaitSize: async () => false };
  return createVerifier({ follower, engine, policy, clock, checks: lanes.desk(policy) });
}
