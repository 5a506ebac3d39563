import { encodeUtf8 } from '@holdfast/core';
import { createPlatformClock } from '@holdfast/verifier';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createOtlpReceiver, type Reception } from '../../test/otlp-receiver.ts';
import { createMemorySealer } from '../adapters/memory/sealer.ts';
import { tellRequests } from '../http/admission/request-signals.ts';
import { createHttpServer } from '../http/server.ts';
import { decisionThread } from './decision-thread.ts';
import { handleOf } from './handles.ts';
import { createOtlp, type OtlpBounds } from './otlp.ts';
import { BUCKETS_SECONDS, createRegistry } from './registry.ts';
import { createSignals } from './signals.ts';
import { spanUnderWay } from './spans.ts';

const HANDLE = '0123456789abcdef0123456789abcdef';

async function open(bounds: Partial<OtlpBounds> = {}, reception?: Reception) {
  const receiver = await createOtlpReceiver(reception);
  onTestFinished(() => receiver[Symbol.asyncDispose]());
  return { receiver, ...openTo(receiver.url, bounds) };
}

function openTo(url: string, bounds: Partial<OtlpBounds> = {}) {
  const registry = createRegistry((work) => work);
  const lost = { traces: 0, metrics: 0, logs: 0 };
  const otlp = createOtlp({
    ...{ url, service: 'holdfast-test', registry, bounds },
    lost: (signal, count) => {
      lost[signal] += count;
    },
  });
  const signals = createSignals([registry.count, otlp.sink]);
  return { registry, lost, otlp, signals, end: () => otlp[Symbol.asyncDispose]() };
}

describe('a receiver of OTLP', () => {
  it('is told an event as a span with the event and a link by handle, a record and a number, all of it decodable', async () => {
    const { receiver, signals, registry, end } = await open();
    registry.watch(() => [{ gauge: 'holdfast_log_size', value: 42 }]);
    signals.credentialIssued({ issuer: 'civic', type: 'residence', copies: 1, handle: HANDLE });
    signals.epochFollowed({ follower: 'north', size: 7, lagMs: 30 });
    await end();
    expect(receiver.faults).toEqual([]);
    const span = receiver.spans().find(({ name }) => name === 'credential.issued');
    expect(span?.links).toEqual([expect.objectContaining({ traceId: HANDLE, spanId: HANDLE.slice(0, 16) })]);
    expect(span?.traceId).not.toBe(HANDLE);
    expect(span?.parentSpanId).toBeUndefined();
    expect(span?.events?.[0]?.attributes).toContainEqual({ key: 'holdfast.issuer', value: { text: 'civic' } });
    expect(receiver.records()).toContainEqual(
      expect.objectContaining({
        ...{ eventName: 'credential.issued', severityText: 'INFO', body: { text: 'A credential was issued.' } },
      }),
    );
    const metricOf = (name: string) => receiver.metrics().find((metric) => metric.name === name);
    expect(metricOf('holdfast_credential_issued_total')).toMatchObject({
      sum: { temporality: 2, isMonotonic: 1, points: [{ number: 1 }] },
    });
    expect(metricOf('holdfast_log_size')).toMatchObject({ gauge: { points: [{ number: 42 }] } });
    const buckets = [...BUCKETS_SECONDS.map((end) => (end === 0.05 ? 1 : 0)), 0];
    expect(metricOf('holdfast_epoch_followed_lag_seconds')).toMatchObject({
      histogram: { points: [{ count: 1, sum: 0.03, bounds: [...BUCKETS_SECONDS], buckets }] },
    });
  });

  it('is told of a request as one root span with what happened in it; the trace of whoever asks is not gone on with', async () => {
    const { receiver, signals, otlp, end } = await open();
    const app = await createHttpServer(false);
    tellRequests(app, { signals, spans: otlp.spans, clock: createPlatformClock(), onRefused: () => undefined });
    app.post('/v/:verifier/verify', async () => {
      await new Promise((resolve) => setImmediate(resolve));
      signals.presentationAsked({ verifier: 'north' });
      spanUnderWay()?.stage('verdict.judge', Date.now() - 5, 3);
      return {};
    });
    const stranger = '4bf92f3577b34da6a3ce929d0e0e4736';
    // No letters of which one of our own random names could consist.
    const person = 'somebody';
    const traceparent = `00-${stranger}-00f067aa0ba902b7-01`;
    const headers = { traceparent, tracestate: `x=${person}`, baggage: `person=${person}` };
    const answer = await app.inject({ method: 'POST', url: `/v/north/verify?who=${person}`, headers, payload: {} });
    signals.programClosed({ program: 'relief' });
    await end();
    expect(receiver.faults).toEqual([]);
    const span = receiver.spans().find(({ name }) => name === 'POST /v/:verifier/verify');
    expect(span?.events?.map(({ name }) => name)).toContain('presentation.asked');
    expect(span?.events?.map(({ name }) => name)).not.toContain('program.closed');
    expect(span?.parentSpanId).toBeUndefined();
    const stage = receiver.spans().find(({ name }) => name === 'verdict.judge');
    expect(stage?.traceId).toBe(span?.traceId);
    expect(stage?.parentSpanId).toBeTruthy();
    expect(receiver.text()).not.toMatch(new RegExp(`${stranger}|${person}|00f067aa0ba902b7`));
    expect(JSON.stringify(answer.headers)).not.toMatch(/trace/);
  });
});

