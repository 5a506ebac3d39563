import { parseJws } from '@holdfast/core';
import { createHttpNetwork } from '@holdfast/server';
import { createPlatformClock } from '@holdfast/verifier';
import { expect } from 'vitest';
import { findChildren, until } from './processes.ts';
import { holdfast, type RunningNetwork } from './running-network.ts';
import { type Acknowledged, startWork } from './work.ts';

/**
 * Strikes at a network in the middle of its work, and looks whether anything is lost that was ever answered, over every
 * strike: nothing of it may be lost later either.
 */
export function createStrikes(networkOf: () => RunningNetwork) {
  const acknowledged: Acknowledged = { labels: [], verdicts: [], decisions: [] };

  function counts() {
    const { labels, verdicts, decisions } = acknowledged;
    return { labels: labels.length, verdicts: verdicts.length, decisions: decisions.length };
  }

  /** Works until something of each kind was answered, strikes in the middle of it, and lets the rest end as it can. */
  async function strikeAtWork(strike: () => Promise<void> | void, meanwhile?: () => Promise<void>): Promise<void> {
    const before = { ...counts() };
    const work = startWork(networkOf(), acknowledged);
    try {
      await until('something of each kind is answered', () => {
        const now = counts();
        const isAny = now.labels >= before.labels + 3 && now.verdicts >= before.verdicts + 6;
        return isAny && now.decisions > before.decisions;
      });
      await strike();
      await meanwhile?.();
    } finally {
      await work.end();
    }
  }

  /** Resolves once more of each kind has been answered than now, and all say that they are ready. */
  async function workGoesOn(): Promise<void> {
    const then = counts();
    await until('all kinds of work go on', async () => {
      const now = counts();
      const goesOn = now.labels > then.labels && now.verdicts > then.verdicts && now.decisions > then.decisions;
      return goesOn && (await isReady());
    });
  }

  async function isReady(): Promise<boolean> {
    return networkOf()
      .client.get('/readyz')
      .then(
        ({ ready }) => ready === true,
        () => false,
      );
  }

  async function findSouth(): Promise<number> {
    const [south, ...others] = await findChildren(networkOf().process.pid, '--roles');
    expect({ south, others }).toEqual({ south: expect.any(Number), others: [] });
    return south ?? 0;
  }

  async function assertNothingLost(): Promise<void> {
    expect(await findLost(networkOf(), acknowledged)).toEqual([]);
    const { code, stdout } = await holdfast('log', 'verify', networkOf().url, '--json');
    expect({ code, ...(JSON.parse(stdout) as object) }).toMatchObject({ code: 0, holds: true });
  }

  return { acknowledged, strikeAtWork, workGoesOn, isReady, findSouth, assertNothingLost };
}

/** What of the acknowledged is not there. */
async function findLost({ client, url }: RunningNetwork, acknowledged: Acknowledged): Promise<string[]> {
  const lost: string[] = [];
  const log = createHttpNetwork({ url, clock: createPlatformClock() });
  for (const label of acknowledged.labels) {
    const issued = await client.getList(`/i/civic/credentials?label=${label}`);
    if (issued.length !== 1) lost.push(`${label}: ${issued.length} credentials`);
  }
  for (const { verifier, id } of acknowledged.verdicts) {
    const found = await client.get(`/v/${verifier}/verdicts/${id}`).catch(() => undefined);
    if (found?.id !== id) lost.push(`verdict ${id} of ${verifier}`);
  }
  for (const { id, entries } of acknowledged.decisions) {
    const { state } = await client.get(`/decisions/${id}`);
    if (state !== 'carried-out') lost.push(`decision ${id} is ${state}`);
    for (const [type, index] of [
      ['decision', entries.decision],
      ['status', entries.carriedOut],
    ] as const) {
      const [entry = ''] = await log.fetchEntries(index, index + 1, AbortSignal.timeout(5000));
      const said = parseJws(entry).payload.type;
      if (said !== type) lost.push(`decision ${id}: entry #${index} is ${said}, not ${type}`);
    }
  }
  return lost;
}
