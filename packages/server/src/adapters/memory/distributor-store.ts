import { assert } from '@holdfast/core';
import {
  type AcceptAnswer,
  type DistributorStore,
  type KeptApplication,
  type KeptProgram,
  MAX_APPLICATIONS_PER_READ,
  MAX_PER_HOLDER,
  type NewApplication,
  PAYMENT_STEPS,
  type PaymentState,
  type PaymentSums,
  type SpendingBounds,
  type Spent,
} from '../../ports/distributor-store.ts';

/** One program with all its applications, in the order in which they were kept. */
type Shelf = {
  program: KeptProgram;
  readonly applications: Map<string, KeptApplication>;
  readonly holders: Map<string, number>;
  /** Applications by the digests of their codes. */
  readonly codes: Map<string, string>;
  /** Nullifiers of those who count. */
  readonly people: Set<string>;
};

/** A distributor's memory that is gone with the process, for rehearsal and tests. Each call is one step, so none is torn. */
export function createDistributorStoreMemory(): DistributorStore {
  const shelves = new Map<string, Shelf>();
  return {
    ...keyCalls(),
    ...programCalls(shelves),
    ...applicationCalls(shelves),
    ...judgementCalls(shelves),
    ...paymentCalls(shelves),
  };
}

type Shelves = Map<string, Shelf>;

function keyCalls(): Pick<DistributorStore, 'addKey' | 'readKey' | 'countKeys' | 'eraseKey'> {
  /** Erased ones without bytes, so that they do not come back. */
  const keys = new Map<string, Uint8Array | undefined>();
  return {
    async addKey({ digest, sealed }) {
      if (!keys.has(digest)) keys.set(digest, sealed);
    },
    async readKey(digest) {
      const sealed = keys.get(digest);
      return sealed === undefined ? undefined : { digest, sealed };
    },
    async countKeys() {
      return [...keys.values()].filter((sealed) => sealed !== undefined).length;
    },
    async eraseKey(digest) {
      if (keys.has(digest)) keys.set(digest, undefined);
    },
  };
}

type ProgramCalls = Pick<
  DistributorStore,
  'addProgram' | 'readProgram' | 'readPrograms' | 'close' | 'keepStatement' | 'replaceStatement'
>;

function programCalls(shelves: Shelves): ProgramCalls {
  return {
    async addProgram({ id, digest }) {
      if (shelves.has(id)) return;
      const program = { id, digest, count: 0, statements: {} };
      shelves.set(id, { program, applications: new Map(), holders: new Map(), codes: new Map(), people: new Set() });
    },
    async readProgram(id) {
      return shelves.get(id)?.program;
    },
    async readPrograms() {
      return [...shelves.values()].map(({ program }) => program);
    },
    async close(id, at) {
      const shelf = shelfOf(shelves, id);
      shelf.program = { ...shelf.program, closedAt: shelf.program.closedAt ?? at };
      return shelf.program;
    },
    async keepStatement(id, step, statement) {
      const shelf = shelfOf(shelves, id);
      const kept = shelf.program.statements[step] ?? statement;
      shelf.program = { ...shelf.program, statements: { ...shelf.program.statements, [step]: kept } };
      return kept;
    },
    async replaceStatement(id, step, from, to) {
      const shelf = shelfOf(shelves, id);
      const { statements } = shelf.program;
      if (statements[step] === from) shelf.program = { ...shelf.program, statements: { ...statements, [step]: to } };
      return shelf.program.statements[step];
    },
  };
}

type ApplicationCalls = Pick<
  DistributorStore,
  | 'accept'
  | 'read'
  | 'findByCode'
  | 'readLeaves'
  | 'readUnjudged'
  | 'countApplications'
  | 'readPerson'
  | 'eraseSent'
  | 'eraseSealed'
>;

