import { type Destination, isCodedError, type Program } from '@holdfast/core';
import { createDestinationParser } from '@holdfast/server/roles';
import type { Holder } from '../holders.ts';
import { createLife, type Life } from '../lives.ts';
import type { Random } from '../random.ts';
import type { World } from '../world.ts';
import type { ApplicantKind, Money, Sent } from './money.ts';
import { createApplication, present, unanswered } from './presenting.ts';

/** How many people apply to each program, and how much of the time after the window some are late by. */
const PEOPLE = 9;
const LATE_MS = 20_000;
const MAX_TRIES = 80;
const SHOWN = ['given_name', 'resident_id'];

/** In which order people come: the same people, the same papers, other times. */
export type Arrivals = 'usual' | 'mirrored';

/**
 * Everything that people will send is made beforehand, in one order: so two rehearsals whose people come in another order
 * differ in nothing else.
 */
export function prepareApplications(world: World, programs: readonly Program[], arrivals: Arrivals): Sent[] {
  const parser = createDestinationParser();
  return programs.flatMap((program) =>
    world.holders.slice(0, PEOPLE).flatMap((holder) => {
      const random = world.random.fork(`applicant ${program.id} ${holder.index}`);
      const make = (kind: ApplicantKind, from?: Sent): Sent => {
        const to = parser.parse(destinationOf(program, random)).destination;
        return prepare(world, { program, holder, kind, random, to, arrivals, from });
      };
      const first = make('honest');
      const more: Sent[] = [];
      if (random.chance(0.3)) more.push(make('honest'));
      if (random.chance(0.2)) more.push(make('borrower'));
      if (random.chance(0.2)) more.push(make('swapper', first));
      return [first, ...more];
    }),
  );
}

type Making = {
  readonly program: Program;
  readonly holder: Holder;
  readonly kind: ApplicantKind;
  readonly random: Random;
  readonly to: Destination;
  readonly arrivals: Arrivals;
  /** Whose presentation a swapper has seen. */
  readonly from: Sent | undefined;
};

function prepare(world: World, making: Making): Sent {
  const { program, holder, kind, random, to, from } = making;
  const application = { ...createApplication(program, to, random), ...(random.chance(0.3) ? { want: '3000' } : {}) };
  const at = timeOf(making);
  // A borrower has the credential and not its key; a swapper has somebody's whole presentation.
  const key = kind === 'borrower' ? world.signatures.createKey('ES256') : holder.key;
  const shown = { credential: holder.credential, key, claims: SHOWN, at: program.window.opensAt };
  const presentation = from?.presentation ?? present(world, application, shown);
  return unanswered({ kind, program, holder, application, presentation, at });
}

function timeOf({ program, random, arrivals, from }: Making): number {
  const { opensAt, closesAt } = program.window;
  if (from !== undefined) return from.at + 1 + random.below(LATE_MS);
  if (random.chance(0.08)) return closesAt + random.below(LATE_MS);
  const within = random.below(closesAt - opensAt - 8000);
  return arrivals === 'usual' ? opensAt + 2000 + within : closesAt - 6000 - within;
}

function destinationOf({ id, destinations }: Program, random: Random): Destination {
  const kind = random.pick(destinations);
  const name = Buffer.from(random.bytes(20)).toString('hex');
  if (kind === 'eip155') return { kind, chainId: 1, address: `0x${name}` };
  return { kind: 'internal', account: `${id}-${name.slice(0, 16)}` };
}

/** Each comes at their time, and asks until they are answered. */
export function startApplying(world: World, money: Money): void {
  const { scheduler } = world;
  for (const sent of money.sent) scheduler.at(sent.at, () => come(world, money, sent));
}

/** A person's wallet has what it sends from before it sends it: when it dies, it comes back and sends the same. */
export function come(world: World, money: Money, sent: Sent): void {
  const { scheduler } = world;
  const random = world.random.fork(`wallet ${sent.digest} ${scheduler.now}`);
  const life = createLife(() => scheduler.after(100 + random.below(5000), () => come(world, money, sent)));
  insist(world, money, sent, life).catch(() => life.end());
}

async function insist({ scheduler, crossings }: World, money: Money, sent: Sent, life: Life): Promise<void> {
  const { program, application, presentation } = sent;
  for (let attempt = 1; attempt <= MAX_TRIES; attempt += 1) {
    await crossings.pass(life, 'applicant send', async () => undefined);
    try {
      const { acknowledgement } = await money.lines.door.ask(
        () => money.distributor.running,
        ({ distributor }) => distributor.apply(program.id, { application, presentation }),
        () => new Error('No answer.'),
      );
      await crossings.pass(life, 'applicant keep', async () => {
        sent.acknowledgement = acknowledgement;
        scheduler.touch();
      });
      return;
    } catch (error) {
      if (life.isOver()) return;
      if (isCodedError(error) && isFinal(error.code)) {
        sent.refused = error.code;
        return;
      }
      await scheduler.clock().sleep(500 * Math.min(attempt, 8));
    }
  }
}

const PASSING = ['application.overloaded', 'program.not-open', 'program.unknown', 'program.key-unknown'];

function isFinal(code: string): boolean {
  return (code.startsWith('program.') || code.startsWith('application.')) && !PASSING.includes(code);
}
