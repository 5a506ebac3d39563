import type { CheckedResult, Contradiction, MissingFile } from '@holdfast/core/program';
import { wordsOfReason } from '@holdfast/server/spec';
import type { ResultReport } from './judge-result.ts';
import { dateOf, moneyIn } from './words.ts';

/** Done wrongly by whoever runs the program, and to be shown to others; the rest is wrong with the files. */
const FAULTS: ReadonlySet<Contradiction> = new Set(['omitted', 'facts', 'draw-seal', 'draw-result', 'beacon']);

/** Is it proved that the program was not run by its rules? */
export function isFault(result: CheckedResult): boolean {
  if (result.outcome === 'contradicted') return FAULTS.has(result.by);
  return result.outcome === 'dropped' || result.outcome === 'overdue';
}

/** What became of an application, in the words of the person who sent it. */
export function wordsOfResult(report: ResultReport): string[] {
  return [
    `${report.program.title}, application ${report.application}`,
    ...outcomeInWords(report),
    ...admissionInWords(report),
    ...paidInWords(report),
  ];
}

/** Beside the lists, which say what they said. Why nothing is paid yet follows from what is left. */
function admissionInWords({ admission, result, payment, program, log }: ResultReport): string[] {
  if (admission === undefined) return [];
  const money = moneyIn(program.asset);
  const { entry, case: id, due, left, endsAt } = admission;
  const by = id === undefined ? `a decision (entry #${entry} of the log)` : `case ${id} (entry #${entry} of the log)`;
  if (result.outcome === 'entitled') return [`Admitted by ${by} as well: what was set aside is paid by it.`];
  const admitted = `Admitted afterwards by ${by}, whatever the lists say: those stay as they are.`;
  if (result.outcome !== 'refused') return [`Admitted by ${by}.`];
  if (due === undefined)
    return [admitted, 'What that gives is not known: there is no draw yet, or the file does not say enough.'];
  const gets = `It gets ${money(due)}, as the draw would have given.`;
  const rest = left === undefined ? '' : ` The draw left ${money(left)} for all who were admitted late together.`;
  const lines = [admitted, `${gets}${rest}`, 'Computed here from the log and your own files.'];
  if (payment !== undefined) return lines;
  const isOver = endsAt !== undefined && log.time >= endsAt;
  const until = endsAt === undefined ? '' : `, until ${dateOf(endsAt)}`;
  return [
    ...lines,
    isOver
      ? 'The program has ended, and it was not paid: there was nothing left for it, or it came too late. Ask the organiser, who owns that.'
      : `Not paid yet: it is paid as soon as so much is left${until}. Nobody else gets less by it.`,
  ];
}

function outcomeInWords({ result, admission, program }: ResultReport): string[] {
  const money = moneyIn(program.asset);
  switch (result.outcome) {
    case 'entitled':
      return result.amount === 0n
        ? ['As it should be: admitted, and not drawn. By the published seed and rules this gets nothing.']
        : [
            `As it should be: admitted, and entitled to ${money(result.amount)}${result.held ? ', set aside until confirmed' : ''}.`,
            'Computed here from the log and your own files.',
          ];
    case 'refused': {
      const { person, next } = wordsOfReason(result.code);
      const refused = `As it should be: taken in, and refused (${result.code}).`;
      return admission === undefined ? [refused, person, next] : [refused, person];
    }
    case 'dropped':
      return [
        'PROVED WRONG: this application was accepted and signed for, and the intake in the log does not have it.',
        'This file is the proof. Anybody can check it the same way; whoever signed cannot deny it.',
      ];
    case 'overdue':
      return [
        `PROVED WRONG: the log was promised to have this application by ${dateOf(result.by)}, and it has no intake yet.`,
      ];
    case 'waiting':
      return [`Not known yet: ${WAITING[result.step]}`];
    case 'incomplete':
      return [`Not known: ${MISSING[result.missing]}`];
    case 'contradicted':
      return [
        FAULTS.has(result.by)
          ? `PROVED WRONG: ${CONTRADICTIONS[result.by]}`
          : `Not known: ${CONTRADICTIONS[result.by]} That proves nothing against anybody.`,
      ];
    default:
      return result satisfies never;
  }
}

const WAITING: Readonly<Record<'intake' | 'seal' | 'draw', string>> = {
  intake: 'it was accepted and signed for; applications are not taken in yet.',
  seal: 'it is taken in, so nobody can drop it any more; nobody has been admitted or refused yet.',
  draw: 'it is admitted; what each one gets is not drawn yet.',
};

const MISSING: Readonly<Record<MissingFile, string>> = {
  acknowledgement: 'the file has no acknowledgement. Send the application again to get it.',
  'intake-proof': 'whoever runs the program shows no proof about the intake.',
  'seal-proof': 'whoever runs the program does not show how it was sealed.',
  'own-facts': 'the file does not say who attested the credential.',
};

const CONTRADICTIONS: Readonly<Record<Contradiction, string>> = {
  program: 'the application is to another program.',
  acknowledgement: 'the acknowledgement is about something else.',
  signature: 'the acknowledgement is not signed by whoever runs the program.',
  'stolen-key':
    'the key that signed the acknowledgement was declared stolen, and the log has nothing of this application: a thief could have written it.',
  'intake-proof': 'the proof about the intake is none.',
  'seal-proof': 'the proof about the seal is none.',
  'seal-list': 'the lists shown are not those that were sealed.',
  omitted: 'it was taken in, and is neither among the admitted nor among the refused.',
  facts: 'it was sealed with other facts than those of this application.',
  'draw-seal': 'the draw was made from another list than the one that was sealed.',
  'draw-result': 'the draw was not made by the rule of the program.',
  beacon: 'the seed of the draw is not what chance gave.',
};

const PAID: Readonly<Record<string, string>> = {
  planned: 'allocated, not set aside yet',
  reserved: 'set aside, not paid',
  posted: 'paid, about to leave the ledger',
  carried: 'paid out of the ledger; a bank may still have it',
  voided: 'returned to the program: the credential did not hold',
};

/** What the ledger has signed for is proved; anything else is the word of whoever runs the program. */
function paidInWords({ payment, program }: ResultReport): string[] {
  if (payment === undefined) return [];
  const { receipt } = payment;
  const isHome = payment.state === 'carried' && payment.isInside;
  const what = isHome ? 'paid, into an account of the ledger' : (PAID[payment.state] ?? payment.state);
  const said = `${moneyIn(program.asset)(payment.amount)} ${what}`;
  if (typeof receipt === 'object') {
    const signed = `${said}. The ledger signed for it on ${dateOf(receipt.at)}, with a key that the log names.`;
    return [payment.isLess ? `WRONG: ${signed} It is less.` : signed];
  }
  const word = receipt === 'none' ? 'The receipt shown for it proves nothing.' : 'That is their word, not signed.';
  return [
    payment.isLess
      ? `WRONG: whoever runs the program says ${said}, which is less. ${word}`
      : `Whoever runs the program says: ${said}. ${word}`,
  ];
}
