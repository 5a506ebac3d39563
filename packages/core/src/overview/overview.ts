import type { OverviewFacts } from './facts.ts';
import { type Finding, type FoundWrong, findingKey, OVERVIEW_CODES } from './finding.ts';
import { groundFindings } from './ground-findings.ts';
import { keyFindings } from './key-findings.ts';
import { logFindings } from './log-findings.ts';
import { sayMoment } from './moment.ts';
import { moneyFindings } from './money-findings.ts';
import { outletFindings } from './outlet-findings.ts';
import { peopleFindings } from './people-findings.ts';
import { verifierFindings } from './verifier-findings.ts';

export type Overview = {
  /** What is worst, and how much more there is; or that nothing is. */
  readonly sentence: string;
  /** The worst first. */
  readonly findings: readonly Finding[];
};

/** Since when, by `findingKey`, something is seen that does not say itself when it began. */
export type SeenSince = ReadonlyMap<string, number>;

/** More would not be read; the worst are kept. */
export const MAX_FINDINGS = 200;

/**
 * Everything that is wrong, the worst first: what is it, where, since when, what stands on it, whose it is and when it is over.
 * Pure: the same facts say the same to everybody. What follows from something that is told is not told beside it.
 */
export function overviewOf(facts: OverviewFacts, now: number, seen: SeenSince = new Map()): Overview {
  const found = [
    ...groundFindings(facts, now),
    ...logFindings(facts, now),
    ...verifierFindings(facts, now),
    ...moneyFindings(facts, now),
    ...peopleFindings(facts, now),
    ...outletFindings(facts),
    ...keyFindings(facts),
  ];
  const findings = found
    .map((one): Finding => ({ ...one, since: one.since ?? seen.get(findingKey(one)) ?? now }))
    .sort((a, b) => rankOf(a) - rankOf(b) || a.since - b.since || (a.part < b.part ? -1 : 1))
    .slice(0, MAX_FINDINGS);
  return { sentence: sentenceOf(findings, facts), findings };
}

/** What is to be remembered for the next look: only what is still wrong, so it is bounded as the findings are. */
export function seenSince({ findings }: Overview): SeenSince {
  return new Map(findings.map((finding) => [findingKey(finding), finding.since]));
}

/** One finding in one sentence. `say` writes a moment as its reader has it; here it is UTC. */
export function wordsOfFinding(finding: Finding, say: (timeMs: number) => string = sayMoment): string {
  const { what, since, affected, owner, resolves } = finding;
  const parts = [`${what} since ${say(since)}`, affected, `resolves ${resolves}`, `owner: ${owner}`];
  return `${parts.filter((part) => part !== undefined).join('; ')}.`;
}

/** The worst in a sentence, and how many more there are. */
export function sentenceOf(
  findings: readonly Finding[],
  read: Pick<OverviewFacts, 'parts' | 'verifiers'>,
  say: (timeMs: number) => string = sayMoment,
): string {
  const [worst, ...others] = findings;
  if (worst === undefined) {
    const { parts, verifiers } = read;
    if (parts.length === 0 && verifiers.length === 0) return 'Nothing is known yet.';
    return `Nothing is wrong: ${counted(parts.length, 'part')} ready, ${counted(verifiers.length, 'verifier')} reading, nothing overdue.`;
  }
  return `${wordsOfFinding(worst, say)}${others.length === 0 ? '' : ` And ${others.length} more.`}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function rankOf({ code }: FoundWrong): number {
  return OVERVIEW_CODES.indexOf(code);
}
