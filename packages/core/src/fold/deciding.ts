import { thumbprint } from '../encoding/jwk.ts';
import { isCodedError } from '../errors.ts';
import { parseApproval } from '../governance/decision.ts';
import { textOfClass } from '../rulebook/rulebook.ts';
import type { DecidingEntry } from '../verdict/explain.ts';
import { changeKey, type NetworkState } from './state.ts';
import { parseStatement } from './statement.ts';

/**
 * Finds the entry that gave an index its present value, and who approved it. Undefined when the index is untouched.
 * `readEntry` gives the log's entries; one it does not have is left out of the answer.
 */
export function findDecidingEntry(
  state: NetworkState,
  subject: { readonly list: string; readonly index: number },
  readEntry: (index: number) => string | undefined,
): DecidingEntry | undefined {
  const { changes, lists } = state;
  const change = changes.get(changeKey(subject.list, subject.index)) ?? lists.get(subject.list)?.compromised;
  if (change === undefined) return undefined;
  return {
    entry: change.entry,
    effectiveAt: timeOfNextEpoch(change.entry, state.tree.size, readEntry) ?? state.time,
    decisions: change.decisions.flatMap((index) => describe(state, index, readEntry(index))),
  };
}

/** An epoch follows within a tick: looking this far is more than enough. */
const MAX_ENTRIES_TO_NEXT_EPOCH = 10_000;

function timeOfNextEpoch(
  from: number,
  size: number,
  readEntry: (index: number) => string | undefined,
): number | undefined {
  for (let index = from; index < Math.min(size, from + MAX_ENTRIES_TO_NEXT_EPOCH); index += 1) {
    const body = bodyOf(readEntry(index));
    if (body?.type === 'epoch') return body.time;
  }
  return undefined;
}

function bodyOf(entry: string | undefined) {
  if (entry === undefined) return undefined;
  const parse = parseStatement(entry);
  return parse.ok ? parse.statement.body : undefined;
}

function describe(state: NetworkState, index: number, entry: string | undefined): DecidingEntry['decisions'][number][] {
  const body = bodyOf(entry);
  if (body?.type !== 'decision') return [];
  const { power, received, authorised } = body;
  const text = state.rulebook === undefined ? body.class : textOfClass(state.rulebook.body, body.class);
  const officers = body.approvals.flatMap((approval) => officerOf(state, approval));
  const approved = [...new Set(officers)].sort();
  return [{ entry: index, power, class: body.class, text, officers: approved, received, authorised }];
}

function officerOf(state: NetworkState, approval: string): string[] {
  try {
    const { kid } = parseApproval(approval);
    return [...state.parties.values()]
      .filter((party) => party.kind === 'officer' && party.keys.some(({ key }) => thumbprint(key) === kid))
      .map((party) => party.id);
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return [];
  }
}
