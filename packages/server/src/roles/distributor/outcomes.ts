import { isCodedError } from '@holdfast/core';
import type { Clock } from '../../ports/clock.ts';
import type { DistributorStore } from '../../ports/distributor-store.ts';
import type { Events, Told } from '../../telling/events.ts';
import type { ApplicationView, ProgramView } from './views.ts';

/** What a distributor tells whoever asked to be told. */
export const DISTRIBUTOR_EVENTS = ['application', 'program'] as const;
export type DistributorEventKind = (typeof DISTRIBUTOR_EVENTS)[number];

/** Events of one application: it was taken, it was admitted or refused, its payment was carried on or returned. */
type ApplicationStep = 'acknowledged' | 'decided' | 'ended';

/** By then what was announced is in the store, or it failed and is announced again by whoever tries again. */
const WITHIN_MS = 120_000;

/**
 * A store that announces what it is about to keep, so that whoever asked to be told is, also when this process dies in
 * between. Where nobody asked, it costs one question to the outbox for each write.
 */
export function createTellingStore(
  store: DistributorStore,
  events: Events<DistributorEventKind>,
  clock: Clock,
): DistributorStore {
  async function telling<Result>(
    kind: DistributorEventKind,
    subjects: readonly string[],
    write: () => Promise<Result>,
  ): Promise<Result> {
    const announced = subjects.length === 0 ? 0 : await events.announce(kind, subjects, clock.now() + WITHIN_MS);
    const result = await write();
    if (announced > 0) events.happened(kind, subjects);
    return result;
  }
  const named = (program: string, step: ApplicationStep, applications: readonly { readonly application: string }[]) =>
    applications.map(({ application }) => `${program}/${application}/${step}`);

  return {
    ...store,
    accept: (applications) =>
      telling(
        'application',
        applications.map(({ program, application }) => `${program}/${application}/acknowledged`),
        () => store.accept(applications),
      ),
    judge: (program, judgements) => {
      const refused = judgements.filter((judgement) => 'refused' in judgement);
      return telling('application', named(program, 'decided', refused), () => store.judge(program, judgements));
    },
    admit: (program, admitted, refused) => {
      const all = [...admitted.map((application) => ({ application })), ...refused];
      return telling('application', named(program, 'decided', all), () => store.admit(program, admitted, refused));
    },
    advance: (program, changes, at) => {
      const ended = changes.filter(({ to }) => to === 'carried' || to === 'voided');
      return telling('application', named(program, 'ended', ended), () => store.advance(program, changes, at));
    },
    keepStatement: (program, step, statement) =>
      telling('program', [`${program}/${step}`], () => store.keepStatement(program, step, statement)),
  };
}

/** Where what is true now is read; throws `program.unknown`, `application.unknown`. */
type Outcomes = {
  application(program: string, application: string): Promise<ApplicationView>;
  find(program: string): Promise<ProgramView>;
};

/** What is true now of what an event is about. */
export function createTeller(
  distributor: () => Outcomes,
): (kind: DistributorEventKind, subject: string) => Promise<Told> {
  return async (kind, subject) => {
    const [program = '', ...rest] = subject.split('/');
    try {
      if (kind === 'program') return await tellProgram(distributor(), program, rest[0]);
      const [application = '', step] = rest;
      const { payment, ...view } = await distributor().application(program, application);
      if (!hasCome({ ...view, ...(payment === undefined ? {} : { payment }) }, step)) return { state: 'waits' };
      const paid = payment === undefined ? {} : { payment: { ...payment, amount: `${payment.amount}` } };
      return { state: 'told', body: { program, ...view, ...paid } };
    } catch (error) {
      const isGone = isCodedError(error) && ['application.unknown', 'program.unknown'].includes(error.code);
      if (isGone) return { state: 'gone' };
      throw error;
    }
  };
}

function hasCome({ state, payment }: ApplicationView, step: string | undefined): boolean {
  if (step === 'acknowledged') return true;
  if (step === 'decided') return state === 'admitted' || state === 'refused';
  return payment?.state === 'carried' || payment?.state === 'voided';
}

async function tellProgram(
  distributor: Pick<Outcomes, 'find'>,
  program: string,
  step: string | undefined,
): Promise<Told> {
  const { digest, phase, entries, applications, payments } = await distributor.find(program);
  // Kept, and not in the log yet: it is told once everybody can read it there.
  if (!isEntry(step) || entries[step] === undefined) return { state: 'waits' };
  const sums = Object.entries(payments).map(([state, { count, total }]) => [state, { count, total: `${total}` }]);
  const body = { program, digest, phase, entries, applications, payments: Object.fromEntries(sums) };
  return { state: 'told', body };
}

function isEntry(step: string | undefined): step is 'intake' | 'seal' | 'draw' {
  return step === 'intake' || step === 'seal' || step === 'draw';
}
