import { AsyncLocalStorage } from 'node:async_hooks';
import type { Value } from './attributes.ts';

/** What a span says of itself besides when it was: bounded words, as events have them. */
export type SpanValues = Readonly<Record<string, Value>>;

/** One piece of work, from a door to its answer. */
export type OpenSpan = {
  /** Something happened in it. `link`: the handle of the credential that it is about. */
  event(name: string, values: SpanValues, link: string | undefined): void;
  /** A part of it that took its time: a span below it. `startedAt`: unix milliseconds. */
  stage(name: string, startedAt: number, tookMs: number): void;
  end(values: SpanValues, failed: boolean): void;
  readonly isOver: () => boolean;
};

/**
 * Where pieces of work are told of. Each is the root of a trace of its own: what somebody else says of a trace is never
 * read, and nobody else is told of ours (resilience, P7).
 */
export type Spans = {
  open(name: string): OpenSpan;
};

export const NO_SPAN: OpenSpan = {
  event: () => undefined,
  stage: () => undefined,
  end: () => undefined,
  isOver: () => true,
};

export const NO_SPANS: Spans = { open: () => NO_SPAN };

const underWay = new AsyncLocalStorage<OpenSpan>();

/** Runs the work so that what happens in it, also later, belongs to the span. */
export function runIn(span: OpenSpan, work: () => void): void {
  underWay.run(span, work);
}

/** None once it was answered: what a request has set going goes on after it. */
export function spanUnderWay(): OpenSpan | undefined {
  const span = underWay.getStore();
  return span?.isOver() === true ? undefined : span;
}