function applicationCalls(shelves: Shelves): ApplicationCalls {
  return {
    async accept(applications) {
      assertBounded(applications);
      return applications.map((application) => acceptOne(shelves.get(application.program), application));
    },
    async read(program, application) {
      return shelves.get(program)?.applications.get(application);
    },
    async findByCode(code) {
      for (const [program, { codes, applications }] of shelves) {
        const application = codes.get(code);
        if (application === undefined || applications.get(application)?.sealed === undefined) continue;
        return { program, application };
      }
      return undefined;
    },
    async readLeaves(program, limit, after) {
      const page = pageOf(shelves.get(program), limit, after, () => true);
      return page.map(({ application, salt }) => ({ application, salt }));
    },
    async readUnjudged(program, limit) {
      const unjudged = applicationsOf(shelves.get(program)).filter(({ judgement }) => judgement === undefined);
      return unjudged.slice(0, bounded(limit));
    },
    async countApplications(program) {
      const all = applicationsOf(shelves.get(program));
      return {
        all: all.length,
        unjudged: all.filter(({ judgement }) => judgement === undefined).length,
        admitted: all.filter(({ admitted }) => admitted === true).length,
        refused: all.filter(({ admitted }) => admitted === false).length,
      };
    },
    async readPerson({ holders, verdicts }) {
      const all = [...shelves.values()].flatMap((shelf) => applicationsOf(shelf));
      const isTheirs = ({ holder, judgement }: KeptApplication) =>
        holders.includes(holder) || (judgement?.verdict !== undefined && verdicts.includes(judgement.verdict));
      const found = all.filter(isTheirs).slice(0, MAX_APPLICATIONS_PER_READ);
      return found.map(({ sealed: _, ...kept }) => kept);
    },
    async eraseSent(program, applications) {
      assertBounded(applications);
      const shelf = shelves.get(program);
      const due = applicationsOf(shelf).filter(
        ({ application, sealed }) => sealed !== undefined && applications.includes(application),
      );
      for (const { sealed: _, ...kept } of due) shelf?.applications.set(kept.application, kept);
      return due.length;
    },
    async eraseSealed(program, limit) {
      const shelf = shelves.get(program);
      const due = applicationsOf(shelf).filter(({ sealed }) => sealed !== undefined);
      const erased = due.slice(0, bounded(limit));
      for (const { sealed: _, ...kept } of erased) shelf?.applications.set(kept.application, kept);
      return erased.length;
    },
  };
}

function acceptOne(
  shelf: Shelf | undefined,
  { maxApplications, code, ...application }: NewApplication & { readonly maxApplications: number },
): AcceptAnswer {
  const known = shelf?.applications.get(application.application);
  if (known !== undefined) return { answer: 'repeat', acknowledgement: known.acknowledgement };
  if (shelf === undefined || shelf.program.closedAt !== undefined) return { answer: 'closed' };
  const { program, applications, holders, codes } = shelf;
  if (program.count >= maxApplications) return { answer: 'full' };
  const held = holders.get(application.holder) ?? 0;
  if (held >= MAX_PER_HOLDER) return { answer: 'holder-full' };
  const count = program.count + 1;
  holders.set(application.holder, held + 1);
  applications.set(application.application, { ...application, sequence: count });
  shelf.program = { ...program, count };
  if (code !== undefined) codes.set(code, application.application);
  return { answer: 'kept', acknowledgement: application.acknowledgement };
}