describe('a receiver that does not take anything', () => {
  const many = (signals: ReturnType<typeof openTo>['signals'], count: number) => {
    for (let i = 0; i < count; i += 1) signals.programClosed({ program: 'relief' });
  };

  it('and is not there, costs what waits within its bound, and what is lost is counted', async () => {
    const { signals, lost, registry, end } = openTo('http://127.0.0.1:9', {
      maxWaiting: 64,
      maxBatch: 32,
      timeoutMs: 200,
    });
    many(signals, 1000);
    expect([lost.traces, lost.logs]).toEqual([936, 936]);
    await end();
    const counted = (await registry.read()).find(({ metric }) => metric.name === 'holdfast_program_closed_total');
    expect(counted?.series[0]?.value).toBe(1000);
  });

  it('and hangs, does not keep a process from ending', async () => {
    const { signals, lost, end, receiver } = await open({ maxWaiting: 64, maxBatch: 32, lastMs: 100 }, () => undefined);
    many(signals, 100);
    await expect.poll(receiver.requests).toBeGreaterThan(0);
    await end();
    expect(lost.traces).toBeGreaterThanOrEqual(36);
  });

  it('and refuses, has lost what it refused, and is told the next', async () => {
    const { signals, lost, end, receiver } = await open(
      { maxBatch: 32 },
      (response) => void response.writeHead(400).end(),
    );
    many(signals, 10);
    await end();
    expect([lost.traces, lost.logs, lost.metrics]).toEqual([10, 10, 1]);
    expect(receiver.requests()).toBe(3);
  });
});

it('handles of one credential are the same for a role in a month, and others for another role, month or credential', async () => {
  const [ours, theirs] = ['ours', 'theirs'].map((key) => createMemorySealer(encodeUtf8(key.padEnd(32, '.'))));
  const place = { list: 'https://civic.example/lists/1', index: 7 };
  const [november, later, december] = [1_764_000_000_000, 1_764_400_000_000, 1_765_000_000_000];
  if (ours === undefined || theirs === undefined) throw new Error('two sealers');
  const handle = await handleOf(ours, place, november);
  expect(handle).toMatch(/^[0-9a-f]{32}$/);
  expect(await handleOf(ours, place, later)).toBe(handle);
  const others = await Promise.all([
    handleOf(theirs, place, november),
    handleOf(ours, place, december),
    handleOf(ours, { ...place, index: 8 }, november),
  ]);
  expect(new Set([handle, ...others]).size).toBe(4);
});

it('what is told of one decision is linked to one trace, by the id that it has in the log', async () => {
  const { receiver, signals, end } = await open();
  const decision = decisionThread('d1');
  signals.decisionAuthorised({ power: 'revoke', afterMs: 3, decision });
  signals.decisionPublished({ power: 'revoke', entry: 7, afterMs: 9, decision });
  signals.decisionEffective({
    power: 'revoke',
    verifier: 'south',
    entry: 7,
    afterMs: 9,
    decision: decisionThread('d2'),
  });
  await end();
  const of = (name: string) =>
    receiver
      .spans()
      .find((span) => span.name === name)
      ?.links?.map(({ traceId }) => traceId);
  expect(of('decision.authorised')).toEqual([decision]);
  expect(of('decision.published')).toEqual([decision]);
  expect(of('decision.effective')).not.toEqual([decision]);
});
