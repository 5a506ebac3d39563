import type { Reveal } from '@holdfast/core';
import { MAX_REVEALS, type RevealStore } from '../../ports/reveal-store.ts';

/** Reveals in memory, for rehearsal and tests: gone with the process. */
export function createRevealStoreMemory(): RevealStore {
  const programs = new Map<string, Map<string, Reveal>>();
  return {
    async add(program, reveal) {
      const reveals = programs.get(program) ?? new Map<string, Reveal>();
      programs.set(program, reveals);
      const key = `${reveal.round} ${reveal.party}`;
      if (!reveals.has(key)) reveals.set(key, reveal);
    },
    async read(program) {
      return [...(programs.get(program)?.values() ?? [])].slice(0, MAX_REVEALS);
    },
  };
}
