import { expect, test } from 'vitest';
import { createRecentAnswers } from './recent-answers.ts';

type Answer = { readonly isRepeat: boolean; readonly text: string };

test('what is sent again while the first is written waits for it, and afterwards has its answer without any work', async () => {
  const recent = createRecentAnswers<Answer>(2);
  let worked = 0;
  let end: () => void = () => {};
  const work = async () => {
    worked += 1;
    await new Promise<void>((resolve) => {
      end = resolve;
    });
    return { isRepeat: false, text: 'kept' };
  };
  const all = [recent.once('a', work), recent.once('a', work), recent.once('a', work)];
  await Promise.resolve();
  end();
  expect(await Promise.all(all)).toEqual([
    { isRepeat: false, text: 'kept' },
    { isRepeat: true, text: 'kept' },
    { isRepeat: true, text: 'kept' },
  ]);
  expect(await recent.once('a', work)).toEqual({ isRepeat: true, text: 'kept' });
  expect(worked).toBe(1);
});

test('a failure is nobody’s answer, and of more than twice its bound the oldest are forgotten', async () => {
  const recent = createRecentAnswers<Answer>(2);
  const failing = () => Promise.reject(new Error('the store is away'));
  const both = [recent.once('a', failing), recent.once('a', failing)];
  for (const one of both) await expect(one).rejects.toThrow('away');
  const answer = (text: string) => async () => ({ isRepeat: false, text });
  for (const name of ['a', 'b', 'c', 'd']) await recent.once(name, answer(name));
  expect(await recent.once('a', answer('again'))).toEqual({ isRepeat: false, text: 'again' });
  expect(await recent.once('c', answer('again'))).toEqual({ isRepeat: true, text: 'c' });
});
