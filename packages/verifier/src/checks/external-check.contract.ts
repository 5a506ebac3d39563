import { isCodedError } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import type { CheckQuestion, ExternalCheck } from './external-check.ts';

export type CheckedWorld = {
  readonly check: ExternalCheck;
  /** Makes the checker know this of a credential from now on. */
  readonly teach: (credential: string, result: 'passed' | 'failed', asOf: number) => Promise<void> | void;
  /** From now on there is no usable answer to be had from it. */
  readonly spoil: () => Promise<void> | void;
};

export function checkQuestion(credential: string): CheckQuestion {
  return {
    check: 'licence',
    credential: credential.padEnd(43, '_'),
    type: 'residence',
    issuer: 'https://civic.example',
    claims: {},
    deadlineMs: 1000,
  };
}

const NEVER = new AbortController().signal;

/** Every external check runs this suite. `create` gives one that knows nothing yet. */
export function describeExternalCheck(name: string, create: () => Promise<CheckedWorld>): void {
  describe(name, () => {
    it('answers with what its checker knows of that credential and of no other', async () => {
      const { check, teach } = await create();
      const [a, b] = [checkQuestion('a'), checkQuestion('b')];
      await teach(a.credential, 'passed', 1000);
      await teach(b.credential, 'failed', 2000);
      expect(await check.ask(a, NEVER)).toMatchObject({ state: 'passed', asOf: 1000 });
      expect(await check.ask(b, NEVER)).toMatchObject({ state: 'failed', asOf: 2000 });
      expect(check.source).not.toBe('');
    });

    it('gives the same answer again, to callers at once too', async () => {
      const { check, teach } = await create();
      const question = checkQuestion('a');
      await teach(question.credential, 'passed', 1000);
      const answers = await Promise.all([1, 2, 3].map(() => check.ask(question, NEVER)));
      expect(answers.every(({ state }) => state === 'passed')).toBe(true);
    });

    it('never takes a failure for a yes: it throws a code', async () => {
      const { check, teach, spoil } = await create();
      const question = checkQuestion('a');
      await teach(question.credential, 'passed', 1000);
      await spoil();
      const error: unknown = await check.ask(question, NEVER).catch((thrown: unknown) => thrown);
      expect(isCodedError(error) && error.code).toMatch(/^check\.(unreachable|answer-invalid)$/);
    });
  });
}
