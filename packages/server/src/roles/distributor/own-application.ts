import {
  type ApplicationMatter,
  type ApplicationRefusal,
  defaultOf,
  formatAmount,
  type Program,
  type ProgramRecord,
  phaseOf,
  wordingOfTitle,
} from '@holdfast/core';
import { type DistributorStore, isSettledByLog, type KeptApplication } from '../../ports/distributor-store.ts';
import type { OwnApplication } from '../../ports/matters.ts';
import type { FiledCase } from './filed-cases.ts';
import { defaultAt } from './paying.ts';
import { promiseIn } from './promises.ts';

/** Refusals before which nobody has verified that the credential is somebody's: its code stands for no person. */
const UNPROVED: ReadonlySet<ApplicationRefusal> = new Set([
  'application.credential_invalid',
  'application.unproved',
  'application.issuer_unlisted',
]);

export async function readOwnApplication(
  store: Pick<DistributorStore, 'findByCode' | 'read'>,
  code: string,
  ports: {
    readonly findProgram: (id: string) => ProgramRecord;
    readonly organiser: string;
    readonly now: () => number;
    /** The case about it, where it is in doubt. */
    readonly caseOf?: (program: string, application: string) => Promise<FiledCase | undefined>;
  },
): Promise<OwnApplication | undefined> {
  const found = await store.findByCode(code);
  if (found === undefined) return undefined;
  const kept = await store.read(found.program, found.application);
  if (kept === undefined) return undefined;
  const review = await ports.caseOf?.(found.program, found.application);
  const isOpen = review !== undefined && review.state !== 'over';
  const matter = {
    ...matterOf(ports.findProgram(found.program), kept, ports),
    ...(isOpen ? { review: { ...(review.case === undefined ? {} : { case: review.case }), ...dueOf(review) } } : {}),
  };
  const settled = [kept.judgement?.verdict, kept.payment?.settledBy];
  // What the log ruled is no verdict, and no verifier has it.
  const verdicts = settled.filter((id) => id !== undefined).filter((id) => !/^entry-\d+$/.test(id));
  return { matter, ...found, holder: kept.holder.replace(/\.signed$/, ''), verdicts: [...new Set(verdicts)] };
}

function promiseOf({ acknowledgement }: KeptApplication): { readonly promisedBy?: number } {
  const by = promiseIn(acknowledgement);
  return by === undefined ? {} : { promisedBy: by };
}

function dueOf({ dueAt }: FiledCase): { readonly dueBy?: number } {
  return dueAt === undefined ? {} : { dueBy: dueAt };
}

function matterOf(
  record: ProgramRecord,
  kept: KeptApplication,
  { organiser, now }: { readonly organiser: string; readonly now: () => number },
): ApplicationMatter {
  const { program, sealedAt } = record;
  const { judgement, admitted } = kept;
  const { closesAt } = program.window;
  const refused = judgement !== undefined && 'refused' in judgement ? judgement.refused : undefined;
  const intakeBy = closesAt + program.intakeWithinMs;
  return {
    of: 'application',
    program: wordingOfTitle(program),
    phase: phaseOf(record, now()),
    isLottery: program.allocation.mode === 'sealed' && program.allocation.rule === 'lottery',
    organiser,
    ...{ receivedAt: kept.receivedAt, closesAt, intakeBy },
    state:
      admitted === undefined
        ? judgement === undefined
          ? 'acknowledged'
          : 'judged'
        : admitted
          ? 'admitted'
          : 'refused',
    ...(refused === undefined ? {} : { refused }),
    ...paymentOf(record, kept),
    // An instant program has no seal to count from before it ends: its window's end stands in.
    appealUntil: (sealedAt?.time ?? intakeBy) + program.appealMs,
    ...promiseOf(kept),
    isProved: judgement !== undefined && (refused === undefined || !UNPROVED.has(refused)),
  };
}

function paymentOf(record: ProgramRecord, { payment, judgement }: KeptApplication): Pick<ApplicationMatter, 'payment'> {
  if (payment === undefined) return {};
  const { state, amount, at, settledBy } = payment;
  const isHeld = judgement !== undefined && 'candidacy' in judgement && judgement.candidacy.held;
  const due =
    state === 'reserved' ? { dueBy: defaultAt(record, payment), otherwise: defaultOf(record.program, isHeld) } : {};
  const isRuled = judgement?.exception !== undefined || isSettledByLog(settledBy);
  const ruled = isRuled ? { isRuled } : {};
  const isDecided = settledBy !== undefined;
  return { payment: { state, amount: moneyOf(record.program, amount), at, ...due, isDecided, ...ruled } };
}

function moneyOf({ asset }: Program, amount: bigint): string {
  return `${formatAmount(amount, asset.decimals)} ${asset.code}`;
}
