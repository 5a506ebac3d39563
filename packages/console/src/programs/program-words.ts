import type { ProgramAnswer } from '@holdfast/server/answers';

const PHASES: Readonly<Record<ProgramAnswer['phase'], string>> = {
  announced: 'opens later',
  open: 'takes applications',
  closing: 'has closed; its intake is on the way into the log',
  judging: 'has its intake in the log; people are judged',
  drawing: 'is sealed: who is admitted stands fast; what everybody gets is drawn',
  paying: 'is drawn; payments are made',
};

export function wordsOfPhase({ phase }: Pick<ProgramAnswer, 'phase'>): string {
  return PHASES[phase];
}

export const STEPS = ['program', 'intake', 'seal', 'draw'] as const;

/** What each step of a program puts into the log. */
export const STEP_WORDS: Readonly<Record<(typeof STEPS)[number], string>> = {
  program: 'Released by officers, its rules frozen',
  intake: 'Intake: how many applied, and a root over all of them',
  seal: 'Seal: who is admitted and who is not, judged at one position',
  draw: 'Draw: what everybody gets',
};

/** The title; where others have the same, which one it is as well. */
export function nameOf({ id, title }: Named, all: readonly { readonly program: Named }[]): string {
  const isShared = all.some(({ program }) => program.title === title && program.id !== id);
  return isShared ? `${title} (${id})` : title;
}

type Named = Pick<ProgramAnswer['program'], 'id' | 'title'>;
