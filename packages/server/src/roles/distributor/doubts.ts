import { type CaseRecord, isOpenCase, type NetworkState, type ProgramRecord } from '@holdfast/core';
import type { Filings } from '../../filing/filings.ts';
import { type KeptApplication, type Payment, settledByEntry } from '../../ports/distributor-store.ts';
import type { DistributorPorts } from './neighbours.ts';

type Due = KeptApplication & { readonly payment: Payment };

/** An applicant's own case, as far as it has come. `dueAt`: when whoever has it has to have acted; unix milliseconds. */
export type DoubtView = {
  readonly state: 'filed' | 'open' | 'over';
  /** Absent until the governor has acknowledged it. */
  readonly case?: string;
  readonly dueAt?: number;
};

/** What a case about it says of money that is set aside: it waits for the case, or goes back as was found. */
export type DoubtRuling = { readonly way: 'hold' } | { readonly way: 'void'; readonly settledBy: string };

/**
 * Applicants of whom a verdict says neither yes nor no. Where the rulebook says for which reason, that is a case: officers find,
 * and what they admit is paid by the log's own word (`exceptions.ts`). Undefined where nobody files.
 */
export interface Doubts {
  /** Files it, once: for people to look at, beside whatever else may still clear it up. */
  file(record: ProgramRecord, due: Due): Promise<void>;
  /** Undefined where there is no case, or one that says nothing yet and cannot be waited for. */
  rulingOn(due: Due): Promise<DoubtRuling | undefined>;
  read(program: string, application: string): Promise<DoubtView | undefined>;
}

type Ports = Pick<DistributorPorts, 'clock' | 'report'> & {
  readonly follower: { readonly state: Readonly<NetworkState> };
};

/** Matters are names of ours; a program's id has no dot. */
const matterOf = (program: string, application: string) => `doubt.${program}.${application}`;

export function createDoubts({ follower, clock, report }: Ports, filings: Pick<Filings, 'open' | 'find'>): Doubts {
  /** The reason for which the rulebook lets roles file an applicant, where it does. */
  function classFor(): string | undefined {
    const rules = follower.state.rulebook?.body.cases;
    const reason = rules?.reasons.find((each) => each.class === rules.manual.class);
    const isFor = reason?.subjects.includes('application') === true && reason.remedies.includes('admit');
    return isFor ? reason.class : undefined;
  }

  async function found(program: string, application: string) {
    const outcome = await filings.find(matterOf(program, application));
    if (outcome === undefined || outcome === 'waiting') return { outcome };
    if ('refused' in outcome) return { outcome };
    const { receipt } = outcome;
    return { outcome, receipt, record: follower.state.docket.cases.get(receipt.id) };
  }

  return {
    async file({ program }, { application }) {
      const reason = classFor();
      if (reason === undefined) return;
      try {
        await filings.open(matterOf(program.id, application), {
          ...{ kind: 'case', about: 'application', class: reason, remedy: 'admit' },
          subject: { program: program.id, digest: application },
          statement: statementOf(program.title, program.id, application),
        });
      } catch (error) {
        // The money stays where it is, and the program's default still decides; the next round files it.
        report({ code: 'filing.full', program: program.id, detail: error instanceof Error ? error.message : '' });
      }
    },
    async rulingOn({ program, application }) {
      const { receipt, record } = await found(program, application);
      if (receipt === undefined) return undefined;
      // Acknowledged and not in the log yet: the governor has promised by when somebody has it.
      if (record === undefined) return clock.now() < receipt.promisedBy ? { way: 'hold' } : undefined;
      if (isOpenCase(record)) return { way: 'hold' };
      return isUpheld(record) ? undefined : { way: 'void', settledBy: settledByEntry(record.entry) };
    },
    async read(program, application) {
      const { outcome, receipt, record } = await found(program, application);
      if (outcome === undefined) return undefined;
      if (receipt === undefined) return { state: outcome === 'waiting' ? 'filed' : 'over' };
      const named = { case: receipt.id };
      if (record === undefined) {
        const isComing = clock.now() < receipt.promisedBy;
        return isComing ? { state: 'filed', ...named, dueAt: receipt.promisedBy } : { state: 'over', ...named };
      }
      return isOpenCase(record) ? { state: 'open', ...named, dueAt: record.dueAt } : { state: 'over', ...named };
    },
  };
}

function isUpheld({ finding, target }: CaseRecord): boolean {
  return finding?.upheld === true && target?.of === 'application';
}

/** What officers read. They have to name the application for anything to follow: nobody else can tell which one it is. */
function statementOf(title: string, program: string, application: string): string {
  return [
    `An applicant to ${title} is in doubt: the verifier could neither confirm nor refuse what they presented.`,
    'The money is set aside until this case is over. Uphold: it is paid. Dismiss: it goes back.',
    `Name it when you triage or find: --program ${program} --digest ${application}`,
  ].join('\n');
}
