import { isCodedError } from '@holdfast/core';

const POLL_MS = 200;
const MAX_TRIES = 50;

/** Asks again while the answer is this code, for at most ten seconds; then throws it. */
export async function eventually<Result>(ask: () => Promise<Result>, code: string): Promise<Result> {
  for (let left = MAX_TRIES - 1; ; left -= 1) {
    try {
      return await ask();
    } catch (error) {
      if (left === 0 || !isCodedError(error) || error.code !== code) throw error;
      await pause(POLL_MS);
    }
  }
}

export function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
