import fc from 'fast-check';
import { DAY_MS, LIST_URI, type LogBuilder } from './log-builder.ts';

const OFFICERS = ['officer-a', 'officer-b', 'officer-c'] as const;
const indices = fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 3 });
const officers = fc.array(fc.constantFrom(...OFFICERS), { minLength: 1, maxLength: 3 });

/** What may happen to a log, well-formed or not. */
type Step =
  | { readonly do: 'revoke' | 'lift'; readonly indices: number[]; readonly officers: string[] }
  | { readonly do: 'suspend'; readonly indices: number[]; readonly officers: string[]; readonly durationMs: number }
  | { readonly do: 'epoch'; readonly afterMs: number }
  | { readonly do: 'amend'; readonly title: string; readonly afterMs: number }
  | { readonly do: 'replay'; readonly back: number }
  | { readonly do: 'garbage'; readonly text: string };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('revoke' as const, 'lift' as const), indices, officers }),
  fc.record({
    do: fc.constant('suspend' as const),
    indices,
    officers,
    durationMs: fc.integer({ min: -1, max: 15 }).map((days) => days * DAY_MS),
  }),
  fc.record({ do: fc.constant('epoch' as const), afterMs: fc.integer({ min: -1, max: 4 * DAY_MS }) }),
  fc.record({
    do: fc.constant('amend' as const),
    title: fc.constantFrom('B', 'C'),
    afterMs: fc.integer({ min: 6 * DAY_MS, max: 9 * DAY_MS }),
  }),
  fc.record({ do: fc.constant('replay' as const), back: fc.nat(12) }),
  fc.record({ do: fc.constant('garbage' as const), text: fc.string() }),
);
export const logSteps = fc.array(step, { maxLength: 25 });

export function runStep(log: LogBuilder, next: Step): void {
  const targets = 'indices' in next ? next.indices.map((index) => ({ list: LIST_URI, index })) : [];
  switch (next.do) {
    case 'revoke':
    case 'lift':
      log[next.do](targets, { officers: next.officers });
      return;
    case 'suspend':
      log.suspend(targets, Math.max(0, log.state.time + next.durationMs), { officers: next.officers });
      return;
    case 'epoch':
      log.epoch(log.state.time + next.afterMs);
      return;
    case 'amend':
      log.amend({ ...log.rulebook, title: next.title }, log.state.time + next.afterMs);
      return;
    case 'replay':
      log.append(log.entries.at(-1 - (next.back % log.entries.length)) ?? '');
      return;
    case 'garbage':
      log.append(next.text);
      return;
    default:
      next satisfies never;
  }
}
