import {
  changeKey,
  isJsonObject,
  type Json,
  type NetworkState,
  parseVerdictEnvelope,
  type StatusList,
} from '@holdfast/core';
import type { IssuedView } from '../issuer/issuer.ts';
import type { AskVerifier } from '../person/verdict-course.ts';
import type { DecisionBook, DecisionTrace } from './decision-book.ts';

/** Something that happened to one credential. Neither its holder nor its place in a list is in it. */
export type TraceEvent = {
  /** Unix milliseconds. */
  readonly at: number;
  readonly what: 'issued' | 'presented' | 'decided' | 'changed' | 'first-effect';
  /** The party that did it, or that it took effect at. */
  readonly by: string;
  /** `presented`, `first-effect`: what the verifier said, and its handle for it. */
  readonly outcome?: string;
  readonly verdict?: string;
  /** How far it had read: the last entry that it had seen. */
  readonly seenUpTo?: number;
  /** `decided`, `changed`: the entry of the log, and of a decision its power and public reason. */
  readonly entry?: number;
  readonly power?: string;
  readonly class?: string;
};

/** The life of one credential as one party may know it, oldest first, and the stamps of what was decided about it. */
export type CredentialTrace = { readonly events: readonly TraceEvent[]; readonly decisions: readonly DecisionTrace[] };

export interface CredentialTraces {
  /** By a verifier's own handle, the id of a verdict: what it was shown and answered, and what was decided. Throws `verdict.not-found`. */
  byVerdict(verifier: string, verdict: string): Promise<CredentialTrace>;
  /** By the issuer's own handle, the label it has given: what it issued under it, and what was decided. Empty for nothing. */
  byLabel(issuer: string, label: string): Promise<CredentialTrace>;
}

export type CredentialTracePorts = {
  readonly ask: AskVerifier;
  readonly readIssued: (issuer: string, label: string) => Promise<readonly IssuedView[]>;
  readonly state: () => Readonly<Pick<NetworkState, 'changes' | 'lists'>>;
  readonly book: Pick<DecisionBook, 'trace'>;
};

/** Answers of one verifier that are shown, the latest. */
const LATEST = 50;

/** Each party follows its own credentials by its own handles: nothing here joins what two of them know. */
export function createCredentialTraces({ ask, readIssued, state, book }: CredentialTracePorts): CredentialTraces {
  async function decisionsOf(entries: readonly number[]): Promise<DecisionTrace[]> {
    return Promise.all(entries.map((entry) => book.trace(entry)));
  }

  return {
    async byVerdict(verifier, verdict) {
      const of = `/v/${encodeURIComponent(verifier)}/verdicts`;
      const first = await ask(`${of}/${encodeURIComponent(verdict)}`);
      const { credential } = verdictOf(first).basis;
      if (credential === undefined) return { events: [answerEvent(verifier, first)], decisions: [] };
      const query = new URLSearchParams({ limit: String(LATEST), credential });
      const answer = await ask(`${of}?${query}`);
      const listed = isJsonObject(answer) && Array.isArray(answer.verdicts) ? (answer.verdicts as readonly Json[]) : [];
      const given = listed.map((each) => answerEvent(verifier, each));
      const deciding = await ask(`${of}/${encodeURIComponent(verdict)}/deciding?as=now`).catch(() => undefined);
      const decisions = await decisionsOf(entriesOf(deciding));
      return {
        events: inOrder([...given, ...decisions.map(decidedEvent), ...firstEffect(given, decisions)]),
        decisions,
      };
    },
    async byLabel(issuer, label) {
      const issued = await readIssued(issuer, label);
      const { changes, lists } = state();
      const changed = issued.flatMap(
        ({ list, index }) => changes.get(changeKey(list, index)) ?? compromiseOf(lists.get(list)),
      );
      const decisions = await decisionsOf([...new Set(changed.flatMap((change) => change.decisions))]);
      const events = issued.map(({ issuedAt }): TraceEvent => ({ at: issuedAt, what: 'issued', by: issuer }));
      return { events: inOrder([...events, ...decisions.map(decidedEvent)]), decisions };
    },
  };
}

function compromiseOf(list: StatusList | undefined) {
  return list?.compromised === undefined ? [] : [list.compromised];
}

function inOrder(events: readonly TraceEvent[]): readonly TraceEvent[] {
  return [...events].sort((a, b) => a.at - b.at);
}

function verdictOf(answer: unknown) {
  return parseVerdictEnvelope(String(isJsonObject(answer) ? answer.signed : '')).envelope.verdict;
}

function answerEvent(by: string, answer: unknown): TraceEvent {
  const { outcome, basis } = verdictOf(answer);
  const { id, answeredAt } = isJsonObject(answer) ? answer : {};
  const size = basis.positions[0]?.size;
  return {
    ...{ at: Number(answeredAt), what: 'presented', by, outcome, verdict: String(id) },
    ...(size === undefined ? {} : { seenUpTo: size - 1 }),
  };
}

function decidedEvent({ entry, power, class: reason, logged }: DecisionTrace): TraceEvent {
  return { at: logged, what: 'decided', by: 'officers', entry, power, class: reason };
}

function entriesOf(answer: unknown): number[] {
  const deciding = isJsonObject(answer) ? answer.deciding : undefined;
  const decisions = isJsonObject(deciding) && Array.isArray(deciding.decisions) ? (deciding.decisions as Json[]) : [];
  return decisions.filter(isJsonObject).map(({ entry }) => Number(entry));
}

/** The first answer that had read the last decision. */
function firstEffect(given: readonly TraceEvent[], decisions: readonly DecisionTrace[]): TraceEvent[] {
  const last = Math.max(...decisions.map(({ entry }) => entry));
  const [first] = inOrder(given.filter(({ seenUpTo = -1 }) => seenUpTo > last));
  return first === undefined ? [] : [{ ...first, what: 'first-effect' }];
}