function judgementCalls(shelves: Shelves): Pick<DistributorStore, 'judge' | 'readJudged' | 'admit' | 'readmit'> {
  return {
    async judge(program, judgements) {
      assertBounded(judgements);
      const { applications } = shelfOf(shelves, program);
      for (const { application } of judgements) assert(applications.has(application), 'what is judged was accepted');
      for (const judgement of judgements) {
        const kept = keptOf(applications, judgement.application);
        if (kept.judgement !== undefined) continue;
        const refused = 'refused' in judgement ? { admitted: false } : {};
        applications.set(kept.application, { ...kept, judgement, ...refused });
      }
    },
    async readJudged(program, limit, after) {
      const page = pageOf(shelves.get(program), limit, after, ({ judgement }) => judgement !== undefined);
      return page.map(({ sealed: _, ...judged }) => judged);
    },
    async admit(program, admitted, refused) {
      const names = [...admitted, ...refused.map(({ application }) => application)];
      assertBounded(names);
      assertDistinct(names);
      const shelf = shelfOf(shelves, program);
      for (const name of names) {
        assert(keptOf(shelf.applications, name).judgement !== undefined, 'what is admitted was judged');
      }
      const lost = admitted.filter((name) => !admitOne(shelf, name));
      for (const { application, code } of refused) refuse(shelf, application, code);
      return lost;
    },
    async readmit(program, judgement, when) {
      const shelf = shelfOf(shelves, program);
      const { admitted, judgement: known, ...kept } = keptOf(shelf.applications, judgement.application);
      if (known?.exception !== undefined) return true;
      const isLate = when === 'late';
      if (admitted !== false || (shelf.program.closedAt !== undefined) !== isLate) return false;
      const sealedAs = isLate && known !== undefined && 'refused' in known ? { sealedAs: known.refused } : {};
      shelf.applications.set(kept.application, { ...kept, judgement: { ...judgement, ...sealedAs } });
      return true;
    },
  };
}

/** Whether it counts then. */
function admitOne(shelf: Shelf, name: string): boolean {
  const kept = keptOf(shelf.applications, name);
  if (kept.admitted !== undefined || kept.judgement === undefined || !('candidacy' in kept.judgement)) {
    return kept.admitted === true;
  }
  const { nullifier } = kept.judgement.candidacy;
  if (shelf.people.has(nullifier)) {
    refuse(shelf, name, 'application.duplicate_person');
    return false;
  }
  shelf.people.add(nullifier);
  shelf.applications.set(name, { ...kept, admitted: true });
  return true;
}

function refuse(shelf: Shelf, name: string, code: Parameters<DistributorStore['admit']>[2][number]['code']): void {
  const kept = keptOf(shelf.applications, name);
  if (kept.admitted !== undefined || kept.judgement === undefined) return;
  const { application, verdict, exception, sealedAs } = kept.judgement;
  const as = sealedAs === undefined ? {} : { sealedAs };
  const named = { application, ...(verdict === undefined ? {} : { verdict }), ...as };
  const judgement = { ...named, ...(exception === undefined ? {} : { exception }), refused: code };
  shelf.applications.set(name, { ...kept, judgement, admitted: false });
}

type PaymentCalls = Pick<DistributorStore, 'plan' | 'advance' | 'readPayments' | 'sumPayments' | 'readSpent'>;

