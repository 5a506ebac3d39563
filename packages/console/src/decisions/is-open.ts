import type { Proposal } from '@holdfast/server/answers';

export function isOpen({ state }: Pick<Proposal, 'state'>): boolean {
  return state === 'collecting' || state === 'authorised';
}
