import { recordHands } from './hands.ts';
import { closeDecisions, findOpen } from './powers.ts';
import type { DecisionRecord, ExceptionRecord, NetworkState, Refusal } from './state.ts';
import type { StatementOf } from './statement.ts';

/** One act that rules alone would not do, once for each digest. */
export function applyException(
  state: NetworkState,
  body: StatementOf<'exception'>,
  entry: number,
): Refusal | undefined {
  const [decision] = findOpen(state, [body.decision]) ?? [];
  if (decision === undefined) return 'decision-missing';
  const record = recordOf(state, body, decision, entry);
  if (typeof record === 'string') return record;
  if (state.exceptions.has(body.digest)) return 'exception-repeated';
  closeDecisions(state, [decision]);
  state.exceptions.set(body.digest, record);
  if (body.kind === 'payment') recordHands(state, 'payment', body.digest, decision);
  return undefined;
}

function recordOf(
  state: NetworkState,
  { kind, program, digest }: StatementOf<'exception'>,
  { power, count, parameters }: DecisionRecord,
  entry: number,
): ExceptionRecord | Refusal {
  if (kind !== 'payment') {
    const [needed, bound] =
      kind === 'unsealing'
        ? (['unseal', parameters.unsealing] as const)
        : (['reinstate', parameters.reinstatement] as const);
    if (power !== needed) return 'decision-power';
    if (count !== 1) return 'counts-differ';
    return bound === digest ? { kind, entry } : 'decision-parameters';
  }
  if (power !== 'release' && power !== 'return') return 'decision-power';
  if (count !== 1) return 'counts-differ';
  if (program === undefined || parameters.instruction !== digest || parameters.of !== program) {
    return 'decision-parameters';
  }
  if (!state.programs.has(program)) return 'program-unknown';
  // The log does not say what the act is: whoever carries it out looks that it is one that this power is for.
  return { kind, program, entry, ...(power === 'return' ? { power } : {}) };
}
