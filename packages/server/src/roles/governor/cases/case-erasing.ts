import { type CaseRecord, latestEnd } from '@holdfast/core';
import type { CaseStore } from '../../../ports/case-store.ts';
import type { Erasable, PersonTraces } from '../../../ports/erasable.ts';
import type { Sealer } from '../../../ports/sealer.ts';
import { filerOf, handleOf } from './filing.ts';

export type CaseErasingPorts = {
  readonly store: Pick<CaseStore, 'erase' | 'readFiles'>;
  readonly sealer: Sealer;
  /** As the log has them now. */
  readonly openCases: () => readonly CaseRecord[];
};

const ERASE_AT_ONCE = 1000;

/**
 * What people filed and handed in about cases: who they are, and what they say. It stays while a case is open that needs it,
 * as somebody still has to judge by it; the roots over it stay in the log.
 */
export function createCaseErasing({ store, sealer, openCases }: CaseErasingPorts): Erasable {
  /** The open cases about one subject, or in which one filer has handed something in. */
  async function openOf(who: { readonly subject?: string; readonly filer?: string }): Promise<CaseRecord[]> {
    if (who.subject !== undefined) return openCases().filter(({ subject }) => subject === who.subject);
    const found: CaseRecord[] = [];
    for (const record of openCases()) {
      const files = await store.readFiles(record.id);
      if (files.some(({ filer, sealed }) => filer === who.filer && sealed !== undefined)) found.push(record);
    }
    return found;
  }

  async function eraseAll(who: { readonly subject: string } | { readonly filer: string }): Promise<number> {
    let erased = 0;
    for (;;) {
      const count = await store.erase(who, ERASE_AT_ONCE);
      erased += count;
      if (count < ERASE_AT_ONCE) return erased;
    }
  }

  async function pseudonymsOf({ places, holders }: PersonTraces) {
    const subjects = await Promise.all(places.map((place) => handleOf(sealer, place)));
    const filers = await Promise.all(holders.map((holder) => filerOf(sealer, `holder ${holder}`)));
    return [...subjects.map((subject) => ({ subject })), ...filers.map((filer) => ({ filer }))];
  }

  return {
    part: 'cases',
    trace: async () => ({}),
    async erase(traces) {
      let files = 0;
      const open = new Map<string, CaseRecord>();
      for (const who of await pseudonymsOf(traces)) {
        const needed = await openOf(who);
        for (const record of needed) open.set(record.id, record);
        if (needed.length === 0) files += await eraseAll(who);
      }
      const until = Math.max(...[...open.values()].map(latestEnd));
      const stays = {
        what: 'cases',
        count: open.size,
        why: 'they are open: somebody has to judge by what was filed',
        until,
      };
      return { part: 'cases', erased: { files }, stays: open.size === 0 ? [] : [stays] };
    },
  };
}
