import { assert } from '@holdfast/core';
import {
  type Endpoint,
  MAX_EVENTS_PER_APPEND,
  MAX_WAITING_PER_ENDPOINT,
  type Outbox,
  type OutboxEvent,
} from '../../ports/outbox.ts';

type Row = {
  readonly event: OutboxEvent;
  readonly endpoint: string;
  state: 'waiting' | 'sent' | 'dropped' | 'dead';
  attempts: number;
  nextAt: number;
  takenUntil: number;
};

/** An outbox in memory, for rehearsal and tests: gone with the process, and bounded by what its owner removes. */
export function createOutboxMemory(): Outbox {
  const endpoints = new Map<string, Endpoint>();
  const failures = new Map<string, string>();
  const missed = new Map<string, number>();
  let rows: Row[] = [];
  const waitingFor = (id: string) => rows.filter(({ endpoint, state }) => endpoint === id && state === 'waiting');
  const deadOf = (id: string) => {
    const dead = rows.filter(({ endpoint, state }) => endpoint === id && state === 'dead');
    const since = Math.min(...dead.map(({ event }) => event.at));
    return { dead: dead.length, ...(dead.length === 0 ? {} : { deadSince: since }) };
  };

  return {
    async addEndpoint(endpoint, max) {
      if (endpoints.size >= max) return false;
      endpoints.set(endpoint.id, endpoint);
      return true;
    },
    async removeEndpoint(id) {
      rows = rows.filter(({ endpoint }) => endpoint !== id);
      failures.delete(id);
      missed.delete(id);
      return endpoints.delete(id);
    },
    async readEndpoints() {
      return [...endpoints.values()].map((endpoint) => {
        const waiting = waitingFor(endpoint.id);
        const failure = failures.get(endpoint.id);
        return {
          ...endpoint,
          waiting: waiting.length,
          ...(waiting.length === 0 ? {} : { waitingSince: Math.min(...waiting.map(({ event }) => event.at)) }),
          ...deadOf(endpoint.id),
          missed: missed.get(endpoint.id) ?? 0,
          ...(failure === undefined ? {} : { failure }),
        };
      });
    },
    async append(events, dueAt) {
      assert(events.length <= MAX_EVENTS_PER_APPEND, 'an append to the outbox is bounded');
      let count = 0;
      for (const { id, kinds } of endpoints.values()) {
        const known = new Set(rows.filter(({ endpoint }) => endpoint === id).map(({ event }) => event.id));
        const wanted = events.filter((event) => kinds.includes(event.kind) && !known.has(event.id));
        if (waitingFor(id).length >= MAX_WAITING_PER_ENDPOINT) {
          missed.set(id, (missed.get(id) ?? 0) + wanted.length);
          continue;
        }
        for (const event of wanted)
          rows.push({ event, endpoint: id, state: 'waiting', attempts: 0, nextAt: dueAt, takenUntil: 0 });
        count += wanted.length;
      }
      return count;
    },
    async hasten(eventIds, at) {
      const hastened = new Set(eventIds);
      for (const row of rows) {
        if (hastened.has(row.event.id) && row.attempts === 0) row.nextAt = Math.min(row.nextAt, at);
      }
    },
    async revive(endpointId, at) {
      const dead = rows.filter(({ endpoint, state }) => endpoint === endpointId && state === 'dead');
      for (const row of dead) Object.assign(row, { state: 'waiting', attempts: 0, nextAt: at });
      missed.delete(endpointId);
      return dead.length;
    },
    async readDue(at, limit, takenUntil = 0) {
      const due = rows
        .filter(({ state, nextAt, takenUntil: taken }) => state === 'waiting' && nextAt <= at && taken <= at)
        .sort((a, b) => a.nextAt - b.nextAt)
        .slice(0, limit);
      for (const row of due) row.takenUntil = takenUntil;
      return due.flatMap(({ event, attempts, ...row }) => {
        const endpoint = endpoints.get(row.endpoint);
        return endpoint === undefined ? [] : [{ event, endpoint, attempts }];
      });
    },
    async settle(eventId, endpointId, outcome) {
      const row = rows.find(({ event, endpoint }) => event.id === eventId && endpoint === endpointId);
      if (row?.state !== 'waiting') return;
      row.takenUntil = 0;
      if ('nextAt' in outcome) row.nextAt = outcome.nextAt;
      else row.state = outcome.state;
      if (outcome.state === 'failed') row.attempts += 1;
      if ('failure' in outcome) failures.set(endpointId, outcome.failure);
      else if (outcome.state === 'sent') failures.delete(endpointId);
    },
    async remove(before, limit) {
      const old = rows.filter(({ event, state }) => state !== 'waiting' && event.at < before).slice(0, limit);
      rows = rows.filter((row) => !old.includes(row));
      return old.length;
    },
  };
}
