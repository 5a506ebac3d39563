import { type CaseRecord, isOpenCase } from '@holdfast/core';
import { type KeptApplication, type Payment, settledByEntry } from '../../ports/distributor-store.ts';
import type { FiledCase, FiledCases } from './filed-cases.ts';
import type { DistributorPorts } from './neighbours.ts';

type Due = KeptApplication & { readonly payment: Payment };
type Released = { readonly program: { readonly id: string; readonly title: string } };

/** What a case about it says of money that is set aside: it waits for the case, or goes back as was found. */
export type DoubtRuling = { readonly way: 'hold' } | { readonly way: 'void'; readonly settledBy: string };

/**
 * Applicants of whom a verdict says neither yes nor no. Where the rulebook says for which reason, that is a case: officers find,
 * and what they admit is paid by the log's own word (`exceptions.ts`). Undefined where nobody files.
 */
export interface Doubts {
  /** Files it, once: for people to look at, beside whatever else may still clear it up. */
  file(record: Released, due: Due): Promise<void>;
  /** Undefined where there is no case, or one that says nothing yet and cannot be waited for. */
  rulingOn(due: Due): Promise<DoubtRuling | undefined>;
  read(program: string, application: string): Promise<FiledCase | undefined>;
}

/** Matters are names of ours; a program's id has no dot. */
const matterOf = (program: string, application: string) => `doubt.${program}.${application}`;

export function createDoubts({ clock }: Pick<DistributorPorts, 'clock'>, cases: FiledCases): Doubts {
  return {
    // Where it cannot be filed the money stays where it is, and the program's default still decides; the next round files it.
    async file({ program }, { application }) {
      const reason = cases.reasonFor('application');
      if (reason === undefined) return;
      const draft = {
        ...({ kind: 'case', about: 'application', class: reason, remedy: 'admit' } as const),
        subject: { program: program.id, digest: application },
        statement: statementOf(program.title, program.id, application),
      };
      await cases.file(matterOf(program.id, application), draft, program.id);
    },
    async rulingOn({ program, application }) {
      const { receipt, record } = await cases.find(matterOf(program, application));
      if (receipt === undefined) return undefined;
      // Acknowledged and not in the log yet: the governor has promised by when somebody has it.
      if (record === undefined) return clock.now() < receipt.promisedBy ? { way: 'hold' } : undefined;
      if (isOpenCase(record)) return { way: 'hold' };
      return isUpheld(record) ? undefined : { way: 'void', settledBy: settledByEntry(record.entry) };
    },
    read: (program, application) => cases.read(matterOf(program, application)),
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
