import { type Endpoint, MAX_WAITING_PER_ENDPOINT, type Outbox, type OutboxEvent } from '../../ports/outbox.ts';

type Row = {
  readonly event: OutboxEvent;
  readonly endpoint: string;
  state: 'waiting' | 'sent' | 'dropped' | 'dead';
  attempts: number;
  nextAt: number;
};

/** An outbox in memory, for rehearsal and tests: gone with the process, and bounded by what its owner removes. */
export function createOutboxMemory(): Outbox {
  const endpoints = new Map<string, Endpoint>();
  const failures = new Map<string, string>();
  let rows: Row[] = [];
  const waitingFor = (id: string) => rows.filter(({ endpoint, state }) => endpoint === id && state === 'waiting');

  return {
    async addEndpoint(endpoint, max) {
      if (endpoints.size >= max) return false;
      endpoints.set(endpoint.id, endpoint);
      return true;
    },
    async removeEndpoint(id) {
      rows = rows.filter(({ endpoint }) => endpoint !== id);
      failures.delete(id);
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
          dead: rows.filter((row) => row.endpoint === endpoint.id && row.state === 'dead').length,
          ...(failure === undefined ? {} : { failure }),
        };
      });
    },
    async append(event, dueAt) {
      const missing = [...endpoints.values()]
        .filter(({ kinds }) => kinds.includes(event.kind))
        .filter(({ id }) => !rows.some((row) => row.event.id === event.id && row.endpoint === id))
        .filter(({ id }) => waitingFor(id).length < MAX_WAITING_PER_ENDPOINT);
      for (const { id } of missing) rows.push({ event, endpoint: id, state: 'waiting', attempts: 0, nextAt: dueAt });
      return missing.length;
    },
    async hasten(eventId, at) {
      for (const row of rows) if (row.event.id === eventId && row.attempts === 0) row.nextAt = Math.min(row.nextAt, at);
    },
    async readDue(at, limit) {
      return rows
        .filter(({ state, nextAt }) => state === 'waiting' && nextAt <= at)
        .sort((a, b) => a.nextAt - b.nextAt)
        .slice(0, limit)
        .flatMap(({ event, attempts, ...row }) => {
          const endpoint = endpoints.get(row.endpoint);
          return endpoint === undefined ? [] : [{ event, endpoint, attempts }];
        });
    },
    async settle(eventId, endpointId, outcome) {
      const row = rows.find(({ event, endpoint }) => event.id === eventId && endpoint === endpointId);
      if (row?.state !== 'waiting') return;
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
