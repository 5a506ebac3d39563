import { CodedError, isJsonObject, type JsonObject } from '@holdfast/core';
import type { OverviewView } from '@holdfast/server/answers';
import type { NetworkClient } from '../network-client.ts';
import { formatDateTime, formatTime } from '../output.ts';

/** Throws `network.answer` where what comes is no overview, and what asking throws. */
export async function fetchOverview(client: NetworkClient): Promise<OverviewView> {
  const answer = await client.get('/overview');
  const { findings, read } = answer;
  const isOverview = Array.isArray(findings) && findings.every(isFinding) && isJsonObject(read);
  if (!isOverview) throw new CodedError('network.answer', 'What is wrong was not told in a form that is known here.');
  return answer as unknown as OverviewView;
}

function isFinding(value: unknown): value is JsonObject {
  const texts = ['code', 'what', 'part', 'owner', 'resolves', 'command'];
  return (
    isJsonObject(value) && texts.every((name) => typeof value[name] === 'string') && typeof value.since === 'number'
  );
}

/** Of the day at hand only the time. */
export function sayLocal(now: number): (timeMs: number) => string {
  const today = new Date(now).toDateString();
  return (timeMs) => (new Date(timeMs).toDateString() === today ? formatTime(timeMs) : formatDateTime(timeMs));
}