function paymentCalls(shelves: Shelves): PaymentCalls {
  return {
    async plan(program, payments, at, most) {
      assertBounded(payments);
      const shelf = shelfOf(shelves, program);
      const { applications } = shelf;
      for (const { application, amount } of payments) {
        assert(keptOf(applications, application).admitted === true, 'what is paid is admitted');
        assert(amount >= 0n && amount < 10n ** 39n, 'an amount is not negative and has at most 39 digits');
      }
      const fresh = payments.flatMap(({ application, amount }, i): KeptApplication[] => {
        const kept = keptOf(applications, application);
        const isFirst = payments.findIndex((one) => one.application === application) === i;
        if (kept.payment !== undefined || !isFirst) return [];
        return [{ ...kept, payment: { application, amount, state: 'planned', at } }];
      });
      if (most !== undefined && fresh.length > 0) {
        const after = spentOn([...applicationsOf(shelf).filter(isSpending), ...fresh]);
        if (isMoreThan(after, most)) return false;
      }
      for (const kept of fresh) applications.set(kept.application, kept);
      return true;
    },
    async advance(program, changes, at) {
      assertBounded(changes);
      assertDistinct(changes.map(({ application }) => application));
      for (const { from, to } of changes) assert(PAYMENT_STEPS[from].includes(to), 'a payment only moves forwards');
      const { applications } = shelfOf(shelves, program);
      const moved = changes.filter(({ application, from }) => applications.get(application)?.payment?.state === from);
      for (const { application, to, settledBy } of moved) {
        const { payment, ...kept } = keptOf(applications, application);
        if (payment === undefined) continue;
        const by = settledBy === undefined ? {} : { settledBy };
        applications.set(application, { ...kept, payment: { ...payment, state: to, at, ...by } });
      }
      return moved.map(({ application }) => application);
    },
    async readPayments(program, state, limit, after) {
      const page = pageOf(shelves.get(program), limit, after, ({ payment }) => payment?.state === state);
      return page.flatMap(({ payment, ...kept }) => (payment === undefined ? [] : [{ ...kept, payment }]));
    },
    async sumPayments(program) {
      const sums: { [state in PaymentState]?: NonNullable<PaymentSums[state]> } = {};
      for (const { payment } of applicationsOf(shelves.get(program))) {
        if (payment === undefined) continue;
        const { count, total } = sums[payment.state] ?? { count: 0, total: 0n };
        sums[payment.state] = { count: count + 1, total: total + payment.amount };
      }
      return sums;
    },
    async readSpent(program) {
      return spentOn(applicationsOf(shelves.get(program)).filter(isSpending));
    },
  };
}

function isSpending({ payment }: KeptApplication): boolean {
  return payment !== undefined && payment.state !== 'voided';
}

function spentOn(applications: readonly KeptApplication[]): Spent {
  const byIssuer = new Map<string, bigint>();
  let total = 0n;
  for (const { judgement, payment } of applications) {
    if (payment === undefined || judgement === undefined || !('candidacy' in judgement)) continue;
    const { issuer } = judgement.candidacy;
    byIssuer.set(issuer, (byIssuer.get(issuer) ?? 0n) + payment.amount);
    total += payment.amount;
  }
  return { recipients: applications.length, total, byIssuer };
}

function isMoreThan(spent: Spent, most: SpendingBounds): boolean {
  if (spent.recipients > most.recipients || spent.total > most.total) return true;
  return [...most.byIssuer].some(([issuer, bound]) => (spent.byIssuer.get(issuer) ?? 0n) > bound);
}

function shelfOf(shelves: Shelves, program: string): Shelf {
  const shelf = shelves.get(program);
  assert(shelf !== undefined, 'a program is added before anything is done with it');
  return shelf;
}

function keptOf(applications: ReadonlyMap<string, KeptApplication>, name: string): KeptApplication {
  const kept = applications.get(name);
  assert(kept !== undefined, 'an application is accepted before anything is done with it');
  return kept;
}

function applicationsOf(shelf: Shelf | undefined): readonly KeptApplication[] {
  return shelf === undefined ? [] : [...shelf.applications.values()];
}

/** Those behind `after`, in the order of digests. */
function pageOf(
  shelf: Shelf | undefined,
  limit: number,
  after: string | undefined,
  isWanted: (kept: KeptApplication) => boolean,
): readonly KeptApplication[] {
  const behind = applicationsOf(shelf).filter((kept) => kept.application > (after ?? '') && isWanted(kept));
  const sorted = behind.sort((a, b) => (a.application < b.application ? -1 : 1));
  return sorted.slice(0, bounded(limit));
}

function bounded(limit: number): number {
  return Math.min(limit, MAX_APPLICATIONS_PER_READ);
}

function assertBounded(named: readonly unknown[]): void {
  assert(named.length <= MAX_APPLICATIONS_PER_READ, 'a call names no more applications than its bound');
}

function assertDistinct(names: readonly string[]): void {
  assert(new Set(names).size === names.length, 'a call names each application once');
}
