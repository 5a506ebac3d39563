import { CodedError } from '@holdfast/core';

/** `lost`: the call fails and nothing was done. `unheard`: it is done, and its answer is lost. */
export type Fault = 'lost' | 'unheard';

/** Counts the calls of several stores together from 1, and lets those of these numbers fail. */
export function createFaults(faults: ReadonlyMap<number, Fault>) {
  const calls: string[] = [];
  let isArmed = false;
  return {
    calls,
    arm() {
      isArmed = true;
    },
    disarm() {
      isArmed = false;
    },
    wrap<Store extends object>(store: Store): Store {
      const wrapped = Object.entries(store).map(([name, call]) => [
        name,
        async (...args: unknown[]) => {
          if (isArmed) calls.push(name);
          const fault = isArmed ? faults.get(calls.length) : undefined;
          if (fault === 'lost') throw unreachable();
          const answer: unknown = await call(...args);
          if (fault === 'unheard') throw unreachable();
          return answer;
        },
      ]);
      return Object.fromEntries(wrapped);
    },
  };
}

function unreachable(): CodedError {
  return new CodedError('database.outcome-unknown', 'The database was lost half way.');
}
