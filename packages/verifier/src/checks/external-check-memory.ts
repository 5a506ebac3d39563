import type { CheckAnswer, CheckQuestion, ExternalCheck } from './external-check.ts';

/** A checker in memory, for rehearsal and tests: answers by what it was told, and knows nothing of what it was not. */
export type MemoryCheck = ExternalCheck & {
  /** All questions, in the order in which they came. */
  readonly questions: readonly CheckQuestion[];
  /** From now on this is the answer about a credential; without one, about every credential that has none of its own. */
  answer(answer: CheckAnswer | (() => Promise<CheckAnswer>), credential?: string): void;
};

export function createExternalCheckMemory(source: string, first: CheckAnswer): MemoryCheck {
  const answers = new Map<string | undefined, CheckAnswer | (() => Promise<CheckAnswer>)>([[undefined, first]]);
  const questions: CheckQuestion[] = [];
  return {
    source,
    questions,
    answer: (answer, credential) => void answers.set(credential, answer),
    async ask(question, signal) {
      signal.throwIfAborted();
      questions.push(question);
      const answer = answers.get(question.credential) ?? answers.get(undefined) ?? first;
      return typeof answer === 'function' ? answer() : answer;
    },
  };
}
