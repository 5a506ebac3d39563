import { isOpen } from '../cases/case-record.ts';
import type { ExceptionRecord, NetworkState } from '../fold/state.ts';
import { bindingDigest } from '../governance/decision.ts';
import type { Instruction } from './instruction.ts';
import { payoutTransfer } from './transfers.ts';

/** What the log says, beside its rules, about single applications and payments of one program. */
export type Rulings = {
  /** By the application: the entry that admits it. */
  readonly admissions: ReadonlyMap<string, number>;
  /** By the digest of the instruction. */
  readonly payments: ReadonlyMap<string, ExceptionRecord>;
  /** Instructions and applications that open cases have named: until those end, nothing becomes of the money by default. */
  readonly disputed: ReadonlySet<string>;
};

/** What rulings make of one payment that is set aside. `entry`: of the log, where something was ruled. */
export type Ruled = { readonly way: 'post' | 'void'; readonly entry: number } | { readonly way: 'hold' };

/** Costs what stands in the log of exceptions and open cases, not what the program has of applications. */
export function rulingsOf(
  { exceptions, docket }: Pick<NetworkState, 'exceptions' | 'docket'>,
  program: string,
): Rulings {
  const admissions = new Map<string, number>();
  const payments = new Map<string, ExceptionRecord>();
  for (const [digest, record] of exceptions) {
    if ((record.kind !== 'payment' && record.kind !== 'admission') || record.program !== program) continue;
    if (record.kind === 'admission') admissions.set(digest, record.entry);
    else payments.set(digest, record);
  }
  const disputed = new Set<string>();
  for (const record of docket.cases.values()) {
    const { target } = record;
    if (!isOpen(record) || (target?.of !== 'application' && target?.of !== 'payment')) continue;
    if (target.program === program) disputed.add(target.digest);
  }
  return { admissions, payments, disputed };
}

/**
 * What becomes of a payment that is set aside and has not left: what was ruled last; while a case about it is open it stays
 * where it is; undefined where nobody said anything, and the program's own rules decide.
 */
export function rulingOn(rulings: Rulings, program: string, application: string): Ruled | undefined {
  const { admissions, payments, disputed } = rulings;
  if (admissions.size + payments.size + disputed.size === 0) return undefined;
  const [settle, cancel] = [
    instructionOn(program, application, 'settle'),
    instructionOn(program, application, 'cancel'),
  ];
  const admitted = admissions.get(application);
  const released = payments.get(settle);
  const returned = payments.get(cancel);
  const ways: Ruled[] = [
    ...(admitted === undefined ? [] : [{ way: 'post', entry: admitted } as const]),
    // Whoever may only return money has not been given the power to send any.
    ...(released === undefined || isReturnOnly(released) ? [] : [{ way: 'post', entry: released.entry } as const]),
    ...(returned === undefined ? [] : [{ way: 'void', entry: returned.entry } as const]),
  ];
  const last = ways.reduce<Ruled | undefined>(
    (latest, way) => (entryOf(way) > entryOf(latest) ? way : latest),
    undefined,
  );
  if (last !== undefined) return last;
  return [application, settle, cancel].some((digest) => disputed.has(digest)) ? { way: 'hold' } : undefined;
}

function isReturnOnly(record: ExceptionRecord): boolean {
  return record.kind === 'payment' && record.power === 'return';
}

function entryOf(ruled: Ruled | undefined): number {
  return ruled !== undefined && 'entry' in ruled ? ruled.entry : -1;
}

/** Digest of an act on a payment before it leaves (attempt 0): `settle` makes it, `cancel` returns it. */
export function instructionOn(program: string, application: string, act: 'settle' | 'cancel'): string {
  return bindingDigest(instructionBeforeLeaving(program, application, act));
}

export function instructionBeforeLeaving(program: string, application: string, act: 'settle' | 'cancel'): Instruction {
  return { program, act, payment: payoutTransfer(program, application), attempt: 0 };
}
