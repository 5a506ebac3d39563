import type { Power } from '@holdfast/core';
import type { PayloadKind } from './payload.ts';

export type Subject = 'credentials' | 'cancel' | PayloadKind;

/** Everything that officers decide, by what it is about; and the powers that any of it may take. */
export const SUBJECTS: readonly {
  readonly value: Subject;
  readonly label: string;
  readonly powers: readonly Power[];
}[] = [
  {
    value: 'credentials',
    label: 'Somebody’s credential',
    powers: ['revoke', 'suspend', 'lift', 'reinstate', 'unseal'],
  },
  {
    value: 'party',
    label: 'A party or an officer: accredit, withdraw, enrol, keys, an exception',
    powers: ['accredit', 'withdraw', 'enrol', 'rotate', 'compromise', 'except'],
  },
  { value: 'rulebook', label: 'The rulebook', powers: ['amend'] },
  { value: 'cancel', label: 'Taking back what was announced', powers: ['cancel'] },
  { value: 'program', label: 'A program that begins', powers: ['release'] },
  { value: 'revision', label: 'The next version of a program', powers: ['revise'] },
  { value: 'payment', label: 'One payment', powers: ['release', 'return'] },
  { value: 'recognition', label: 'Another network', powers: ['recognise'] },
];
