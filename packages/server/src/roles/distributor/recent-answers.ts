import { createRecentMap } from '@holdfast/verifier';

/** What was answered, and whether it had been before. */
type Repeatable = { readonly isRepeat: boolean };

export interface RecentAnswers<Answer extends Repeatable> {
  /** Does the work once for one name: whoever sends the same again meanwhile waits for that, and later is told its answer. */
  once(name: string, work: () => Promise<Answer>): Promise<Answer>;
}

/**
 * Answers to what was sent just now, the latest `max` of them at least: clients that lost one ask again, all at once, and a repeat that is
 * found here costs no signature, no seal and no row. The store knows the others.
 */
export function createRecentAnswers<Answer extends Repeatable>(max: number): RecentAnswers<Answer> {
  const given = createRecentMap<string, Answer>(max);
  /** At most one for each request that is let in. */
  const underWay = new Map<string, Promise<Answer>>();

  async function work(name: string, begin: () => Promise<Answer>): Promise<Answer> {
    try {
      const accepted = await begin();
      given.set(name, { ...accepted, isRepeat: true });
      return accepted;
    } finally {
      underWay.delete(name);
    }
  }

  return {
    async once(name, begin) {
      const known = given.get(name);
      if (known !== undefined) return known;
      const earlier = underWay.get(name);
      if (earlier !== undefined) return { ...(await earlier), isRepeat: true };
      const began = work(name, begin);
      underWay.set(name, began);
      return began;
    },
  };
}
