import { isCodedError, type NetworkWitnessed } from '@holdfast/core';
import { type CosignatureBookOptions, createCosignatureBook } from './cosignature-book.ts';
import type { FollowerStore } from './follower-store.ts';

export type KeptCosignatures = {
  /** Counts again what was kept by an earlier run. */
  restore(): Promise<void>;
  /**
   * Counts what a checkpoint carries; whether any of it was news. What is wrong with it is raised, and takes nothing from
   * what was counted before.
   */
  count(note: string): Promise<boolean>;
  word(): NetworkWitnessed | undefined;
  isAsked(): boolean;
};

export type KeptCosignaturesOptions = CosignatureBookOptions & {
  readonly store: Pick<FollowerStore, 'readHead' | 'keepCosigned'>;
  readonly raise: (error: unknown) => void;
};

/** What witnesses said, kept when a quorum of them has said something newer. */
export function createKeptCosignatures(options: KeptCosignaturesOptions): KeptCosignatures {
  const { store, raise } = options;
  const book = createCosignatureBook(options);

  async function count(note: string): Promise<boolean> {
    try {
      return await book.count(note);
    } catch (error) {
      // A thing of ours that broke is another matter than what strangers wrote.
      if (!isCodedError(error)) throw error;
      raise(error);
      return false;
    }
  }

  return {
    async restore() {
      const { cosigned = [] } = await store.readHead();
      for (const note of cosigned) await count(note);
    },
    async count(note) {
      const before = book.word()?.time;
      const isNews = await count(note);
      const word = book.word();
      if (word?.time !== undefined && word.time !== before) await store.keepCosigned(word.notes).catch(raise);
      return isNews;
    },
    word: book.word,
    isAsked: book.isAsked,
  };
}
